import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { type Installation, install, until } from '../support/keybridge.ts';
import { brokersOf, isRunning, SHOWS_PROCESSES } from '../support/processes.ts';
import { type RawHost, rawHost } from '../support/raw-host.ts';

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

async function connected(): Promise<RawHost> {
  const host = rawHost(installation, [lab.serverUrl]);
  await host.initialize();
  await host.ask('tools/list');
  return host;
}

async function echoes(host: RawHost, text: string): Promise<void> {
  const { result } = await host.call('echo', { text });
  expect(result).toEqual({ content: [{ type: 'text', text }] });
}

const inHome = (name: string) => join(installation.home, name);
const pid = async () => (await installation.status()).pid;
/** Takes files of the state folder away, as a cleaner does. */
const clean = (...names: string[]) => {
  for (const name of names) rmSync(inHome(name), { force: true });
};

/** The brokers that run: as a host of this machine would find them, not by what the folder says. */
const brokers = () => brokersOf(installation.home).filter(isRunning);

describe.skipIf(!SHOWS_PROCESSES)('a broker whose files go away under it', { timeout: 120_000 }, () => {
  test.each([
    ['socket', ['broker.sock']],
    ['process file', ['broker.pid', 'broker.process']],
    ['socket and half of the process file', ['broker.sock', 'broker.process']],
    ['secret', ['secret']],
    ['socket and secret', ['broker.sock', 'secret']],
  ])('goes on as the only one, and whoever comes finds it: %s', async (_, names) => {
    const first = await connected();
    const [broker] = brokers();
    clean(...names);
    const second = await connected();
    await echoes(first, 'before');
    await echoes(second, 'after');
    expect(brokers()).toEqual([broker]);
    expect(await pid()).toBe(broker);
    expect(installation.tabs()).toHaveLength(1);
    expect(lab.authorization.counters).toMatchObject({ codeExchanges: 1, reuseDetections: 0 });
    expect((await installation.run(['stop'])).stdout).toBe('Keybridge is stopped.\n');
    await until('it has ended', () => brokers().length === 0, 60_000);
  });

  test('is the only one again at once where nothing of it was left to find', async () => {
    const first = await connected();
    clean('broker.sock', 'broker.pid', 'broker.process');
    const second = await connected();
    await until('one is left', () => brokers().length === 1, 60_000);
    await echoes(first, 'before');
    await echoes(second, 'after');
    expect([await pid()]).toEqual(brokers());
    expect(installation.tabs()).toHaveLength(1);
    expect(lab.authorization.counters).toMatchObject({ codeExchanges: 1, reuseDetections: 0 });
    await installation.run(['stop']);
    await until('it has ended', () => brokers().length === 0, 60_000);
  });

  test('is ended by `stop`, whatever is left of its files', async () => {
    await connected();
    const [broker = 0] = brokers();
    // It cannot make its socket anew, whatever it tries.
    clean('broker.sock');
    mkdirSync(inHome('broker.sock'));
    const { code, stdout } = await installation.run(['stop']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'Keybridge is stopped.\n' });
    expect(isRunning(broker)).toBe(false);
    rmSync(inHome('broker.sock'), { recursive: true });
  });

  test('ends by itself where the whole folder is removed, and the next one begins anew', async () => {
    const host = await connected();
    const [old = 0] = brokers();
    rmSync(installation.home, { recursive: true });
    await until('it has ended', () => !isRunning(old), 60_000);
    // Nothing of it has come back into the place it has lost.
    expect(existsSync(inHome('grants.sealed'))).toBe(false);
    await echoes(host, 'again');
    const next = brokers();
    expect(next).toHaveLength(1);
    expect(next).not.toContain(old);
    expect(await pid()).toBe(next[0]);
  });

  test('ends by itself where the folder is put aside, and what it had kept is all there', async () => {
    await connected();
    const [old = 0] = brokers();
    const aside = `${installation.home}-aside`;
    onTestFinished(() => rmSync(aside, { recursive: true, force: true }));
    const kept = readFileSync(inHome('grants.sealed'));
    renameSync(installation.home, aside);
    await until('it has ended', () => !isRunning(old), 60_000);
    expect(readFileSync(join(aside, 'grants.sealed'))).toEqual(kept);
    renameSync(aside, installation.home);
    await echoes(await connected(), 'as before');
    expect(installation.tabs()).toHaveLength(1);
    expect(lab.authorization.counters).toMatchObject({ codeExchanges: 1, reuseDetections: 0 });
  });

  test('loses nobody’s sign-in: one made in the new folder is there at the next start', async () => {
    const first = await connected();
    const [old = 0] = brokers();
    rmSync(installation.home, { recursive: true });
    await until('it has ended', () => !isRunning(old), 60_000);
    await echoes(first, 'signed in anew');
    expect(installation.tabs()).toHaveLength(2);
    await installation.run(['stop']);
    await echoes(await connected(), 'as before');
    expect(installation.tabs()).toHaveLength(2);
    expect(lab.authorization.counters).toMatchObject({ codeExchanges: 2, reuseDetections: 0 });
  });

  test('ends where another has its place, and takes nothing of the other’s with it', async () => {
    await connected();
    const [broker = 0] = brokers();
    // Another broker's socket, process file and all, as if it had never seen this one.
    const other = createServer(socket => socket.on('error', () => {}));
    onTestFinished(() => void other.close());
    clean('broker.sock', 'broker.pid', 'broker.process');
    other.listen(inHome('broker.sock'));
    await once(other, 'listening');
    await until('it has ended', () => !isRunning(broker), 60_000);
    expect(existsSync(inHome('broker.sock'))).toBe(true);
    other.close();
    await once(other, 'close');
  });

  test('frees the callback’s port at once for the next one', async () => {
    await connected();
    const [old = 0] = brokers();
    const port = Number(/"callbackPort":\s*(\d+)/.exec(readFileSync(inHome('facts.json'), 'utf8'))?.[1]);
    expect(port).toBeGreaterThan(1023);
    rmSync(installation.home, { recursive: true });
    const again = createServer();
    onTestFinished(() => void again.close());
    await until('the port is free', async () => {
      again.listen(port, '127.0.0.1');
      return once(again, 'listening').then(
        () => true,
        () => false,
      );
    });
    await until('it has ended', () => !isRunning(old), 60_000);
  });
});

describe('a process file', { timeout: 120_000 }, () => {
  test('that names a process which is none of ours keeps nobody from starting', async () => {
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    onTestFinished(() => void stranger.kill());
    writeFileSync(inHome('broker.pid'), `${stranger.pid}\n`, { mode: 0o600 });
    // Its number was a broker's before the machine's or that process's own beginning.
    writeFileSync(inHome('broker.process'), `${stranger.pid}\nsome-boot pid:[1] 1\n`, { mode: 0o600 });
    await connected();
    await installation.run(['stop']);
    expect(stranger.exitCode).toBeNull();
    expect(stranger.signalCode).toBeNull();
  });

  test.each(['', 'x', '-1\n', '0\n', '1e9\n', '99999999999999999999\n', '1\n', '\0\0\0'])(
    'that says %j keeps nobody from starting, and nothing of anybody’s is ended',
    async text => {
      writeFileSync(inHome('broker.pid'), text, { mode: 0o600 });
      expect((await installation.run(['stop'])).stdout).toBe('Keybridge was not running.\n');
      expect((await installation.run(['open', '--print'])).code).toBe(0);
    },
  );
});
