import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { brokerHost } from '../support/broker-host.ts';
import { type Installation, install, until } from '../support/keybridge.ts';
import { brokersOf, isRunning, SHOWS_PROCESSES } from '../support/processes.ts';
import { faultIn, type RawHost, rawHost } from '../support/raw-host.ts';
import { as, type OtherVersion, otherVersion } from '../support/versions.ts';

/* A newer version beside an older broker: who serves afterwards, and that nobody loses a call by it. */

let newer: OtherVersion;
let newest: OtherVersion;
let lab: Lab;
let installation: Installation;

beforeAll(() => {
  newer = otherVersion('7.0.0');
  newest = otherVersion('7.0.1');
});

afterAll(() => {
  newer.remove();
  newest.remove();
});

beforeEach(async () => {
  lab = await startLab();
  // In memory only: what is not handed over is lost, and seen to be by a second tab.
  installation = install();
});

afterEach(async () => {
  await installation.close();
  await lab.close();
});

async function connected(version?: OtherVersion): Promise<RawHost> {
  const host = rawHost(version ? as(version, installation) : installation, [lab.serverUrl]);
  await host.initialize();
  await host.ask('tools/list');
  return host;
}

async function echoes(...hosts: readonly RawHost[]): Promise<void> {
  const answers = await Promise.all(hosts.map((host, index) => host.call('echo', { text: `${index}` })));
  expect(answers.map(({ result }) => result)).toEqual(
    hosts.map((_host, index) => ({ content: [{ type: 'text', text: `${index}` }] })),
  );
}

/** One broker of this version, which every one of these hosts has found, after one sign-in. */
async function expectOne(version: string, hosts: readonly RawHost[]): Promise<void> {
  await until('every host has found it', async () => {
    const { servers } = await installation.status();
    return servers[0]?.hosts.length === hosts.length;
  });
  const status = await installation.status();
  expect(status.version).toBe(version);
  if (SHOWS_PROCESSES)
    await until('one broker is left', () => `${brokersOf(installation.home)}` === `${status.pid}`);
  expect(installation.tabs()).toHaveLength(1);
  expect(lab.authorization.counters).toMatchObject({ codeExchanges: 1, reuseDetections: 0 });
}

/** Every request has one answer, and none of them is an error. */
function expectNothingFailed(hosts: readonly RawHost[]): void {
  for (const host of hosts) {
    const answers = host.heard().filter(({ id, method }) => id !== undefined && method === undefined);
    expect(answers.filter(({ error }) => error)).toEqual([]);
    expect(new Set(answers.map(({ id }) => id)).size).toBe(answers.length);
  }
}

/** Calls without a pause until it is told to stop; resolves with how many were answered. */
function keepCalling(host: RawHost): { stop(): Promise<number> } {
  let going = true;
  const calls = (async () => {
    let count = 0;
    for (; going; count++) expect((await host.call('echo', { text: 'x' })).result).toBeDefined();
    return count;
  })();
  calls.catch(() => {});
  return {
    stop: () => {
      going = false;
      return calls;
    },
  };
}

describe('a bridge of a newer version', () => {
  it('brings its own broker; calls under way finish, and every host goes on without a sign-in', async () => {
    const [busy, idle] = [await connected(), await connected()];
    const first = await installation.status();
    const slow = busy.call('slow', { ms: 2_500 });
    await until('the call is under way', () => lab.mcp.counters.toolCalls.slow === 1);
    const late = await connected(newer);
    expect((await slow).result).toBeDefined();
    expect(lab.mcp.counters.toolCalls.slow).toBe(1);
    // Without a request of theirs: another is there, so they look for it at once.
    await expectOne('7.0.0', [busy, idle, late]);
    expect(isRunning(first.pid)).toBe(false);
    await lab.mcp.addTool('grown');
    for (const host of [busy, idle, late])
      await host.hears('the list changed', ({ method }) => method === 'notifications/tools/list_changed');
    await echoes(busy, idle, late);
    expectNothingFailed([busy, idle, late]);
  });

  it('costs twenty bridges that call without a pause no call', async () => {
    const hosts = await Promise.all(Array.from({ length: 20 }, () => connected()));
    const calls = hosts.map(keepCalling);
    const late = await connected(newer);
    await expectOne('7.0.0', [...hosts, late]);
    await echoes(...hosts, late);
    for (const count of await Promise.all(calls.map(each => each.stop()))) expect(count).toBeGreaterThan(0);
    expectNothingFailed([...hosts, late]);
  });

  it('beside others of two newer versions ends with one broker, of the newest', async () => {
    const host = await connected();
    const calls = keepCalling(host);
    const others = await Promise.all([newer, newest, newest, newer].map(connected));
    await expectOne('7.0.1', [host, ...others]);
    await calls.stop();
    await echoes(host, ...others);
    expectNothingFailed([host, ...others]);
  });

  it('does not take over while somebody signs in: it uses the older one, and the tab stays good', async () => {
    const hold = join(installation.env.HOME ?? '', 'hold');
    const first = rawHost(installation, [lab.serverUrl], { KEYBRIDGE_LAB_HOLD: hold });
    await first.initialize();
    await until('the tab is open', () => installation.tabs().length === 1);
    const { pid } = await installation.status();
    const late = rawHost(as(newer, installation), [lab.serverUrl]);
    await late.initialize();
    const answers = [first, late].map(host => host.call('echo', { text: 'x' }));
    writeFileSync(hold, '');
    for (const { result } of await Promise.all(answers)) expect(result).toBeDefined();
    expect((await installation.status()).pid).toBe(pid);
    // The next one finds nothing in its way.
    const next = await connected(newer);
    await expectOne('7.0.0', [first, late, next]);
    expectNothingFailed([first, late, next]);
  });
});

describe('a bridge of an older version', () => {
  it('uses the newer broker', async () => {
    const first = await connected(newer);
    const { pid } = await installation.status();
    const late = await connected();
    await echoes(first, late);
    expect((await installation.status()).pid).toBe(pid);
    await expectOne('7.0.0', [first, late]);
  });

  it('says what to update where it cannot speak with the newer one; `keybridge stop` ends that all the same', async () => {
    const future = brokerHost(installation, { version: '8.0.0', wire: 99 });
    await future.says('serves');
    const host = rawHost(installation, [lab.serverUrl]);
    const fault = faultIn(await host.initialize());
    expect(fault?.code).toBe('broker.version');
    expect(fault?.message).toMatch(/\(8\.0\.0\) is newer than this one \(\d+\.\d+\.\d+\)/);
    expect(fault?.remedy).toBe('Update this one, or end the newer one with `keybridge stop`.');
    expect((await installation.run(['status'])).stderr).toContain(fault?.message);
    expect(await installation.run(['stop'])).toMatchObject({ code: 0, stdout: 'Keybridge is stopped.\n' });
    expect(future.said()).toEqual(['serves', 'ended']);
  });

  it('does not take over from a version it cannot compare, and uses it', async () => {
    const strange = brokerHost(installation, { version: 'next' });
    await strange.says('serves');
    await echoes(await connected(newer));
    expect((await installation.status()).version).toBe('next');
    expect(strange.said()).toEqual(['serves']);
  });
});

describe('a broker of another version of the wire', () => {
  it('hands over to a newer one all the same', async () => {
    const old = brokerHost(installation, { version: '0.0.1', wire: 0 });
    await old.says('serves');
    const host = await connected();
    await echoes(host);
    await old.says('ended');
    expect((await installation.status()).version).not.toBe('0.0.1');
  });
});
