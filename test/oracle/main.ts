import { tryOne } from './oracle.ts';

/** `npm run oracle -- --seed N --runs N [--processes]`: bends as many right servers and prints what the witnesses disagree on. */
async function main(): Promise<number> {
  const value = (name: string, otherwise: number) => {
    const at = process.argv.indexOf(name);
    return at < 0 ? otherwise : Number(process.argv[at + 1]);
  };
  const seed = value('--seed', 1);
  const runs = value('--runs', 5_000);
  let count = 0;
  for (let number = seed; number < seed + runs; number++) {
    const said = await tryOne(number, process.argv.includes('--processes'));
    if (said === undefined) continue;
    count++;
    process.stdout.write(`${said}\n`);
  }
  process.stdout.write(`${runs} bent servers from ${seed} on, ${count} disagreements.\n`);
  return count === 0 ? 0 : 1;
}

process.exit(await main());
