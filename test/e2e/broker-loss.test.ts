import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Status } from '../../src/api/contract.ts';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { startPlainServer } from '../faults/plain-server.ts';
import { type Installation, install, until } from '../support/keybridge.ts';
import { isRunning } from '../support/processes.ts';
import { faultIn, type RawHost, rawHost } from '../support/raw-host.ts';

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

async function connected(...flags: string[]): Promise<RawHost> {
  const host = rawHost(installation, [lab.serverUrl, ...flags]);
  await host.initialize();
  await host.ask('tools/list');
  return host;
}

async function echoes(host: RawHost, text: string): Promise<void> {
  const { result } = await host.call('echo', { text });
  expect(result).toEqual({ content: [{ type: 'text', text }] });
}

const pid = async () => (await installation.status()).pid;

/** Kills the broker and waits until every host has found the next one. */
async function lose(hosts: number): Promise<void> {
  const lost = await pid();
  process.kill(lost, 'SIGKILL');
  await until('the hosts have another broker', async () => {
    const { stdout } = await installation.run(['status', '--json']);
    const status = JSON.parse(stdout) as Partial<Status>;
    return status.pid !== lost && status.servers?.[0]?.hosts.length === hosts;
  });
}

function expectOneSignIn() {
  expect(installation.tabs()).toHaveLength(1);
  expect(lab.authorization.counters).toMatchObject({ codeExchanges: 1, reuseDetections: 0 });
}

describe('when the broker is killed', () => {
  it('the next one says to the server what the host had arranged', async () => {
    const server = await startPlainServer();
    onTestFinished(() => server.close());
    const host = rawHost(installation, [server.url]);
    await host.initialize();
    await host.ask('resources/subscribe', { uri: 'file:///followed' });
    // It comes in two pieces, since what is before it all but fills a pipe.
    const before = { jsonrpc: '2.0', id: 'before', method: 'ping', params: { _meta: 'x'.repeat(65_440) } };
    const level = { jsonrpc: '2.0', id: 'level', method: 'logging/setLevel', params: { level: 'debug' } };
    host.send([before, level].map(each => JSON.stringify(each)).join('\n'));
    await host.hears('the answer', ({ id }) => id === 'level');
    await host.hears('the answer before it', ({ id }) => id === 'before');
    process.kill(await pid(), 'SIGKILL');
    await until('it is said again', () => {
      const again = ['POST logging/setLevel', 'POST resources/subscribe'];
      return again.every(each => server.requests.filter(one => one === each).length === 2);
    });
    expect(host.heard().filter(({ id }) => id !== undefined)).toHaveLength(4);
  });

  it('an open request gets an error, and the next one works in the same host without a sign-in', async () => {
    const host = await connected();
    const first = await pid();
    const slow = host.call('slow', { ms: 20_000 });
    await until('the call is under way', () => lab.mcp.counters.toolCalls.slow === 1);
    process.kill(first, 'SIGKILL');
    const answer = await slow;
    expect(faultIn(answer)).toMatchObject({ code: 'broker.lost', remedy: expect.stringMatching(/./) });
    expect(answer.error?.message).toContain('may or may not have been carried out');
    await echoes(host, 'after');
    expect(await pid()).not.toBe(first);
    // It was not sent a second time.
    expect(lab.mcp.counters.toolCalls.slow).toBe(1);
    expect(host.heard().filter(({ id }) => id === answer.id)).toHaveLength(1);
    expectOneSignIn();
    expect(await host.leave()).toEqual({ code: 0, signal: null });
  });

  it('every host goes on with one new broker, and hears what its server tells it later', async () => {
    const hosts = await Promise.all([connected(), connected(), connected()]);
    await lose(3);
    await Promise.all(hosts.map((host, index) => echoes(host, `host ${index}`)));
    await until('each has its stream', () => lab.mcp.counters.gets >= 6);
    await lab.mcp.addTool('grown');
    await Promise.all(
      hosts.map(host =>
        host.hears('the list changed', ({ method }) => method === 'notifications/tools/list_changed'),
      ),
    );
    const { servers } = await installation.status();
    expect(servers.map(({ state, hosts: names }) => [state, names.length])).toEqual([['signed-in', 3]]);
    expectOneSignIn();
  });

  it('again and again, the hosts go on', async () => {
    const host = await connected();
    for (let round = 0; round < 3; round++) {
      await lose(1);
      await echoes(host, `round ${round}`);
    }
    expectOneSignIn();
  });

  it('as the user is signing in, who waits is told, and a new tab opens when a host asks again, not before', async () => {
    const hold = join(installation.env.HOME ?? '', 'hold');
    const host = rawHost(installation, [lab.serverUrl], { KEYBRIDGE_LAB_HOLD: hold });
    await host.initialize();
    const list = host.ask('tools/list');
    await until('the tab is open', () => installation.tabs().length === 1);
    await lose(1);
    expect(faultIn(await list)?.code).toBe('broker.lost');
    await until('the server has refused the new broker', () => lab.mcp.counters.unauthorized >= 2);
    expect(installation.tabs()).toHaveLength(1);
    writeFileSync(hold, '');
    await echoes(host, 'here');
    expect(installation.tabs()).toHaveLength(2);
    expect(lab.authorization.counters).toMatchObject({ registrations: 1, codeExchanges: 1 });
  });
});

