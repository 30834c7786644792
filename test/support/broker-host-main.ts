import { createInterface } from 'node:readline';
import { Fault } from '../../src/base/fault.ts';
import { homeFolder } from '../../src/node/home.ts';
import { type Identity, OWN } from '../../src/node/identity.ts';
import { runBroker } from '../../src/node/run-broker.ts';

/* A process that has a broker in it, as the desktop app has. It says on stdout what becomes of it. */

export interface HostSettings extends Partial<Identity> {
  program?: string;
  idle?: number;
}

const { program, idle, ...identity } = JSON.parse(process.argv[2] ?? '{}') as HostSettings;

function say(word: string): void {
  process.stdout.write(`${word}\n`);
}

process.stdout.on('error', () => {});
const running = await runBroker({
  identity: { ...OWN, ...identity },
  folder: homeFolder(),
  ...(program === undefined ? {} : { program }),
  ...(idle === undefined ? {} : { idle }),
  ended: fault => {
    say(fault ? `ended: ${fault.sentence}` : 'ended');
    process.exit(fault ? 1 : 0);
  },
}).catch(error => {
  say(`failed: ${Fault.of(error).sentence}`);
  process.exit(1);
});
say(running ? 'serves' : 'another stays');
if (!running) process.exit(0);
createInterface({ input: process.stdin }).on('line', line => {
  if (line === 'quit') void running.end();
});
