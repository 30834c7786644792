import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const KIB = 1024;
const MIB = 1024 * KIB;

/** Memory of processes, added up. MiB. */
export interface Memory {
  /** Resident: what they share is counted for each of them. */
  rss: number;
  /** Proportional: what they share is divided among those who do. NaN where the system does not tell. */
  pss: number;
}

/** What processes hold just now. */
export function memoryOf(pids: readonly number[]): Memory {
  const sum = (read: (pid: number) => number) => pids.reduce((total, pid) => total + read(pid), 0);
  return { rss: sum(resident), pss: sum(proportional) };
}

function resident(pid: number): number {
  if (process.platform === 'linux') return kibibytes(`/proc/${pid}/status`, 'VmRSS');
  return (Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * KIB) / MIB;
}

function proportional(pid: number): number {
  return process.platform === 'linux' ? kibibytes(`/proc/${pid}/smaps_rollup`, 'Pss') : Number.NaN;
}

function kibibytes(path: string, field: string): number {
  const found = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(path, 'latin1'))?.[1];
  return (Number(found) * KIB) / MIB;
}
