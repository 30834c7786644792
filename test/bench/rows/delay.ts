import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type Arena, first, inTurns, type Measurement, type Row } from '../arena.ts';
import type { Bridge, Connection } from '../contestants.ts';
import { echo, echoes } from '../load.ts';
import type { OtherHost } from '../other-host-main.ts';
import { figure, median, quantile } from '../statistics.ts';

const HUGE = 100 * 1024 * 1024;

/** Milliseconds the slowest hundredth of the echoes may lose. */
const AIM = 50;

/** Milliseconds each. */
interface Found {
  quiet: number[];
  beside: number[];
  /** The large answer. */
  took: number;
}

/** What one host's echoes lose while another host gets a large answer. */
export const delayRow: Measurement = {
  name: 'delay',
  async run(arena) {
    const { ours, theirs, server, quick } = arena;
    const rounds = quick ? 1 : 5;
    const json = await inTurns([ours, theirs], rounds, bridge => oneRound(arena, bridge, first(server.json)));
    // mcp-remote takes minutes for it: it goes through all that has come for every chunk.
    const sse = await inTurns([ours], rounds, bridge => oneRound(arena, bridge, first(server.sse)));
    return [
      row('delay-json', 'JSON', json(ours.name), json(theirs.name)),
      row('delay-sse', 'SSE', sse(ours.name), undefined),
    ];
  },
};

function row(name: string, label: string, mine: readonly Found[], others: readonly Found[] | undefined): Row {
  const loss = lossOf(mine);
  return {
    name,
    what: `99th percentile of one host’s echo during another’s 100 MB, ${label}`,
    ours: words(mine),
    theirs: others ? words(others) : 'not measured: minutes',
    result: `${signed(loss)} ms to quiet`,
    aim: `+${AIM} ms`,
    met: loss <= AIM,
    // Below the aim it is the machine that decides, not the bridge.
    worse: loss > AIM && others !== undefined && loss > lossOf(others),
    samples: `${mine.length} rounds, ${mine.flatMap(({ beside }) => beside).length} echoes of ours beside`,
  };
}

const pooled = (found: readonly Found[], at: 'quiet' | 'beside') =>
  quantile(
    found.flatMap(each => each[at]),
    0.99,
  );

const lossOf = (found: readonly Found[]) => pooled(found, 'beside') - pooled(found, 'quiet');

const signed = (ms: number) => `${ms < 0 ? '−' : '+'}${figure(Math.abs(ms))}`;

function words(found: readonly Found[]): string {
  const took = figure(median(found.map(each => each.took)) / 1000);
  return `${figure(pooled(found, 'quiet'))} → ${figure(pooled(found, 'beside'))} ms (100 MB in ${took} s)`;
}

async function oneRound({ server, quick }: Arena, bridge: Bridge, url: string): Promise<Found> {
  const connection = await bridge.connect(first(server.sse));
  const workerData: OtherHost = { command: bridge.command(url), bytes: HUGE };
  const other = new Worker(new URL('../other-host-main.ts', import.meta.url), { workerData });
  await once(other, 'message');
  await echoes(connection, 50);
  const quiet = await echoes(connection, quick ? 50 : 400);
  const asked = performance.now();
  const answered = once(other, 'message');
  other.postMessage('ask');
  const { beside, length } = await echoesUntil(connection, answered);
  const took = performance.now() - asked;
  if (length < HUGE) throw new Error(`The huge answer came back short: ${length}.`);
  const ended = once(other, 'exit');
  other.postMessage('end');
  await ended;
  await connection.close();
  return { quiet, beside, took };
}

async function echoesUntil(
  connection: Connection,
  answered: Promise<unknown[]>,
): Promise<{ beside: number[]; length: number }> {
  let length: number | undefined;
  void answered.then(([said]) => {
    length = Number(said);
  });
  const beside: number[] = [];
  while (length === undefined) beside.push(await echo(connection));
  return { beside, length };
}
