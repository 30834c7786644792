import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { type Installation, install, until } from '../support/keybridge.ts';
import { isRunning } from '../support/processes.ts';
import { faultIn, type RawHost, rawHost } from '../support/raw-host.ts';

/* How a broker ends on purpose, and what becomes of what is under way. */

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

async function connected() {
  const host = rawHost(installation, [lab.serverUrl]);
  await host.initialize();
  await host.ask('tools/list');
  return host;
}

const isUnderWay = () => until('the call is under way', () => lab.mcp.counters.toolCalls.slow === 1);

/** Asks until an answer stays out: the host's bridge keeps its requests for the next broker. */
async function isHolding(host: RawHost): Promise<void> {
  for (let round = 0; round < 50; round++) {
    const id = `while-ending-${round}`;
    host.send({ jsonrpc: '2.0', id, method: 'ping' });
    const answer = host.hears('a ping is answered', message => message.id === id, 400);
    if ((await answer.catch(() => undefined)) === undefined) return;
  }
  throw new Error('The bridge went on asking.');
}

describe('`keybridge stop`', () => {
  it('lets a call finish, and what a host asks meanwhile is for the next broker', async () => {
    const [host, idle] = [await connected(), await connected()];
    const { pid } = await installation.status();
    const slow = host.call('slow', { ms: 2_500 });
    await isUnderWay();
    const stop = installation.run(['stop']);
    await isHolding(host);
    const meanwhile = host.call('echo', { text: 'meanwhile' });
    expect((await slow).result).toBeDefined();
    expect(await stop).toMatchObject({ code: 0, stdout: 'Keybridge is stopped.\n' });
    expect((await meanwhile).result).toBeDefined();
    expect((await installation.status()).pid).not.toBe(pid);
    expect((await idle.call('echo', { text: 'later' })).result).toBeDefined();
    expect(host.heard().filter(({ error }) => error)).toEqual([]);
    expect(lab.mcp.counters.toolCalls.slow).toBe(1);
    expect(installation.tabs()).toHaveLength(1);
  });

  it('still takes a cancellation of what is under way, and then has nothing to wait for', async () => {
    const host = await connected();
    const { pid } = await installation.status();
    const params = { name: 'slow', arguments: { ms: 60_000 } };
    host.send({ jsonrpc: '2.0', id: 'long', method: 'tools/call', params });
    await isUnderWay();
    const begun = Date.now();
    const stop = installation.run(['stop']);
    await isHolding(host);
    host.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'long' } });
    expect(await stop).toMatchObject({ code: 0 });
    expect(Date.now() - begun).toBeLessThan(4_500);
    await until('its process is gone', () => !isRunning(pid), 1_000);
    expect(host.heard().filter(({ error }) => error)).toEqual([]);
  });

  it('does not wait for a person who is signing in', async () => {
    const hold = join(installation.env.HOME ?? '', 'hold');
    const host = rawHost(installation, [lab.serverUrl], { KEYBRIDGE_LAB_HOLD: hold });
    await host.initialize();
    const list = host.ask('tools/list');
    await until('the tab is open', () => installation.tabs().length === 1);
    const begun = Date.now();
    expect(await installation.run(['stop'])).toMatchObject({ code: 0 });
    expect(faultIn(await list)).toMatchObject({
      code: 'sign-in.cancelled',
      message: 'Keybridge was stopped.',
    });
    expect(Date.now() - begun).toBeLessThan(4_500);
  });
});

describe('a broker that is just ending', () => {
  it('is waited for by whoever comes then', async () => {
    const path = join(installation.home, 'broker.sock');
    const ending = createServer(socket => {
      socket.on('error', () => {});
      socket.end('#{"goodbye":true}\n');
    }).listen(path);
    await once(ending, 'listening');
    const host = rawHost(installation, [lab.serverUrl]);
    const answer = host.initialize();
    await once(ending, 'connection');
    ending.close();
    expect((await answer).result).toBeDefined();
  });
});
