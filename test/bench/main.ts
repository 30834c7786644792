import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Measurement, openArena, type Row } from './arena.ts';
import { echoRow, flightRow, largeRow } from './rows/calls.ts';
import { delayRow } from './rows/delay.ts';
import { hostileRow } from './rows/hostile.ts';
import { manyMemory, oneMemory } from './rows/memory.ts';
import { start } from './rows/start.ts';
import { windowRow } from './rows/window.ts';
import { complaints, soak } from './soak.ts';
import { table } from './table.ts';

const MEASUREMENTS: readonly Measurement[] = [
  start,
  echoRow,
  flightRow,
  largeRow,
  oneMemory,
  manyMemory,
  delayRow,
  hostileRow,
  windowRow,
];

const HELP = `npm run bench -- [options]

  --quick        few samples: to see that it runs
  --only NAME    one measurement (repeat for more): ${MEASUREMENTS.map(({ name }) => name).join(', ')}
  --json FILE    the rows as JSON besides
  --soak MINUTES mixed traffic for so long instead, and whether the broker holds more in the end
`;

/** Measures Keybridge beside mcp-remote and a direct client. 1 when a row is worse than mcp-remote. */
async function main(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: 'boolean' },
      only: { type: 'string', multiple: true },
      json: { type: 'string' },
      soak: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  const { only, quick = false } = values;
  const unknown = only?.find(name => !MEASUREMENTS.some(each => each.name === name));
  if (values.help || unknown !== undefined) {
    process.stdout.write(HELP);
    return unknown === undefined ? 0 : 2;
  }
  const say = (line: string) => process.stderr.write(`${line}\n`);
  if (values.soak !== undefined) return runSoak(Number(values.soak), say);
  const rows: Row[] = [];
  const chosen = MEASUREMENTS.filter(({ name }) => !only || only.includes(name));
  const servers = Math.max(...chosen.map(each => each.servers ?? 1));
  const arena = await openArena(quick, servers, say);
  try {
    for (const each of chosen) {
      say(`${each.name} …`);
      const measured = await each.run(arena);
      rows.push(...measured);
      for (const { what, result, met } of measured) say(`  ${met ? '✓' : '–'} ${what}: ${result}`);
    }
  } finally {
    await arena.close();
  }
  process.stdout.write(table(rows));
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
  const worse = rows.filter(row => row.worse);
  for (const row of worse) say(`Worse than mcp-remote: ${row.what}.`);
  return worse.length > 0 ? 1 : 0;
}

/** Seconds an access token lives during a soak. */
const TOKEN_LIFE = 20;

async function runSoak(minutes: number, say: (line: string) => void): Promise<number> {
  if (!(minutes > 0)) {
    process.stdout.write(HELP);
    return 2;
  }
  const end = Date.now() + minutes * 60_000;
  const result = await soak({ goesOn: () => Date.now() < end, tokenLife: TOKEN_LIFE, say });
  const { lost, refusals, ...counts } = result.tally;
  say(JSON.stringify(counts));
  const found = complaints(result);
  for (const each of found) say(`Wrong: ${each}.`);
  if (found.length === 0) say('Every request was answered, and the broker holds no more than at first.');
  return found.length > 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
