import { type Arena, first, inTurns, type Measurement, type Row } from '../arena.ts';
import type { Connection } from '../contestants.ts';
import { echoes, flight, IN_FLIGHT, LARGE, large } from '../load.ts';
import { each, figure, median, spread } from '../statistics.ts';

/** A contestant connected to one server. */
interface Connected extends Connection {
  name: string;
}

const KINDS = [
  ['json', 'JSON'],
  ['sse', 'SSE'],
] as const;

/** Connects everybody, measures, disconnects. */
async function withAll(
  { ours, theirs, direct }: Arena,
  url: string,
  measure: (all: Connected[]) => Promise<Row>,
): Promise<Row> {
  const all: Connected[] = [];
  try {
    for (const contestant of [direct, ours, theirs])
      all.push({ name: contestant.name, ...(await contestant.connect(url)) });
    return await measure(all);
  } finally {
    for (const one of all) await one.close();
  }
}

/** Both kinds of answers, one row each. */
async function bothKinds(
  arena: Arena,
  row: (all: Connected[], kind: string, label: string) => Promise<Row>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [kind, label] of KINDS)
    rows.push(await withAll(arena, first(arena.server[kind]), all => row(all, kind, label)));
  return rows;
}

/** One call after the other: what a bridge adds to the time of each. */
export const echoRow: Measurement = {
  name: 'echo',
  run: arena =>
    bothKinds(arena, async (all, kind, label) => {
      const rounds = arena.quick ? 2 : 20;
      const block = arena.quick ? 20 : 50;
      for (const one of all) await echoes(one, block * 4);
      const times = await inTurns(all, rounds, async one => median(await echoes(one, block)));
      const added = (name: string) => each(times(name), times('direct'), (bridged, plain) => bridged - plain);
      const ratio = median(added('Keybridge')) / median(added('mcp-remote'));
      return {
        name: `echo-${kind}`,
        what: `added to an echo, ${label}`,
        ours: spread(added('Keybridge'), 'ms'),
        theirs: spread(added('mcp-remote'), 'ms'),
        direct: `takes ${spread(times('direct'), 'ms')}`,
        result: `${figure(ratio)} × mcp-remote`,
        aim: '0.5 ×',
        met: ratio <= 0.5,
        worse: ratio > 1,
        samples: `${rounds} rounds of ${block} calls each`,
      };
    }),
};

/** Many calls at once: how many are answered in a second. */
export const flightRow: Measurement = {
  name: 'flight',
  run: arena =>
    bothKinds(arena, async (all, kind, label) => {
      const rounds = arena.quick ? 2 : 9;
      const count = IN_FLIGHT * (arena.quick ? 2 : 10);
      for (const one of all) await flight(one, count);
      const rates = await inTurns(all, rounds, one => flight(one, count));
      const ratios = (name: string) => median(each(rates('Keybridge'), rates(name), (a, b) => a / b));
      const [toDirect, toTheirs] = [ratios('direct'), ratios('mcp-remote')];
      return {
        name: `flight-${kind}`,
        what: `${IN_FLIGHT} calls in flight, ${label}`,
        ours: spread(rates('Keybridge'), 'calls/s'),
        theirs: spread(rates('mcp-remote'), 'calls/s'),
        direct: spread(rates('direct'), 'calls/s'),
        result: `${figure(toDirect)} × direct, ${figure(toTheirs)} × mcp-remote`,
        aim: '0.95 × direct',
        met: toDirect >= 0.95,
        worse: toTheirs < 1,
        samples: `${rounds} rounds of ${count} calls each`,
      };
    }),
};

/** A large result: how long it takes. */
export const largeRow: Measurement = {
  name: 'large',
  run: arena =>
    bothKinds(arena, async (all, kind, label) => {
      const rounds = arena.quick ? 2 : 9;
      for (const one of all) await large(one, LARGE);
      const times = await inTurns(all, rounds, async one =>
        median([await large(one, LARGE), await large(one, LARGE), await large(one, LARGE)]),
      );
      const ratios = (name: string) => median(each(times('Keybridge'), times(name), (a, b) => a / b));
      const [toDirect, toTheirs] = [ratios('direct'), ratios('mcp-remote')];
      return {
        name: `large-${kind}`,
        what: `a result of 10 MB, ${label}`,
        ours: spread(times('Keybridge'), 'ms'),
        theirs: spread(times('mcp-remote'), 'ms'),
        direct: spread(times('direct'), 'ms'),
        result: `${figure(toDirect)} × direct, ${figure(toTheirs)} × mcp-remote`,
        aim: '1.3 × direct',
        met: toDirect <= 1.3,
        worse: toTheirs > 1,
        samples: `${rounds} rounds of 3 calls each`,
      };
    }),
};
