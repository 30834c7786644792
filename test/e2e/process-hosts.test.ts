import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { type Installation, install, until } from '../support/keybridge.ts';
import { isRunning } from '../support/processes.ts';
import { faultIn, type RawHost, rawHost } from '../support/raw-host.ts';

/*
 * What a bridge does when its host, its broker or its state folder behaves badly: each request has exactly
 * one answer, and the process ends when it should.
 */

let lab: Lab;
let installation: Installation;

beforeEach(async () => {
  lab = await startLab();
  installation = install();
});

afterEach(async () => {
  await installation.close();
  await lab.close();
});

async function served(...flags: string[]): Promise<RawHost> {
  const host = rawHost(installation, [lab.serverUrl, ...flags]);
  await host.initialize();
  await host.ask('tools/list');
  return host;
}

/** Kills the broker, and lets no other be started. */
async function loseForGood(host: RawHost): Promise<void> {
  const { pid } = await installation.status();
  chmodSync(installation.home, 0o777);
  process.kill(pid, 'SIGKILL');
  await until('the bridge has noticed', () => host.stderr.includes('Other users can write'));
}

const answersTo = (host: RawHost, id: unknown) => host.heard().filter(each => each.id === id);

describe('while no broker can be started', () => {
  it('each request has one answer, which says why; once one can, the host goes on', async () => {
    const host = await served();
    await loseForGood(host);
    for (const id of ['a', 'b']) {
      host.send({ jsonrpc: '2.0', id, method: 'tools/list' });
      const answer = await host.hears('an answer', each => each.id === id);
      expect(faultIn(answer)).toMatchObject({
        code: 'home.unsafe',
        message: expect.stringContaining('write'),
      });
    }
    chmodSync(installation.home, 0o700);
    expect((await host.call('echo', { text: 'again' })).result).toBeDefined();
    for (const id of ['a', 'b']) expect(answersTo(host, id)).toHaveLength(1);
  });

  it('`initialize` is answered once, also when a broker comes later', async () => {
    const host = rawHost(installation, [lab.serverUrl]);
    await until('the broker runs', () => existsSync(join(installation.home, 'broker.sock')));
    // The bridge is connected once the broker knows of it.
    await until('the bridge is connected', async () => (await installation.status()).servers.length === 1);
    const { pid } = await installation.status();
    chmodSync(installation.home, 0o777);
    process.kill(pid, 'SIGKILL');
    await until('the broker is gone', () => !isRunning(pid));
    const first = await host.initialize();
    expect(faultIn(first)?.code).toBe('home.unsafe');
    chmodSync(installation.home, 0o700);
    host.send({ jsonrpc: '2.0', id: 'x', method: 'ping' });
    await host.hears('an answer', each => each.id === 'x');
    expect((await host.initialize()).result).toBeDefined();
    expect(answersTo(host, first.id)).toHaveLength(1);
  });
});

describe('when the broker is told to end', () => {
  it('by a signal, it takes leave: its files are gone, and the next request starts another', async () => {
    const hosts = [await served(), await served()];
    const { pid } = await installation.status();
    process.kill(pid, 'SIGTERM');
    await until('it has ended', () => !isRunning(pid));
    for (const name of ['broker.sock', 'broker.pid', 'broker.lock', 'broker.starting'])
      expect([name, existsSync(join(installation.home, name))]).toEqual([name, false]);
    expect(lab.mcp.counters.sessionsOpen).toBe(0);
    for (const host of hosts) expect((await host.call('echo', { text: 'x' })).result).toBeDefined();
    expect((await installation.status()).servers[0]?.hosts).toHaveLength(2);
  });
});

describe('a host', () => {
  it('that does not read what is said on stderr is served all the same', async () => {
    const host = rawHost(installation, [lab.serverUrl, '--debug']);
    host.child.stderr?.destroy();
    await host.initialize();
    host.send('no JSON, which is said on stderr');
    expect((await host.call('echo', { text: 'x' })).result).toBeDefined();
    expect(await host.leave()).toEqual({ code: 0, signal: null });
  });

  it('that stops reading holds up neither the others nor the end of its bridge', async () => {
    const [host, other] = [await served(), await served()];
    host.child.stdout?.pause();
    for (let id = 100; id < 104; id++)
      host.send({
        jsonrpc: '2.0',
        id,
        method: 'tools/call',
        params: { name: 'big', arguments: { bytes: 4e6 } },
      });
    await until('the calls are answered', () => lab.mcp.counters.toolCalls.big === 4);
    expect((await other.call('echo', { text: 'x' })).result).toBeDefined();
    host.child.kill('SIGTERM');
    await until('it has ended', () => host.child.exitCode !== null);
    expect(host.child.exitCode).toBe(0);
  });

  it('that closes its end of stdout ends the bridge', async () => {
    const host = await served();
    host.child.stdout?.destroy();
    host.send({ jsonrpc: '2.0', id: 'x', method: 'tools/list' });
    expect(await host.ended).toEqual({ code: 0, signal: null });
  });

  it('may write a character in pieces, empty lines, and what is no message', async () => {
    const host = await served();
    host.send('');
    host.send('\r');
    host.send('no JSON');
    const line = Buffer.from(
      '{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"echo","arguments":{"text":"ä€😀"}}}\n',
    );
    for (const byte of line) host.child.stdin?.write(Uint8Array.of(byte));
    const answer = await host.hears('the answer', each => each.id === 'x');
    expect(JSON.stringify(answer.result)).toContain('ä€😀');
    expect(host.stderr).toContain('not JSON-RPC');
  });

  it('that sends more than can be passed on is told so once, and goes on', async () => {
    const host = await served();
    const write = (bytes: Uint8Array | string) =>
      new Promise<void>(resolve => host.child.stdin?.write(bytes, () => resolve()));
    // As the official SDK writes it: the id comes last.
    await write('{"method":"tools/call","params":{"name":"echo","arguments":{"text":"');
    const chunk = Buffer.alloc(16 * 1024 * 1024, 'x');
    for (let sent = 0; sent <= 256; sent += 16) await write(chunk);
    await write('"}},"jsonrpc":"2.0","id":"large"}\n');
    const answer = await host.hears('the answer', each => each.id === 'large', 20_000);
    expect(faultIn(answer)).toMatchObject({ code: 'net.too-large', remedy: 'Send less at once.' });
    expect((await host.call('echo', { text: 'x' })).result).toBeDefined();
    expect(answersTo(host, 'large')).toHaveLength(1);
  }, 60_000);
});
