import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { Fault } from '../base/fault.ts';

/** Bytes beyond which a file of the state folder is none that Keybridge wrote. */
const LARGEST = 64 * 1024 * 1024;

/** Links are not followed, and a pipe that nobody serves holds up nobody. Windows has neither flag. */
const CAREFUL = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Reads a file of the state folder, if it is one of the user's own: no link, no pipe, no folder, and
 * nothing others can write, or read where it is `secret`. `undefined` only ever means "not there". Throws
 * `home.unsafe`, `store.damaged` for one that is too large, and what the system says.
 */
export function readOwn(
  path: string,
  { secret = false, limit = LARGEST }: { secret?: boolean; limit?: number } = {},
): Buffer | undefined {
  let file: number;
  try {
    file = open(path, constants.O_RDONLY);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const state = fstatSync(file);
    checkOwn(path, state);
    checkMode(path, state, secret);
    if (state.size > limit) {
      throw new Fault('store.damaged', `${path} is larger than any file Keybridge keeps there.`, {
        remedy: 'Move it out of that folder.',
      });
    }
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * Opens a file of the state folder for writing, made for the user alone if need be; `flags` beside those
 * for writing. Throws `home.unsafe` for what is no file of the user's, and what the system says.
 */
export function openOwn(path: string, flags: number): number {
  const file = open(path, constants.O_WRONLY | constants.O_CREAT | flags);
  try {
    checkOwn(path, fstatSync(file));
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** Throws `home.unsafe` unless it is a regular file of the user's. */
export function checkOwn(path: string, state: Stats): void {
  if (state.isFile() && (process.platform === 'win32' || state.uid === process.getuid?.())) return;
  throw notOwn(path);
}

function open(path: string, flags: number): number {
  try {
    return openSync(path, flags | CAREFUL, 0o600);
  } catch (error) {
    // A link, and a pipe that nobody reads.
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ELOOP' || code === 'ENXIO' || code === 'EISDIR') throw notOwn(path);
    throw error;
  }
}

function notOwn(path: string): Fault {
  return new Fault('home.unsafe', `${path} is not a file of yours.`, {
    remedy: 'Run `keybridge stop`, remove it and start again.',
  });
}

function checkMode(path: string, { mode }: Stats, secret: boolean): void {
  if (process.platform === 'win32' || (mode & (secret ? 0o077 : 0o022)) === 0) return;
  throw new Fault('home.unsafe', `Other users can ${secret ? 'read' : 'write'} ${path}.`, {
    remedy: `If nobody else uses this machine: chmod 600 '${path}'. Else delete it and sign in again.`,
  });
}