describe('when the broker is stopped', () => {
  it('it stays stopped until a host asks for something; then that host works again', async () => {
    const [one, other] = [await connected(), await connected()];
    const first = await pid();
    expect(await installation.run(['stop'])).toEqual({
      code: 0,
      stdout: 'Keybridge is stopped.\n',
      stderr: '',
    });
    await until('its process has ended', () => !isRunning(first));
    expect(lab.mcp.counters.sessionsOpen).toBe(0);
    const status = await installation.run(['status', '--json']);
    expect(JSON.parse(status.stdout)).toEqual({ running: false, servers: [] });
    expect((await installation.run(['status'])).stdout).toContain('not running');
    await echoes(one, 'again');
    await echoes(other, 'again');
    expectOneSignIn();
    expect(await one.leave()).toEqual({ code: 0, signal: null });
  });

  it('a second stop says that there was nothing to stop', async () => {
    expect(await installation.run(['stop'])).toEqual({
      code: 0,
      stdout: 'Keybridge was not running.\n',
      stderr: '',
    });
  });

  it('what waits for it is told so, and the keychain of another start knows the sign-in', async () => {
    const host = await connected();
    const slow = host.call('slow', { ms: 20_000 });
    await until('the call is under way', () => lab.mcp.counters.toolCalls.slow === 1);
    await installation.run(['stop']);
    expect((await slow).error).toBeDefined();
    const next = await connected();
    await echoes(next, 'here');
    expectOneSignIn();
  });
});

describe('two state folders', () => {
  it('share nothing: not the broker, the registration, the sign-in or its end', async () => {
    const second = install({ KEYBRIDGE_VAULT: 'file' });
    try {
      const one = await connected();
      const other = rawHost(second, [lab.serverUrl]);
      await other.initialize();
      await echoes(other, 'other');
      expect([installation.tabs().length, second.tabs().length]).toEqual([1, 1]);
      expect(lab.authorization.counters).toMatchObject({ registrations: 2, codeExchanges: 2 });
      expect((await second.status()).pid).not.toBe(await pid());
      await installation.run(['logout', lab.serverUrl]);
      expect((await installation.status()).servers[0]?.state).toBe('signed-out');
      await installation.run(['stop']);
      await echoes(other, 'still here');
      expect((await second.status()).servers[0]?.state).toBe('signed-in');
      await one.leave();
    } finally {
      await second.close();
    }
  });
});
