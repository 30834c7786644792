import { accessSync, constants, renameSync, type Stats, statSync, writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { isObject, parseJson } from '../base/json.ts';
import { OWN, outranks, readIdentity } from './identity.ts';
import { readOwn } from './own-file.ts';

/** What the desktop app is started with where a host needs it: it shows nothing until somebody opens it. */
export const IN_BACKGROUND = '--background';

/** Writes down where the desktop app is, for bridges that find no broker. A full disk costs no more than that. */
export function recordProgram(folder: string, path: string, version: string): void {
  const place = recordOf(folder);
  try {
    writeFileSync(`${place}.new`, `${JSON.stringify({ path, version })}\n`, { mode: 0o600 });
    renameSync(`${place}.new`, place);
  } catch {
    // Bridges start a headless broker, and the app takes over from it.
  }
}

/**
 * The desktop app's program, as it was written down. `undefined` where there is none, where it is older than
 * this version, or where another user could have put it there.
 */
export function recordedProgram(folder: string): string | undefined {
  try {
    const record = parseJson(readOwn(recordOf(folder))?.toString() ?? '');
    const { path, version } = isObject(record) ? record : {};
    if (typeof path !== 'string' || !isAbsolute(path)) return undefined;
    if (outranks(OWN, readIdentity({ kind: 'desktop', version, wire: OWN.wire }))) return undefined;
    if (!isTrusted(statSync(path))) return undefined;
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    return undefined;
  }
}

function recordOf(folder: string): string {
  return join(folder, 'desktop.json');
}

/** Whether it is a program that only this user, or root for everybody, can have put there. */
function isTrusted(state: Stats): boolean {
  if (!state.isFile()) return false;
  if (process.platform === 'win32') return true;
  return (state.mode & 0o022) === 0 && [process.getuid?.(), 0].includes(state.uid);
}
