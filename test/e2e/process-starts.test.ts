import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { type Installation, install, until } from '../support/keybridge.ts';
import { brokersOf, isRunning, SHOWS_PROCESSES } from '../support/processes.ts';
import { faultIn, rawHost } from '../support/raw-host.ts';

/* How a broker is found or started beside what others, dead or alive, have left in the state folder. */

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

const inHome = (name: string) => join(installation.home, name);

describe('twenty bridges started at once', () => {
  it('end with one broker where an earlier one was killed at its worst', async () => {
    const before = rawHost(installation, [lab.serverUrl]);
    await before.initialize();
    const { pid } = await installation.status();
    before.child.kill('SIGKILL');
    process.kill(pid, 'SIGKILL');
    await until('it is gone', () => !isRunning(pid));
    expect(existsSync(inHome('broker.sock'))).toBe(true);
    for (const name of ['broker.lock', 'broker.starting']) writeFileSync(inHome(name), String(pid));
    const begun = Date.now();
    const hosts = Array.from({ length: 20 }, () => rawHost(installation, [lab.serverUrl]));
    await Promise.all(hosts.map(host => host.initialize()));
    // Nothing was waited for that only time would have cleared away.
    expect(Date.now() - begun).toBeLessThan(9_000);
    const status = await installation.status();
    expect(status.servers[0]?.hosts).toHaveLength(20);
    if (SHOWS_PROCESSES)
      await until('one broker is left', () => `${brokersOf(installation.home)}` === `${status.pid}`);
    expect(existsSync(inHome('broker.lock'))).toBe(false);
    for (const name of readdirSync(installation.home))
      expect([name, statSync(inHome(name)).mode & 0o077]).toEqual([name, 0]);
  });

  it('go on where the clock was set back after a start that failed', async () => {
    const later = Date.now() / 1000 + 86_400;
    for (const name of ['broker.lock', 'broker.starting']) {
      writeFileSync(inHome(name), String(process.pid));
      utimesSync(inHome(name), later, later);
    }
    expect((await installation.run(['status'])).stdout).toContain('not running');
    const host = rawHost(installation, [lab.serverUrl]);
    expect((await host.initialize()).result).toBeDefined();
  });
});

describe('a start that is interrupted', () => {
  it('by the end of the bridge that began it is finished for the next', async () => {
    const host = rawHost(installation, [lab.serverUrl]);
    await until('it has begun', () => existsSync(inHome('broker.starting')));
    host.child.kill('SIGKILL');
    const next = rawHost(installation, [lab.serverUrl]);
    expect((await next.initialize()).result).toBeDefined();
    if (SHOWS_PROCESSES) {
      const { pid } = await installation.status();
      await until('one broker is left', () => `${brokersOf(installation.home)}` === `${pid}`);
    }
  });

  it('by `stop` waits for the broker and ends it; the host has its answer', async () => {
    const host = rawHost(installation, [lab.serverUrl]);
    await until('it has begun', () => existsSync(inHome('broker.starting')));
    expect(await installation.run(['stop'])).toMatchObject({ code: 0, stdout: 'Keybridge is stopped.\n' });
    expect((await host.initialize()).result).toBeDefined();
  });
});

describe('a broker that cannot come up', () => {
  it('is quoted with its reason, whole sentences, and nothing is left behind', async () => {
    const host = rawHost(installation, [lab.serverUrl], {
      KEYBRIDGE_VAULT: 'keychain',
      DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere/bus',
    });
    const fault = faultIn(await host.initialize());
    expect(fault?.code).toBe('broker.unreachable');
    expect(fault?.message).toMatch(/^Keybridge's own process could not be started: .+\.$/);
    expect(await host.ended).toEqual({ code: 1, signal: null });
    expect(existsSync(inHome('broker.starting'))).toBe(false);
  });
});

/** Something that is not the broker listens in its place. */
async function foreign(serve: (socket: Socket) => void): Promise<{ heard: () => string; server: Server }> {
  let heard = '';
  const server = createServer(socket => {
    socket.on('error', () => {});
    socket.on('data', chunk => {
      heard += chunk;
    });
    serve(socket);
  }).listen(inHome('broker.sock'));
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { heard: () => heard, server };
}

describe('a foreign program on the socket', () => {
  it.each([
    ['talks of something else', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['knows how to speak but not the secret', `#{"keybridge":1,"version":"9","nonce":"n","proof":"p"}\n`],
  ])('that %s is told nothing, and what to do is said', async (_how, words) => {
    const { heard } = await foreign(socket => socket.write(words));
    const secret = 'Authorization:Bearer hush-hush-hush';
    const host = rawHost(installation, [lab.serverUrl, '--header', secret]);
    const fault = faultIn(await host.initialize());
    expect(fault).toMatchObject({
      code: 'broker.refused',
      remedy: `End the program that listens on ${inHome('broker.sock')}, and try again.`,
    });
    expect(await host.ended).toEqual({ code: 1, signal: null });
    expect((await installation.run(['status'])).stderr).toContain(fault?.remedy);
    expect(heard()).toMatch(/^(?:#\{"keybridge":1,"nonce":"[0-9a-f]{64}"\}\n)+$/);
    // A broker was not started beside it either.
    if (SHOWS_PROCESSES) expect(brokersOf(installation.home)).toEqual([]);
  });
});

describe('a broker that hangs', () => {
  it('is named to who asks it, within seconds; hosts it had before go on when it does', async () => {
    const host = rawHost(installation, [lab.serverUrl]);
    await host.initialize();
    const { pid } = await installation.status();
    expect(readFileSync(inHome('broker.pid'), 'utf8')).toBe(`${pid}\n`);
    process.kill(pid, 'SIGSTOP');
    try {
      const late = rawHost(installation, [lab.serverUrl]);
      const asked = late.ask('ping', {}, 15_000);
      const stop = await installation.run(['stop']);
      const fault = faultIn(await asked);
      expect(fault).toMatchObject({
        code: 'broker.unreachable',
        message: "Keybridge's own process has not answered for 10 s.",
        remedy: expect.stringContaining(`End process ${pid}`),
      });
      expect(stop).toMatchObject({ code: 1, stderr: expect.stringContaining(`End process ${pid}`) });
      if (SHOWS_PROCESSES) expect(brokersOf(installation.home)).toEqual([pid]);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    expect((await host.call('echo', { text: 'x' })).result).toBeDefined();
  }, 40_000);
});
