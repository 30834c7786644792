import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { meetBroker } from '../../src/node/connect.ts';
import { OWN } from '../../src/node/identity.ts';
import { controlLine, type HandOverLine } from '../../src/node/wire.ts';
import { brokerHost } from '../support/broker-host.ts';
import { type Installation, install, until } from '../support/keybridge.ts';
import { isRunning } from '../support/processes.ts';
import { faultIn, type RawHost, rawHost } from '../support/raw-host.ts';

/* Either side of a hand-over is lost in the middle of it. */

let lab: Lab;
let installation: Installation;

beforeEach(async () => {
  lab = await startLab();
});

afterEach(async () => {
  await installation.close();
  await lab.close();
});

async function connected(): Promise<RawHost> {
  const host = rawHost(installation, [lab.serverUrl]);
  await host.initialize();
  await host.ask('tools/list');
  return host;
}

const isAnswer = ({ id, method }: { id?: unknown; method?: unknown }) =>
  id !== undefined && method === undefined;
const answersOf = (host: RawHost) => host.heard().filter(isAnswer);

/** Calls until the work is done; a call may be answered with an error, and must be answered once. */
async function callDuring(host: RawHost, work: Promise<unknown>): Promise<void> {
  let going = true;
  const calls = (async () => {
    while (going) await host.call('echo', { text: 'x' });
  })();
  await work.finally(() => {
    going = false;
  });
  await calls;
}

describe('the newer broker is lost', () => {
  /** Takes part in a hand-over by hand, and says no more after so many words. */
  async function comeAndGo(words: number): Promise<void> {
    const met = await meetBroker(installation.home);
    const { socket, reader } = (await met?.ask({
      kind: 'handover',
      from: { ...OWN, version: '9.0.0' },
    })) ?? { socket: undefined, reader: undefined };
    const turns: (HandOverLine | 'hear')[] = [{ ready: true }, 'hear', { taken: true }, 'hear'];
    for (const turn of turns.slice(0, words)) {
      if (turn === 'hear') await reader?.line();
      else socket?.write(controlLine(turn));
    }
    socket?.destroy();
  }

  it.each([
    ['before it could begin', 0],
    ['while calls under way finish', 1],
    ['once it has the sign-ins', 2],
    ['as the place is freed', 3],
    ['before it serves', 4],
  ])('%s: the older one goes on, and no call fails', async (_when, words) => {
    // In memory only: whoever loses it shows a second tab.
    installation = install();
    const [busy, idle] = [await connected(), await connected()];
    const { pid } = await installation.status();
    const slow = busy.call('slow', { ms: 700 });
    await until('the call is under way', () => lab.mcp.counters.toolCalls.slow === 1);
    await callDuring(idle, comeAndGo(words));
    expect((await slow).result).toBeDefined();
    for (const host of [busy, idle]) {
      expect((await host.call('echo', { text: 'after' })).result).toBeDefined();
      expect(answersOf(host).filter(({ error }) => error)).toEqual([]);
    }
    expect((await installation.status()).pid).toBe(pid);
    expect(installation.tabs()).toHaveLength(1);
    expect(lab.mcp.counters.toolCalls.slow).toBe(1);
  });
});

describe('kill -9 at any moment', () => {
  it.each([
    ['older', 0],
    ['older', 400],
    ['older', 800],
    ['newer', 400],
    ['newer', 800],
  ] as const)(
    'of the %s one, %i ms after the newer one begins, ends in one that works',
    async (which, delay) => {
      installation = install({ KEYBRIDGE_VAULT: 'file' });
      const host = await connected();
      const { pid } = await installation.status();
      const late = brokerHost(installation, { version: '9.0.0' });
      const killing = (async () => {
        await until('it has begun', () => late.child.pid !== undefined);
        await new Promise(resolve => setTimeout(resolve, delay));
        process.kill(which === 'older' && isRunning(pid) ? pid : (late.child.pid ?? 0), 'SIGKILL');
      })();
      await callDuring(host, killing);
      // A call to one that is dead already may be answered with an error, too.
      await until('it works', async () => (await host.call('echo', { text: 'after' })).result);
      // Whoever it is, everybody finds the same one.
      const second = await connected();
      expect((await second.call('echo', { text: 'after' })).result).toBeDefined();
      await until('both hosts are there', async () => {
        const { servers } = await installation.status();
        return servers.length === 1 && servers[0]?.hosts.length === 2;
      });
      const answers = answersOf(host);
      expect(new Set(answers.map(({ id }) => id)).size).toBe(answers.length);
      for (const answer of answers.filter(({ error }) => error))
        expect(faultIn(answer)?.code).toBe('broker.lost');
      expect(installation.tabs()).toHaveLength(1);
      late.child.kill('SIGKILL');
    },
  );
});
