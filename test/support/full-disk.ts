import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A state folder's disk that can be full. */
export interface Disk {
  /** From now on nothing more can be written, by these processes or by anybody. */
  fill(pids: readonly number[]): void;
  free(): void;
  /** Gives the folder back. Nobody may use it any more. */
  remove(): void;
}

const run = (program: string, ...args: string[]) => spawnSync(program, args).status === 0;

/** Bytes: a disk with room for what Keybridge keeps. */
const SIZE = 512 * 1024;

/** A small file system of its own, where mounting is allowed. */
export function mountDisk(folder: string): Disk {
  if (!run('mount', '-t', 'tmpfs', '-o', `size=${SIZE},mode=700`, 'none', folder))
    throw new Error('No mount.');
  const filler = join(folder, 'filler');
  return {
    fill: () => {
      try {
        // Page by page, so that not the least bit of room is left.
        for (let page = 0; page < SIZE; page += 4096)
          writeFileSync(filler, Buffer.alloc(4096), { flag: 'a' });
      } catch {
        // It is full.
      }
    },
    free: () => rmSync(filler, { force: true }),
    remove: () => run('umount', '-l', folder),
  };
}

/** Processes that may not write to files; they are refused with EFBIG, not ENOSPC. Linux only. */
export function limitFiles(): Disk {
  let limited: readonly number[] = [];
  const limit = (soft: string) => {
    for (const pid of limited) run('prlimit', '--pid', String(pid), `--fsize=${soft}:unlimited`);
  };
  return {
    fill: pids => {
      limited = pids;
      limit('0');
    },
    free: () => limit('unlimited'),
    remove: () => {},
  };
}

export const CAN_LIMIT = run('prlimit', '--version');

export const CAN_MOUNT = (() => {
  if (process.platform !== 'linux') return false;
  const folder = mkdtempSync(join(tmpdir(), 'keybridge-mount-'));
  const can = run('mount', '-t', 'tmpfs', 'none', folder) && run('umount', folder);
  rmdirSync(folder);
  return can;
})();
