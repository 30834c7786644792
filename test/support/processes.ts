import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Whether this system shows processes as Linux does. */
export const SHOWS_PROCESSES = existsSync('/proc/self/cmdline');

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // It has ended, or is another user's.
    return '';
  }
}

function pids(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

/** The arguments of a process; empty once it has ended. */
function argumentsOf(pid: number): string[] {
  return read(`/proc/${pid}/cmdline`).split('\0').slice(0, -1);
}

/** The environment a process was started with, as `NAME=value`; empty once it has ended. */
export function environmentOf(pid: number): string[] {
  return read(`/proc/${pid}/environ`).split('\0').slice(0, -1);
}

/** The brokers of a state folder that run just now. */
export function brokersOf(home: string): number[] {
  return pids().filter(
    pid =>
      argumentsOf(pid).some(each => /\bbroker(?:-main)?\.[jt]s$/.test(each)) &&
      environmentOf(pid).includes(`KEYBRIDGE_HOME=${home}`),
  );
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // One that has ended and whose parent has not looked yet is there in name only.
    return !SHOWS_PROCESSES || !/^State:\s+Z/m.test(read(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}

/** Gathers the argument lists of every process, as often as the event loop lets it, until it is stopped. */
export function watchArguments(): { stop(): string } {
  const seen = new Set<string>();
  const look = () => {
    for (const pid of pids()) seen.add(argumentsOf(pid).join(' '));
  };
  const timer = setInterval(look, 10);
  return {
    stop() {
      clearInterval(timer);
      look();
      return [...seen].join('\n');
    },
  };
}

/** Bytes of memory a process holds; 0 where that is not shown. */
export function memoryOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
}
