import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { textIn } from '../support/equipped.ts';
import { type Installation, install, until } from '../support/keybridge.ts';
import { brokersOf, SHOWS_PROCESSES } from '../support/processes.ts';
import { faultIn, type Heard, type RawHost, rawHost } from '../support/raw-host.ts';

const HOSTS = 8;
const CALLS = 1_000;
const KILLS = 10;
/** Calls of one host that are under way at once. */
const ABREAST = 3;

let lab: Lab;
let installation: Installation;

beforeEach(async () => {
  lab = await startLab();
  installation = install({ KEYBRIDGE_VAULT: 'file' });
});

afterEach(async () => {
  await installation.close();
  await lab.close();
});

/** Reads a host's messages as they come, once. */
function answersOf({ child }: RawHost) {
  const answers = new Map<unknown, Heard[]>();
  const waiting = new Map<unknown, () => void>();
  let rest = '';
  child.stdout?.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const message = JSON.parse(line) as Heard;
      if (message.method !== undefined) continue;
      answers.set(message.id, [...(answers.get(message.id) ?? []), message]);
      waiting.get(message.id)?.();
    }
  });
  return {
    all: answers,
    async to(id: string): Promise<Heard> {
      if (!answers.has(id)) await new Promise<void>(resolve => waiting.set(id, resolve));
      return answers.get(id)?.[0] as Heard;
    },
  };
}

/** The process id that the broker wrote down. */
function brokerOf({ home }: Installation): number | undefined {
  try {
    return Number(readFileSync(join(home, 'broker.pid'), 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

describe('when the broker is killed ten times during a thousand calls of eight hosts', () => {
  it('each call is answered once, each host works afterwards, and nobody has to sign in again', async () => {
    const first = rawHost(installation, [lab.serverUrl]);
    await first.initialize();
    await first.ask('tools/list');
    const others = Array.from({ length: HOSTS - 1 }, () => rawHost(installation, [lab.serverUrl]));
    await Promise.all(others.map(host => host.initialize()));
    const hosts = [first, ...others].map(host => ({ host, answers: answersOf(host) }));

    let begun = 0;
    const call = async ({ host, answers }: (typeof hosts)[number]) => {
      while (begun < CALLS) {
        const id = `call ${begun++}`;
        host.send({
          jsonrpc: '2.0',
          id,
          method: 'tools/call',
          params: { name: 'echo', arguments: { text: id } },
        });
        await answers.to(id);
      }
    };
    const calling = Promise.all(hosts.flatMap(each => Array.from({ length: ABREAST }, () => call(each))));
    const kill = async () => {
      let last = 0;
      for (let count = 1; count <= KILLS; count++) {
        // Every other one is killed as soon as it is there, while the hosts come back to it.
        const due = count % 2 === 0 ? 0 : (count * CALLS) / (KILLS + 1);
        const pid = await until(
          'there is another broker',
          () => {
            const now = brokerOf(installation);
            return begun > due && now !== last && now;
          },
          60_000,
        );
        process.kill(pid, 'SIGKILL');
        last = pid;
      }
    };
    await Promise.all([calling, kill()]);

    for (const { host } of hosts) expect((await host.call('echo', { text: 'after' })).result).toBeDefined();

    const heard = hosts.flatMap(({ answers }) =>
      [...answers.all].filter(([id]) => `${id}`.startsWith('call')),
    );
    expect(heard).toHaveLength(CALLS);
    let lost = 0;
    for (const [id, [answer, ...more]] of heard) {
      expect([id, more]).toEqual([id, []]);
      if (answer?.result) expect(textIn(answer)).toBe(id);
      else expect([id, faultIn(answer as Heard)?.code, ++lost]).toEqual([id, 'broker.lost', lost]);
    }
    expect(lost).toBeLessThanOrEqual(KILLS * HOSTS * ABREAST);
    expect(installation.tabs()).toHaveLength(1);
    expect(lab.authorization.counters).toMatchObject({
      registrations: 1,
      codeExchanges: 1,
      reuseDetections: 0,
    });
    if (SHOWS_PROCESSES) expect(brokersOf(installation.home)).toHaveLength(1);
    const { servers } = await installation.status();
    expect(servers.map(({ state, hosts }) => [state, hosts.length])).toEqual([['signed-in', HOSTS]]);
  }, 120_000);
});
