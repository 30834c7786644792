import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { checkOwn } from './own-file.ts';

/** A lock or note that is older than this says nothing any more. Milliseconds. */
const STALE = 10_000;
const PAUSE = 20;

/**
 * Waits for a lock file and takes it; what is returned gives it back. One whose process has died, or that
 * is held for more than ten seconds, is taken over. Throws what the system says of a folder that cannot
 * be written.
 */
export async function lock(path: string): Promise<() => void> {
  const mine = `${process.pid} ${randomBytes(6).toString('hex')}`;
  for (;;) {
    if (claim(path, mine)) return () => removeIf(path, mine);
    breakAbandoned(path);
    await new Promise(resolve => setTimeout(resolve, PAUSE));
  }
}

/** Waits until nobody holds a lock. */
export async function untilFree(path: string): Promise<void> {
  while (existsSync(path) && !isAbandoned(path)) await new Promise(resolve => setTimeout(resolve, PAUSE));
}

/** Makes a file that begins with a process id. False when it is there already. Throws `home.unsafe` for what is none. */
export function claim(path: string, content: string): boolean {
  try {
    const file = openSync(path, 'wx', 0o600);
    try {
      writeSync(file, content);
    } catch (error) {
      // On a full disk: a claim of nobody's would hold everybody up until it is too old.
      remove(path);
      throw error;
    } finally {
      closeSync(file);
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const state = lstatSync(path, { throwIfNoEntry: false });
    if (state) checkOwn(path, state);
    return false;
  }
}

/** Takes away a file of {@link claim} that is of no process any more. */
export function breakAbandoned(path: string): void {
  const judged = read(path);
  if (judged === undefined || !isAbandoned(path)) return;
  // Of several that judge the same file one may have taken it away and made its own, which must stay.
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  try {
    if (read(aside) !== judged) linkSync(aside, path);
  } catch {
    // A third was faster.
  }
  remove(aside);
}

/** Whether the process that made a file of {@link claim} has died, or the file is too old to be believed. */
export function isAbandoned(path: string): boolean {
  try {
    // A clock that was set back must not make it last.
    if (Math.abs(Date.now() - statSync(path).mtimeMs) > STALE) return true;
    const pid = Number.parseInt(readFileSync(path, 'utf8'), 10);
    if (pid > 0) process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** Removes a file unless it has become somebody else's. */
export function removeIf(path: string, content: string): void {
  if (read(path) === content) remove(path);
}

/** Removes a file that may be gone already. */
export function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
