import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { LONG, SHORT } from './arbitrary.ts';
import { fuzz, report } from './fuzz.ts';
import { openStage } from './stage.ts';

const HELP = `npm run fuzz -- [options]

Holds made-up conversations with hostile servers beside a well-behaved one, each with a seed of its own.

  --minutes N    for so long; 10 unless told
  --seed N       the first seed; the others follow. Drawn unless told
  --runs N       so many conversations at most; 1 repeats what was found under a seed
  --lasts N      milliseconds of one conversation; 3000 unless told
  --shrink N     seconds to look for a smaller conversation that fails too; 60 unless told
  --short        the smaller conversations of npm test: another one for each seed
  --report FILE  what was found is written there, too
`;

/** Milliseconds. */
const LASTS = 3_000;
/** Conversations with one broker. */
const EACH_BROKER = 25;

/** 1 when a number did not hold in any conversation. */
async function main(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
      runs: { type: 'string', default: 'Infinity' },
      lasts: { type: 'string', default: String(LASTS) },
      shrink: { type: 'string', default: '60' },
      short: { type: 'boolean', default: false },
      report: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  const [minutes, first, runs, lasts, shrink] = [
    values.minutes,
    values.seed,
    values.runs,
    values.lasts,
    values.shrink,
  ].map(Number) as [number, number, number, number, number];
  if (values.help || [minutes, first, runs, lasts, shrink].some(Number.isNaN)) {
    process.stdout.write(HELP);
    return values.help ? 0 : 2;
  }
  const say = (line: string) => {
    process.stderr.write(`${line}\n`);
    if (values.report !== undefined) appendFileSync(values.report, `${line}\n`);
  };
  const end = performance.now() + minutes * 60_000;
  const stage = await openStage();
  let held = 0;
  const failed: number[] = [];
  try {
    for (let run = 0; run < runs && performance.now() < end; run++) {
      if (run % EACH_BROKER === EACH_BROKER - 1) await stage.startOver();
      const seed = first + run;
      const scale = values.short ? SHORT : LONG;
      const found = await fuzz(stage, seed, { scale, lasts, shrinks: shrink * 1_000, say });
      if (!found) held++;
      else {
        failed.push(seed);
        say(`✗ seed ${seed}: ${report(found)}`);
      }
    }
  } finally {
    await stage.close();
  }
  say(`${held + failed.length} conversations from seed ${first} on: the numbers held in ${held}.`);
  if (failed.length > 0) say(`They did not with the seeds ${failed.join(', ')}.`);
  return failed.length > 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
