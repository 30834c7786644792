import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Installation, install } from '../keybridge.ts';
import { start } from './child.ts';
import type { Conversation } from './conversation.ts';
import type { ExitReport } from './exit-watch-main.ts';
import type { HostileQuestion, HostileReply } from './hostile-main.ts';

const MIB = 1024 * 1024;
const WATCH = new URL('./exit-watch-main.ts', import.meta.url);

/** What the doctor promises, whatever a server does. Times in milliseconds, sizes in bytes. */
const PROMISED = {
  /** A pass ends after a minute; then it judges, and writes its report. */
  passive: 75_000,
  /** The trial requests have ten seconds each. */
  active: 300_000,
  /** A turn of its event loop, so that these limits can come to pass, and all its work. */
  turn: 1_000,
  cpu: 40_000,
  resident: 640 * MIB,
} as const;

export interface DoctorVerdict {
  /** What does not hold, in words. */
  failures: string[];
  code: number | null;
  took: number;
  seen: ExitReport | undefined;
}

/** Has the doctor look at a hostile server. It is ended where it does not end by itself. */
export async function examineHostile(
  conversation: Conversation,
  flags: readonly string[],
): Promise<DoctorVerdict> {
  const installation = install();
  const hostile = start<HostileQuestion, HostileReply>(new URL('./hostile-main.ts', import.meta.url));
  try {
    const place = await hostile.ask({ play: conversation });
    if (!place || !('port' in place)) throw new Error('The hostile server did not start.');
    return await examine(installation, `http://127.0.0.1:${place.port}/mcp`, flags);
  } finally {
    hostile.child.kill('SIGKILL');
    await installation.close();
  }
}

async function examine(
  installation: Installation,
  url: string,
  flags: readonly string[],
): Promise<DoctorVerdict> {
  const file = join(installation.env.HOME ?? '', 'watch.json');
  const env = { NODE_OPTIONS: `--import=${WATCH.href}`, KEYBRIDGE_TEST_WATCH: file };
  const child = installation.start(['doctor', url, ...flags], env);
  child.stdout?.resume();
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    stderr = (stderr + chunk).slice(-4_000);
  });
  const begun = performance.now();
  const limit = flags.includes('--active') ? PROMISED.active : PROMISED.passive;
  const timer = setTimeout(() => child.kill('SIGKILL'), limit);
  const [code, signal] = await new Promise<[number | null, string | null]>(resolve =>
    child.once('close', (...ended) => resolve(ended)),
  );
  clearTimeout(timer);
  const took = performance.now() - begun;
  const failures: string[] = [];
  if (signal === 'SIGKILL') failures.push(`it had not ended after ${limit} ms`);
  else if (signal !== null || ![0, 1, 3].includes(code ?? -1))
    failures.push(`it ended with ${signal ?? code}`);
  if (/^\s+at .+:\d+:\d+\)?$|^\w*Error\b/m.test(stderr)) failures.push(`it said ${stderr}`);
  const seen = read(file);
  if (seen && seen.turn > PROMISED.turn) failures.push(`a turn took ${Math.round(seen.turn)} ms of work`);
  if (seen && seen.cpu > PROMISED.cpu) failures.push(`it worked for ${Math.round(seen.cpu)} ms`);
  if (seen && seen.resident > PROMISED.resident)
    failures.push(`it grew to ${Math.round(seen.resident / MIB)} MiB`);
  return { failures, code, took, seen };
}

function read(file: string): ExitReport | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ExitReport;
  } catch {
    // It was ended before it could write.
    return undefined;
  }
}
