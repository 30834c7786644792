import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { remove } from './lock.ts';
import { readOwn } from './own-file.ts';

/** Bytes of a pid file; what is longer is none. */
const LONGEST = 4096;

/** A process that has written itself down as the broker of a state folder and runs. */
export interface WrittenBroker {
  pid: number;
  /** Whether it is that very process; else there is one of that number, and no more is known. */
  certain: boolean;
  /** Whether it still runs. */
  runs(): boolean;
}

/** The file in which a broker says which process it is, for when it cannot be asked. */
export function pidFile(folder: string): string {
  return join(folder, 'broker.pid');
}

/** The same with what tells the process from a later one of that number. */
function processFile(folder: string): string {
  return join(folder, 'broker.process');
}

/** Writes this process down. Throws what the system says. */
export function writePid(folder: string): void {
  replace(processFile(folder), `${process.pid}\n${markOf(process.pid) ?? ''}\n`);
  replace(pidFile(folder), `${process.pid}\n`);
}

/** Whole or not at all. */
function replace(path: string, text: string): void {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    writeFileSync(temporary, text, { mode: 0o600, flag: 'wx' });
    renameSync(temporary, path);
  } catch (error) {
    remove(temporary);
    throw error;
  }
}

/** Takes the files away if they are this process's. */
export function removePid(folder: string): void {
  if (readPid(folder)?.pid !== process.pid) return;
  remove(pidFile(folder));
  remove(processFile(folder));
}

/** Whether this process is written down as the broker, or one of another machine that shares the folder is. */
export function isWrittenHere(folder: string): boolean {
  const written = readPid(folder);
  return written !== undefined && (written.pid === process.pid || isOfOtherMachine(written.mark));
}

/**
 * The process that has written itself down, if it runs: not one that has died, nor another that was given its
 * number, nor one from before the machine was started or on another machine that shares the folder.
 */
export function writtenBroker(folder: string): WrittenBroker | undefined {
  const written = readPid(folder);
  if (!written) return undefined;
  const { pid, mark } = written;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Another user's process has that number by now, or none has.
    const isElsewhere = mark !== undefined && isOfOtherSpace(mark);
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH' || !isElsewhere) return undefined;
    return { pid, certain: false, runs: () => true };
  }
  const now = markOf(pid);
  if (now === undefined && process.platform === 'linux') return undefined;
  const runs = () => markOf(pid) === now;
  if (now === undefined || mark === undefined) return { pid, certain: false, runs };
  if (now === mark) return { pid, certain: true, runs };
  return isOfOtherSpace(mark) ? { pid, certain: false, runs } : undefined;
}

function readPid(folder: string): { pid: number; mark?: string } | undefined {
  const [pid] = linesOf(pidFile(folder));
  const [whole, mark] = linesOf(processFile(folder));
  const number = Number(pid ?? whole);
  if (!Number.isInteger(number) || number <= 0) return undefined;
  return { pid: number, ...(mark && Number(whole) === number ? { mark } : {}) };
}

function linesOf(path: string): string[] {
  try {
    const text = readOwn(path, { limit: LONGEST })?.toString().trim();
    return text ? text.split('\n') : [];
  } catch {
    return [];
  }
}

/**
 * What tells a process from a later one of the same number: when it began. On Linux with the start of the machine
 * and the space its number belongs to. `undefined` where there is no such process, or the system does not say.
 */
function markOf(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      // Behind the name, which may have any sign in it: the state, and as the 20th from there the start. proc(5).
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (fields[0] === 'Z' || fields[0] === 'X' || fields[19] === undefined) return undefined;
      return `${space()} ${fields[19]}`;
    }
    if (process.platform !== 'darwin') return undefined;
    // Most bridges find a broker and start none; they do without what it takes.
    const { execFileSync } = process.getBuiltinModule('node:child_process');
    const began = execFileSync('/bin/ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'latin1',
      timeout: 1_000,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { PATH: '/bin:/usr/bin', LC_ALL: 'C', TZ: 'UTC' },
    });
    return began.trim() || undefined;
  } catch {
    return undefined;
  }
}

/** The start of the machine, and the space of this process's number: a container's is another. */
function space(): string {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
}

/** Whether a mark is of another machine, or of this one before it was started. */
function isOfOtherMachine(mark: string | undefined): boolean {
  if (process.platform !== 'linux' || mark === undefined) return false;
  const own = markOf(process.pid);
  return own !== undefined && own.split(' ')[0] !== mark.split(' ')[0];
}

/** Whether a process's number means nothing here, though its machine is this one and has not been started anew. */
function isOfOtherSpace(mark: string): boolean {
  try {
    const [boot, numbers] = mark.split(' ');
    const [ours, own] = space().split(' ');
    return boot === ours && numbers !== own;
  } catch {
    return false;
  }
}
