import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, linkSync, lstatSync, mkdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Fault } from '../base/fault.ts';
import { shortage } from '../base/system-error.ts';
import { readOwn } from './own-file.ts';

/** A Unix socket's path must stay under this many bytes (macOS allows 104 with the final zero). */
const MAX_SOCKET_PATH = 103;

/** The state folder: `KEYBRIDGE_HOME`, else `~/.keybridge` (outside AppData, which some hosts virtualize). */
export function homeFolder(env: NodeJS.ProcessEnv = process.env): string {
  return resolve(env.KEYBRIDGE_HOME || join(env.HOME || env.USERPROFILE || homedir(), '.keybridge'));
}

/** Makes sure a folder exists and is the user's alone. Throws `home.unsafe` and `store.unwritable`. */
export function secureFolder(folder: string): void {
  try {
    makeFolder(folder);
    const state = lstatSync(folder);
    if (process.platform === 'win32') return;
    if (!state.isDirectory()) {
      const what = state.isSymbolicLink() ? 'is a link, not a folder of its own' : 'is not a folder';
      throw new Fault('home.unsafe', `${folder} ${what}.`, {
        remedy: 'Set KEYBRIDGE_HOME to a folder of yours.',
      });
    }
    if (state.uid !== process.getuid?.()) {
      throw new Fault('home.unsafe', `${folder} belongs to another user.`, {
        remedy: 'Set KEYBRIDGE_HOME to a folder of yours.',
      });
    }
    if ((state.mode & 0o022) !== 0) {
      // Whatever lies there may have been put there by somebody else.
      throw new Fault('home.unsafe', `Other users can write to ${folder}.`, {
        remedy: `Empty it and run: chmod 700 '${folder}'`,
      });
    }
    if ((state.mode & 0o077) !== 0) chmodSync(folder, 0o700);
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault(
      'store.unwritable',
      `The folder ${folder} cannot be made (${(error as NodeJS.ErrnoException).code}).`,
      {
        remedy:
          shortage((error as NodeJS.ErrnoException).code)?.remedy ??
          'Set KEYBRIDGE_HOME to a folder you can write.',
        cause: error,
      },
    );
  }
}

/** Not `recursive`: that tries for ever where the system takes no new folders, as below /proc or an automounter. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  const parent = dirname(folder);
  if (parent !== folder) makeFolder(parent);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Somebody else made it meanwhile, or something else is there.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/**
 * The secret a shim and the broker prove to each other before any message. Whoever can read it could read
 * everything else in the folder too. Made once; two that make it at once end with one. Throws
 * `home.unsafe` and `store.unwritable`.
 */
export function sharedSecret(folder: string): Buffer {
  const path = join(folder, 'secret');
  try {
    return readOrMake(path);
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault(
      'store.unwritable',
      `${path} can be neither read nor made (${(error as NodeJS.ErrnoException).code}).`,
      {
        remedy:
          shortage((error as NodeJS.ErrnoException).code)?.remedy ??
          'Set KEYBRIDGE_HOME to a folder you can write.',
        cause: error,
      },
    );
  }
}

function readOrMake(path: string): Buffer {
  const read = () => {
    const text = readOwn(path, { secret: true })?.toString().trim();
    if (text === undefined) return undefined;
    if (!/^[0-9a-f]{64}$/.test(text)) {
      throw new Fault('home.unsafe', `${path} is damaged.`, {
        remedy: 'Run `keybridge stop`, delete that file and start again.',
      });
    }
    return Buffer.from(text, 'hex');
  };
  const known = read();
  if (known) return known;
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  writeFileSync(temporary, randomBytes(32).toString('hex'), { mode: 0o600, flag: 'wx' });
  try {
    linkSync(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(temporary);
  }
  const made = read();
  if (made) return made;
  throw Object.assign(new Error('It went away again.'), { code: 'ENOENT' });
}

/**
 * Where the broker of a state folder listens: a socket in the folder; a short path under the user's
 * runtime folder when that one would be too long; a pipe on Windows. The last two are not known to
 * outsiders beforehand, so the broker writes them down in the folder (`announce`).
 */
export function socketPath(folder: string, announced: boolean): string | undefined {
  const direct = join(folder, 'broker.sock');
  if (process.platform !== 'win32' && Buffer.byteLength(direct) < MAX_SOCKET_PATH) return direct;
  const file = join(folder, 'broker.path');
  if (announced) {
    try {
      return readOwn(file)?.toString().trim() || undefined;
    } catch {
      return undefined;
    }
  }
  const path =
    process.platform === 'win32'
      ? `\\\\.\\pipe\\keybridge-${randomBytes(16).toString('hex')}`
      : shortPath(folder);
  announce(folder, path);
  return path;
}

/** Writes down where the broker of a folder listens. Throws what the system says. */
export function announce(folder: string, path: string): void {
  writeFileSync(join(folder, 'broker.path'), path, { mode: 0o600 });
}

function shortPath(folder: string): string {
  const user = userInfo().uid;
  const name = `keybridge-${user}-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`;
  const runtime = process.env.XDG_RUNTIME_DIR || `/run/user/${user}`;
  for (const base of [runtime, tmpdir(), '/tmp']) {
    const path = join(base, name, 'broker.sock');
    if (Buffer.byteLength(path) >= MAX_SOCKET_PATH) continue;
    try {
      secureFolder(join(base, name));
      return path;
    } catch {
      // Another user's, or no such runtime folder: the next place.
    }
  }
  throw new Fault(
    'home.unsafe',
    `The path ${folder} is too long for a socket, and no shorter place could be had.`,
    {
      remedy: 'Set KEYBRIDGE_HOME to a shorter path.',
    },
  );
}
