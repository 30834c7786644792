import fc from 'fast-check';
import { conversations } from '../../support/hostile-server/arbitrary.ts';
import { LONG } from '../../support/hostile-server/arbitrary-values.ts';
import type { Conversation } from '../../support/hostile-server/conversation.ts';
import { KNOWN } from '../../support/hostile-server/known.ts';
import { bear, FULL, NEIGHBOUR, SOME } from '../../support/hostile-server/load.ts';
import { PROMISED } from '../../support/hostile-server/numbers.ts';
import { openStage, type Stage, type Verdict } from '../../support/hostile-server/stage.ts';
import type { Measurement, Row } from '../arena.ts';
import { figure, median } from '../statistics.ts';

const MIB = 1024 * 1024;
/** Conversations that are made up, by their seeds, beside those that are known; milliseconds of each. */
const SEEDS = Array.from({ length: 24 }, (_, index) => 1_000 + index);
const LASTS = 2_000;
/** Of each in a quick run. */
const QUICK = 2;

/** What one hostile server does to the broker and to the host of another server. */
export const hostileRow: Measurement = {
  name: 'hostile',
  async run({ quick, say }) {
    const known = Object.values(KNOWN).map(({ conversation }) => conversation);
    const madeUp = SEEDS.flatMap(seed => fc.sample(conversations(LONG), { seed, numRuns: 1 }));
    const some = (all: readonly Conversation[]) => (quick ? all.slice(0, QUICK) : all);
    const all = [...some(known), ...some(madeUp)];
    const stage = await openStage();
    try {
      const verdicts: Verdict[] = [];
      for (const conversation of all) {
        verdicts.push(await stage.play(conversation, { lasts: LASTS }));
        if (!verdicts.at(-1)?.numbers) await stage.startOver();
      }
      for (const { failures } of verdicts)
        for (const each of failures) say(`  ${each.number}: ${each.words}`);
      await stage.startOver();
      return [...rows(verdicts), await loadRow(stage, quick)];
    } finally {
      await stage.close();
    }
  },
};

/** Where the broker did not answer any more, it took for ever. */
function rows(verdicts: readonly Verdict[]): Row[] {
  const of = (read: (numbers: NonNullable<Verdict['numbers']>) => number) =>
    verdicts.map(({ numbers }) => (numbers ? read(numbers) : Number.POSITIVE_INFINITY));
  const latest = of(({ echoes }) => Math.max(0, ...echoes.map(({ late }) => late)));
  const wrong = verdicts.flatMap(({ failures }) => failures.filter(({ number }) => number === 'answers'));
  const row = (name: string, what: string, values: readonly number[], aim: number, unit: string): Row => ({
    ...NOBODY_ELSE,
    name,
    what,
    ours: `${figure(Math.max(...values))} ${unit} at worst, median ${figure(median(values))}`,
    result: `${figure(Math.max(...values))} ${unit}`,
    aim: `${aim} ${unit}`,
    met: Math.max(...values) <= aim,
    samples: `${values.length} conversations`,
  });
  return [
    row(
      'hostile-turn',
      'work of one turn of the broker’s event loop, one server hostile',
      of(({ turns }) => turns[0]?.work ?? 0),
      PROMISED.turn,
      'ms',
    ),
    row('hostile-echo', 'the latest echo of another host meanwhile', latest, PROMISED.echo, 'ms'),
    row(
      'hostile-memory',
      'what the broker holds because of it',
      of(({ held }) => held / MIB),
      PROMISED.held / MIB,
      'MiB',
    ),
    {
      ...NOBODY_ELSE,
      name: 'hostile-answers',
      what: 'requests without exactly one answer meanwhile',
      ours: wrong.length === 0 ? 'none' : wrong.map(({ words }) => words).join('; '),
      result: `${wrong.length}`,
      aim: 'none',
      met: wrong.length === 0,
      samples: `${verdicts.length} conversations`,
    },
  ];
}

async function loadRow(stage: Stage, quick: boolean): Promise<Row> {
  const { failures, p99, worst } = await bear(stage, 'notifications', quick ? SOME : FULL);
  return {
    ...NOBODY_ELSE,
    name: 'notifications',
    what: '99th percentile of one host’s echo during another’s 10,000 notifications a second',
    ours: `${figure(p99)} ms, the latest ${figure(worst)} ms${failures.map(each => `; ${each}`).join('')}`,
    result: `${figure(p99)} ms`,
    aim: `${NEIGHBOUR} ms`,
    met: p99 <= NEIGHBOUR && failures.length === 0,
    samples: `${(quick ? SOME : FULL).seconds} s`,
  };
}

const NOBODY_ELSE = { theirs: '–', worse: false };
