import { type Profiler, Session } from 'node:inspector';
import { PerformanceObserver } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Loaded into a process before its own program: measures the turns of its event loop and what it holds. Whoever
 * started it asks over IPC.
 */
export type WatchQuestion =
  /** From now on; `limit` is the growth of the heap in bytes from which on it is looked at closely. */
  { ask: 'begin'; limit: number; profile: boolean } | { ask: 'report' };

/** One turn of the event loop. Milliseconds. */
export interface Turn {
  /** On the clock of `process.hrtime`, which all processes of a machine share. */
  at: number;
  took: number;
  /** Processor time of the main thread in it, and what of that was not the collector's. */
  cpu: number;
  work: number;
}

export interface WatchReport {
  /** The turns with the most work, worst first. */
  turns: Turn[];
  /** Processor time of the main thread since `begin`. Milliseconds. */
  cpu: number;
  /** The longest pause of the collector. Milliseconds. */
  gc: number;
  /** Objects and buffers beyond what there was at `begin`, garbage taken off. Bytes. */
  held: number;
  /** Resident memory beyond what there was at `begin`, at its highest. Bytes. */
  resident: number;
  /** When the collector was called for this, from and to; nothing that takes place then counts. */
  asides: [number, number][];
  profile?: Profiler.Profile;
}

/** Turns shorter than this are not worth keeping. Milliseconds. */
const NOTEWORTHY = 10;
const MOST_TURNS = 200;
const MOST_PAUSES = 5_000;
/** Milliseconds between two looks at memory, and between two calls of the collector. */
const LOOK = 50;
const LOOK_CLOSELY = 1_000;

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** Milliseconds of the clock that all processes share. */
const clock = () => Number(process.hrtime.bigint()) / 1e6;
/** Milliseconds of processor time of this thread. */
function spent(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** What is added to `performance.now()` to be on that clock. */
const offset = clock() - performance.now();

interface Watch {
  turns: Turn[];
  pauses: { at: number; took: number }[];
  cpu: number;
  base: { held: number; resident: number };
  held: number;
  resident: number;
  asides: [number, number][];
  limit: number;
  session: Session | undefined;
}

let watch: Watch | undefined;
let last = { at: clock(), cpu: spent() };
let looked = 0;
let lookedClosely = 0;

const bytes = () => {
  const { heapUsed, external, rss } = process.memoryUsage();
  return { held: heapUsed + external, resident: rss };
};

function settle(): { held: number; resident: number } {
  collect();
  return bytes();
}

setInterval(() => {
  const now = { at: clock(), cpu: spent() };
  if (watch) {
    const took = now.at - last.at;
    const cpu = Math.min(took, now.cpu - last.cpu);
    if (cpu > NOTEWORTHY) note(watch, { at: last.at, took, cpu, work: cpu });
    if (now.at - looked > LOOK) {
      looked = now.at;
      look(watch);
    }
  }
  // What this costs is not the program's.
  last = { at: clock(), cpu: spent() };
}, 1).unref();

function note({ turns }: Watch, turn: Turn): void {
  turns.push(turn);
  if (turns.length > 2 * MOST_TURNS) turns.sort((a, b) => b.cpu - a.cpu).splice(MOST_TURNS);
}

/** Garbage is no matter; what stays when it is gone is. */
function look(its: Watch): void {
  const { held, resident } = bytes();
  its.resident = Math.max(its.resident, resident - its.base.resident);
  if (held - its.base.held < its.limit || clock() - lookedClosely < LOOK_CLOSELY) return;
  const from = clock();
  its.held = Math.max(its.held, settle().held - its.base.held);
  lookedClosely = clock();
  its.asides.push([from, lookedClosely]);
}

new PerformanceObserver(list => {
  if (!watch) return;
  for (const { startTime, duration } of list.getEntries())
    if (duration > 1 && watch.pauses.length < MOST_PAUSES)
      watch.pauses.push({ at: startTime + offset, took: duration });
}).observe({ entryTypes: ['gc'] });

function begin(limit: number, profile: boolean): void {
  settle();
  const base = settle();
  const session = profile ? new Session() : undefined;
  session?.connect();
  session?.post('Profiler.enable');
  session?.post('Profiler.setSamplingInterval', { interval: 500 });
  session?.post('Profiler.start');
  watch = {
    turns: [],
    pauses: [],
    cpu: spent(),
    base,
    held: 0,
    resident: 0,
    asides: [],
    limit,
    session,
  };
  last = { at: clock(), cpu: spent() };
}

async function report(): Promise<WatchReport> {
  // Pauses of the collector are told a turn or two later.
  for (let turn = 0; turn < 3; turn++) await new Promise(resolve => setTimeout(resolve, 2));
  const its = watch;
  if (!its) throw new Error('Nothing was begun.');
  look(its);
  const cpu = spent() - its.cpu;
  watch = undefined;
  const isAside = ({ at, took }: { at: number; took: number }) =>
    its.asides.some(([from, to]) => at < to && at + took > from);
  const pauses = its.pauses.filter(pause => !isAside(pause));
  const turns = its.turns
    .filter(turn => !isAside(turn))
    .map(turn => ({ ...turn, work: turn.cpu - collected(turn, pauses) }))
    .sort((a, b) => b.work - a.work)
    .slice(0, 10);
  const profile = await stopProfile(its.session);
  return {
    turns,
    cpu,
    gc: Math.max(0, ...pauses.map(({ took }) => took)),
    held: its.held,
    resident: its.resident,
    asides: its.asides,
    ...(profile ? { profile } : {}),
  };
}

/** How much of a turn the collector took, at most its processor time. */
function collected({ at, took, cpu }: Turn, pauses: readonly { at: number; took: number }[]): number {
  const inside = pauses.map(pause => Math.min(at + took, pause.at + pause.took) - Math.max(at, pause.at));
  return Math.min(
    cpu,
    inside.reduce((sum, each) => sum + Math.max(0, each), 0),
  );
}

function stopProfile(session: Session | undefined): Promise<Profiler.Profile | undefined> {
  return new Promise(resolve => {
    if (!session) return resolve(undefined);
    session.post('Profiler.stop', (error, answer) => {
      session.disconnect();
      resolve(error ? undefined : answer.profile);
    });
  });
}

process.on('message', async (question: WatchQuestion) => {
  if (question.ask === 'begin') {
    begin(question.limit, question.profile);
    process.send?.('begun');
  } else process.send?.(await report());
});
