import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, test } from 'vitest';

/** System packages a suite may want: the programs that show it is there (one of each row), and Debian's names. */
const PACKAGES = {
  'gnome-keyring': {
    programs: [['gnome-keyring-daemon'], ['dbus-daemon'], ['dbus-send']],
    debian: ['gnome-keyring', 'dbus', 'dbus-bin', 'dbus-daemon'],
  },
  chromium: {
    programs: [['chromium', 'chromium-browser', 'google-chrome']],
    debian: ['chromium'],
  },
  nginx: { programs: [['nginx']], debian: ['nginx-light'] },
} as const;

export type SystemPackage = keyof typeof PACKAGES;

export interface Need {
  available: boolean;
  /** The command that brings it. */
  how: string;
  /** The first program's path, when it is there. */
  program?: string;
}

/** Whether a system package is here, and how to get it. */
export function needs(name: SystemPackage): Need {
  const { programs, debian } = PACKAGES[name];
  const found = programs.map(anyOf => anyOf.map(locate).find(path => path !== undefined));
  const program = found[0];
  return {
    available: found.every(path => path !== undefined),
    how: `apt-get install -y --no-install-recommends ${debian.join(' ')}`,
    ...(program === undefined ? {} : { program }),
  };
}

/**
 * A suite that needs a system package. Without it the suite is skipped, and its name says what brings the
 * package; with CI=1 it fails instead.
 */
export function describeWith(name: SystemPackage, title: string, suite: () => void): void {
  const { available, how } = needs(name);
  if (available) {
    describe(title, suite);
  } else if (process.env.CI === '1') {
    describe(title, () => {
      test(`${name} is installed`, () => {
        throw new Error(`${name} is not installed. ${how}`);
      });
    });
  } else {
    const named = `${title} (needs ${name}: ${how})`;
    // The default reporter does not print the names of skipped suites.
    console.warn(`Skipped: ${named}`);
    describe.skip(named, suite);
  }
}

function locate(program: string): string | undefined {
  // Where servers are kept is not on every user's path.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders
    .filter(folder => folder !== '')
    .map(folder => join(folder, program))
    .find(path => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
