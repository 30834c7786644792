import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HostSettings } from './broker-host-main.ts';
import { type Installation, until } from './keybridge.ts';

const PROGRAM = fileURLToPath(new URL('./broker-host-main.ts', import.meta.url));

/** A process with a broker in it. */
export interface BrokerHostProcess {
  readonly child: ChildProcess;
  /** Everything it said, a word a line. */
  said(): string[];
  /** Resolves once it said so. */
  says(word: string, limit?: number): Promise<unknown>;
  /** As the menu's Quit. */
  quit(): Promise<void>;
}

/** Starts a broker of any version or kind on an installation's state folder. */
export function brokerHost(installation: Installation, settings: HostSettings): BrokerHostProcess {
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(settings)], {
    env: installation.env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', chunk => {
    output += chunk;
  });
  child.stdin?.on('error', () => {});
  const said = () => output.split('\n').slice(0, -1);
  return {
    child,
    said,
    says: (word, limit) =>
      until(`it says ${word}`, () => said().includes(word), limit).catch(error => {
        throw new Error(`${error.message}\nsaid: ${output}`);
      }),
    quit: async () => {
      child.stdin?.write('quit\n');
      if (child.exitCode === null) await once(child, 'close');
    },
  };
}

/** A program a bridge can start, that has a broker in it: the desktop app as it is installed. */
export function installedApp(installation: Installation, settings: HostSettings): string {
  const path = join(installation.env.HOME ?? '', `app-${settings.version ?? 'own'}`);
  const words = JSON.stringify({ ...settings, kind: 'desktop', program: path });
  writeFileSync(path, `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' '${words}' "$@" <&-\n`, {
    mode: 0o700,
  });
  return path;
}
