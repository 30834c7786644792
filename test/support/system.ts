import { describe, test } from 'vitest';
import { installCommand, locate, type SystemPackageName } from '../../scripts/system-packages.mjs';

interface Need {
  available: boolean;
  /** The command that brings it. */
  how: string;
  /** The first program's path, when it is there. */
  program?: string;
}

/** Whether a system package is here, and how to get it. */
function needs(name: SystemPackageName): Need {
  const found = locate(name);
  const program = found[0];
  return {
    available: !found.includes(undefined),
    how: installCommand(name),
    ...(program === undefined ? {} : { program }),
  };
}

/**
 * A suite that needs a system package. Without it the suite is skipped, and its name says what brings the
 * package; with CI=1 it fails instead.
 */
export function describeWith(name: SystemPackageName, title: string, suite: () => void): void {
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
    describe.skip(`${title} (needs ${name}: ${how})`, suite);
  }
}
