import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const BEAT = 5_000;
/** A holder elsewhere (a container on the same checkout) can only be judged by its heartbeat. */
const SILENT = 60_000;
/** Longer than any install: a living process with the holder's id is then some other program. */
const ABANDONED = 30 * 60_000;

/**
 * Does the work while holding a lock file, so that two runs in one checkout install and build one after the
 * other. A lock whose holder is gone is taken over.
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} work
 * @param {() => void} onWait called once if another run has to be waited for
 * @returns {Promise<T>}
 */
export async function withLock(path, work, onWait) {
  const mine = JSON.stringify({ pid: process.pid, host: hostname(), token: randomUUID() });
  mkdirSync(dirname(path), { recursive: true });
  for (let waited = false; !take(path, mine); waited = true) {
    if (!breakStale(path)) {
      if (!waited) onWait();
      await sleep(300);
    }
  }
  const beat = setInterval(() => touch(path), BEAT);
  const release = () => {
    if (read(path) === mine) rmSync(path, { force: true });
  };
  process.on('exit', release);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    process.off('exit', release);
    release();
  }
}

/** @param {string} path @param {string} mine */
function take(path, mine) {
  try {
    writeFileSync(path, mine, { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/** @param {string} path */
function breakStale(path) {
  const seen = read(path);
  if (seen === undefined) return true;
  if (!isStale(path, seen)) return false;
  // Renaming is what only one of several waiters can do; it then looks whether it got what it had judged.
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch {
    return true;
  }
  const got = read(aside);
  rmSync(aside, { force: true });
  if (got !== undefined && got !== seen) take(path, got);
  return true;
}

/** @param {string} path @param {string} content */
function isStale(path, content) {
  const silence = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  let holder;
  try {
    holder = JSON.parse(content);
  } catch {
    // Just created and not yet written, or cut short by a full disk.
    return silence > SILENT;
  }
  if (holder.host !== hostname()) return silence > SILENT;
  return !isAlive(holder.pid) || silence > ABANDONED;
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** @param {string} path */
function touch(path) {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // Taken over or removed by hand; release() looks before it deletes.
  }
}
