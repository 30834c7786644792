import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Installation } from './keybridge.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const { version: OURS } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };

/** The same program as another version, in a folder of its own. */
export interface OtherVersion {
  readonly version: string;
  /** What a host starts. */
  readonly program: string;
  remove(): void;
}

/** Copies what is built, with another version in it. Throws where the build holds none. */
export function otherVersion(version: string): OtherVersion {
  const folder = mkdtempSync(join(tmpdir(), 'keybridge-version-'));
  for (const part of ['bin', 'dist', 'package.json'])
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  let places = 0;
  for (const name of readdirSync(join(folder, 'dist'))) {
    if (!/\.c?js$/.test(name)) continue;
    const path = join(folder, 'dist', name);
    const parts = readFileSync(path, 'utf8').split(
      new RegExp(`(?<=["\`'])${OURS.replaceAll('.', '\\.')}(?=["\`'])`),
    );
    places += parts.length - 1;
    writeFileSync(path, parts.join(version));
  }
  if (places < 2) throw new Error('The build does not hold its version where it was looked for.');
  return {
    version,
    program: join(folder, 'bin', 'keybridge.js'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The installation as the other version's programs find it: the same state folder, user and browser. */
export function as({ program }: OtherVersion, installation: Installation): Installation {
  return { ...installation, start: (args, env) => installation.start(args, env, program) };
}
