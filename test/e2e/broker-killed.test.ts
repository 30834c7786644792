import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startLab } from '../../src/lab/lab.ts';
import { callers, expectOneAnswerEach, keepCalling } from '../support/callers.ts';
import { install, until } from '../support/keybridge.ts';
import { brokersOf, SHOWS_PROCESSES } from '../support/processes.ts';

const HOSTS = 8;
const CALLS = 1_000;
const KILLS = 10;
/** Calls of one host that are under way at once. */
const ABREAST = 3;

/** The process id that the broker wrote down. */
function brokerOf(home: string): number | undefined {
  try {
    return Number(readFileSync(join(home, 'broker.pid'), 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

it('a broker killed ten times during a thousand calls of eight hosts: each call is answered once, each host works afterwards, nobody signs in again', async () => {
  const lab = await startLab();
  const installation = install({ KEYBRIDGE_VAULT: 'file' });
  onTestFinished(async () => {
    await installation.close();
    await lab.close();
  });
  const hosts = await callers(installation, lab.serverUrl, HOSTS);

  let begun = 0;
  const calling = keepCalling(hosts, ABREAST, count => {
    begun = count;
    return count < CALLS;
  });
  let last = 0;
  for (let count = 1; count <= KILLS; count++) {
    // Every other one is killed as soon as it is there, while the hosts come back to it.
    const due = count % 2 === 0 ? 0 : (count * CALLS) / (KILLS + 1);
    const another = () => {
      const pid = brokerOf(installation.home);
      return begun > due && pid !== last && pid;
    };
    last = await until('there is another broker', another, 60_000);
    process.kill(last, 'SIGKILL');
  }

  const lost = await expectOneAnswerEach(hosts, await calling, ['broker.lost']);
  expect(begun).toBe(CALLS);
  expect(lost['broker.lost']).toBeLessThanOrEqual(KILLS * HOSTS * ABREAST);
  expect(installation.tabs()).toHaveLength(1);
  expect(lab.authorization.counters).toMatchObject({
    registrations: 1,
    codeExchanges: 1,
    reuseDetections: 0,
  });
  if (SHOWS_PROCESSES) expect(brokersOf(installation.home)).toHaveLength(1);
  const { servers } = await installation.status();
  expect(servers.map(({ state, hosts: names }) => [state, names.length])).toEqual([['signed-in', HOSTS]]);
}, 120_000);
