import { readFileSync, writeFileSync } from 'node:fs';
import { type Entrant, keybridge, mcpRemote } from './contestant.ts';
import { MESSAGE_FAULTS } from './message-faults.ts';
import { SIGN_IN_FAULTS } from './sign-in-faults.ts';
import { Stage } from './stage.ts';

/** One fault is given up on after this long. Milliseconds. */
const LIMIT = 90_000;
const DOC = new URL('../../docs/incumbent-faults.md', import.meta.url);

/** Tries each fault on mcp-remote and on Keybridge, prints the table, and with `--write` puts it into docs. */
async function main(): Promise<number> {
  const faults = [...SIGN_IN_FAULTS, ...MESSAGE_FAULTS].sort((one, other) => one.number - other.number);
  const rows: string[] = [];
  let theirs = 0;
  let ours = 0;
  for (const { number, title, run } of faults) {
    const [seenThere, seenHere] = [await attempt(mcpRemote, run), await attempt(keybridge, run)];
    if (seenThere !== undefined) theirs++;
    if (seenHere !== undefined) ours++;
    const row = `| ${number} | ${title} | ${seenThere ?? 'not seen'} | ${seenHere ?? 'not seen'} |`;
    process.stdout.write(`${row}\n`);
    rows.push(row);
  }
  const version = (await import('mcp-remote/package.json', { with: { type: 'json' } })).default.version;
  const table = [
    `| | fault | mcp-remote ${version} | Keybridge |`,
    '|---|---|---|---|',
    ...rows,
    '',
    `Seen: ${theirs} of ${faults.length} in mcp-remote ${version}, ${ours} in Keybridge (Node ${process.versions.node}, ${process.platform}).`,
  ].join('\n');
  process.stdout.write(`\n${table}\n`);
  if (process.argv.includes('--write')) {
    const [before] = readFileSync(DOC, 'utf8').split('| | fault |');
    writeFileSync(DOC, `${before}${table}\n`);
  }
  return ours === 0 ? 0 : 1;
}

async function attempt(
  entrant: Entrant,
  run: (stage: Stage) => Promise<string | undefined>,
): Promise<string | undefined> {
  const stage = new Stage(entrant);
  const late = new Promise<string>(resolve => {
    setTimeout(() => resolve(`no end after ${LIMIT / 1000} s`), LIMIT).unref();
  });
  try {
    return await Promise.race([run(stage), late]);
  } catch (error) {
    return (error as Error).message.split('\n')[0];
  } finally {
    await stage.close();
  }
}

process.exit(await main());
