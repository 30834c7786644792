import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { examinations } from './arbitrary.ts';
import { LONG, type Scale, SHORT } from './arbitrary-values.ts';
import { examineHostile } from './doctor.ts';
import { type FuzzOptions, fuzz, report } from './fuzz.ts';
import { bear, FULL, LOAD_NAMES, NEIGHBOUR } from './load.ts';
import { openStage, type Stage } from './stage.ts';

const HELP = `npm run fuzz -- [options]

Holds made-up conversations with hostile servers beside a well-behaved one, each with a seed of its own.

  --minutes N    for so long; 10 unless told
  --seed N       the first seed; the others follow. Drawn unless told
  --runs N       so many conversations at most; 1 repeats what was found under a seed
  --lasts N      milliseconds of one conversation; 3000 unless told
  --shrink N     seconds to look for a smaller conversation that fails too; 60 unless told
  --short        the smaller conversations of npm test: another one for each seed
  --doctor       has the doctor look at them instead
  --load         200 bridges, 5,000 calls at once, 10,000 notifications a second and 1 GB of events instead
  --report FILE  what was found is written there, too
`;

/** Milliseconds. */
const LASTS = 3_000;
/** Open requests are answered this soon when their server is gone. Milliseconds. */
const HEARS = 60_000;
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
      doctor: { type: 'boolean', default: false },
      load: { type: 'boolean', default: false },
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
  if (values.load) return bearAll(say);
  const end = performance.now() + minutes * 60_000;
  const scale = values.short ? SHORT : LONG;
  let held = 0;
  const failed: number[] = [];
  const stage = values.doctor ? undefined : await openStage();
  try {
    for (let run = 0; run < runs && performance.now() < end; run++) {
      const seed = first + run;
      if (run % EACH_BROKER === EACH_BROKER - 1) await stage?.startOver();
      const wrong = stage
        ? await conversationOf(stage, seed, { scale, lasts, shrinks: shrink * 1_000, hears: HEARS, say })
        : await examinationOf(seed, scale, say);
      if (wrong === undefined) held++;
      else {
        failed.push(seed);
        say(`✗ seed ${seed}: ${wrong}`);
      }
    }
  } finally {
    await stage?.close();
  }
  say(`${held + failed.length} conversations from seed ${first} on: the numbers held in ${held}.`);
  if (failed.length > 0) say(`They did not with the seeds ${failed.join(', ')}.`);
  return failed.length > 0 ? 1 : 0;
}

async function bearAll(say: (line: string) => void): Promise<number> {
  const stage = await openStage();
  let code = 0;
  try {
    for (const name of LOAD_NAMES) {
      const { failures, ...numbers } = await bear(stage, name, FULL);
      const wrong = numbers.p99 < NEIGHBOUR ? failures : [...failures, 'the neighbour had to wait'];
      if (wrong.length > 0) code = 1;
      say(`${wrong.length > 0 ? '✗' : '✓'} ${name}: ${JSON.stringify(numbers)} ${wrong.join('; ')}`);
      await stage.startOver();
    }
  } finally {
    await stage.close();
  }
  return code;
}

async function conversationOf(stage: Stage, seed: number, options: FuzzOptions): Promise<string | undefined> {
  const found = await fuzz(stage, seed, options);
  return found && report(found);
}

/** Every other one is asked for what leaves a trace at the server, too. */
async function examinationOf(
  seed: number,
  scale: Scale,
  say: (line: string) => void,
): Promise<string | undefined> {
  const [conversation] = fc.sample(examinations(scale), { seed, numRuns: 1 });
  if (!conversation) return undefined;
  const { failures, code, took, seen } = await examineHostile(
    conversation,
    seed % 2 === 0 ? ['--active'] : [],
  );
  say(`seed ${seed}: ended with ${code} after ${Math.round(took)} ms; ${JSON.stringify(seen)}`);
  return failures.length > 0 ? `${failures.join('; ')}\n  ${JSON.stringify(conversation)}` : undefined;
}

process.exitCode = await main(process.argv.slice(2));
