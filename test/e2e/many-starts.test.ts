import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { type Host, type Installation, install, textOf, until } from '../support/keybridge.ts';
import { brokersOf, SHOWS_PROCESSES } from '../support/processes.ts';

const MANY = 20;
const ROUNDS = Array.from({ length: 10 }, (_, index) => index + 1);

let lab: Lab;
let installation: Installation;
let hold: string;

beforeEach(async () => {
  lab = await startLab();
  installation = install();
  hold = join(installation.env.HOME ?? '', 'hold');
});

afterEach(async () => {
  await installation.close();
  await lab.close();
});

async function echoes(host: Host, text: string): Promise<string> {
  return textOf(await host.client.callTool({ name: 'echo', arguments: { text } }));
}

/** One of everything, however many asked. */
async function expectOneOfEverything() {
  expect(installation.tabs()).toHaveLength(1);
  expect(lab.authorization.counters).toMatchObject({
    registrations: 1,
    authorizationRequests: 1,
    codeExchanges: 1,
    serverErrors: 0,
  });
  const { pid } = await installation.status();
  if (SHOWS_PROCESSES) expect(brokersOf(installation.home)).toEqual([pid]);
}

describe('twenty bridges started at once with an empty store', () => {
  // The user is quick in every other round, and in the others slower than all twenty hosts.
  it.each(ROUNDS)(
    'share one broker, registration, tab and code exchange, and all work: round %i',
    async round => {
      const slow = round % 2 === 0;
      const env: Record<string, string> = slow ? { KEYBRIDGE_LAB_HOLD: hold } : {};
      const names = Array.from({ length: MANY }, (_, index) => `host-${index}`);
      const hosts = await Promise.all(names.map(name => installation.host(lab.serverUrl, { name, env })));
      const answers = Promise.all(hosts.map((host, index) => echoes(host, `${names[index]}`)));
      writeFileSync(hold, '');
      expect(await answers).toEqual(names);
      await expectOneOfEverything();
      const { servers } = await installation.status();
      expect(servers.map(({ state, hosts }) => [state, [...hosts].sort()])).toEqual([
        ['signed-in', names.sort()],
      ]);
    },
  );
});

describe('a host that starts its server twice while the browser is open', () => {
  it.each(['closes the first in good order', 'kills the first'])(
    'has one tab that serves the second: it %s',
    async how => {
      const env = { KEYBRIDGE_LAB_HOLD: hold };
      const first = await installation.host(lab.serverUrl, { env });
      await until('the tab is open', () => installation.tabs().length === 1);
      if (how === 'kills the first') process.kill(first.transport.pid ?? 0, 'SIGKILL');
      else await first.close();
      const second = await installation.host(lab.serverUrl, { env });
      const answer = echoes(second, 'still here');
      writeFileSync(hold, '');
      expect(await answer).toBe('still here');
      await expectOneOfEverything();
    },
  );

  it('has one tab that serves the next also when nobody was connected as the user consented', async () => {
    const env = { KEYBRIDGE_LAB_HOLD: hold };
    const first = await installation.host(lab.serverUrl, { env });
    await until('the tab is open', () => installation.tabs().length === 1);
    await first.close();
    writeFileSync(hold, '');
    await until('the code is exchanged', () => lab.authorization.counters.codeExchanges === 1);
    const second = await installation.host(lab.serverUrl);
    expect(await echoes(second, 'later')).toBe('later');
    await expectOneOfEverything();
  });
});
