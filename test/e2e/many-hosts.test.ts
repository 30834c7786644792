import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import type { Holdings } from '../support/broker-probe-main.ts';
import { type Installation, install, until } from '../support/keybridge.ts';
import { type ProbedBroker, startProbedBroker } from '../support/probed-broker.ts';
import { brokersOf, SHOWS_PROCESSES } from '../support/processes.ts';
import { type RawHost, rawHost } from '../support/raw-host.ts';

const MANY = 200;
/** Bridges that are started at the same time. */
const AT_ONCE = 10;
/** Bytes of the broker's heap, while a bridge is there and after it has gone. */
const HEAP_EACH = 192 * 1024;
const TRACE_EACH = 96 * 1024;
/** A bridge's socket, its stream from the server, and a connection for what it asks. */
const DESCRIPTORS_EACH = 4;
const SOME = 10;

let lab: Lab;
let installation: Installation;
let broker: ProbedBroker;

beforeEach(async () => {
  lab = await startLab();
  installation = install();
  broker = await startProbedBroker(installation);
});

afterEach(async () => {
  await installation.close();
  await lab.close();
});

/** A host that has greeted its server, called a tool and had its own answer. */
async function served(index: number): Promise<RawHost> {
  const host = rawHost(installation, [lab.serverUrl]);
  const { result } = await host.initialize();
  expect(result).toMatchObject({ protocolVersion: '2025-11-25' });
  await echoes(host, `host ${index}, first`);
  return host;
}

async function echoes(host: RawHost, text: string): Promise<void> {
  expect((await host.call('echo', { text })).result).toEqual({ content: [{ type: 'text', text }] });
}

describe('two hundred bridges on one broker', () => {
  it('each get their own answers, share one sign-in, and leave nothing behind', async () => {
    // The first signs in, and what every later one finds is there.
    const hosts = [await served(0)];
    const before = await broker.holdings();
    while (hosts.length < MANY) {
      const next = Array.from({ length: Math.min(AT_ONCE, MANY - hosts.length) }, (_, n) => hosts.length + n);
      hosts.push(...(await Promise.all(next.map(served))));
    }
    // All at once, now that everybody is there.
    await Promise.all(hosts.map((host, index) => echoes(host, `host ${index}, second`)));

    const { pid, servers } = await installation.status();
    expect(pid).toBe(broker.pid);
    if (SHOWS_PROCESSES) expect(brokersOf(installation.home)).toEqual([pid]);
    expect(servers.map(({ state, hosts: names }) => [state, names.length])).toEqual([['signed-in', MANY]]);
    expect(installation.tabs()).toHaveLength(1);
    expect(lab.authorization.counters).toMatchObject({ registrations: 1, codeExchanges: 1, serverErrors: 0 });
    expect(lab.mcp.counters.sessionsOpen).toBe(MANY);

    const during = await broker.holdings();
    expect(during.heap - before.heap).toBeLessThan(MANY * HEAP_EACH);
    if (SHOWS_PROCESSES)
      expect(during.descriptors - before.descriptors).toBeLessThan(MANY * DESCRIPTORS_EACH);

    await Promise.all(hosts.map(host => host.leave()));
    await until('the server has lost its sessions', () => lab.mcp.counters.sessionsOpen === 0);
    // Connections to the server are kept for a while, in case somebody comes back.
    const isBack = ({ descriptors, resources }: Holdings) =>
      (resources.PipeWrap ?? 0) <= (before.resources.PipeWrap ?? 0) &&
      (!SHOWS_PROCESSES || descriptors <= before.descriptors + SOME);
    await until('what the broker had opened is closed', async () => isBack(await broker.holdings()), 20_000);
    // What is left is the trace, which has bounds of its own.
    expect((await broker.holdings()).heap - before.heap).toBeLessThan(MANY * TRACE_EACH);
  }, 120_000);
});
