import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { type BrokerHostProcess, brokerHost, installedApp } from '../support/broker-host.ts';
import { type Installation, install, until } from '../support/keybridge.ts';
import { brokersOf, isRunning, SHOWS_PROCESSES } from '../support/processes.ts';
import { type RawHost, rawHost } from '../support/raw-host.ts';

/* The desktop app beside bridges and a headless broker; a plain process plays the app. */

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

async function connected(env: Record<string, string> = {}): Promise<RawHost> {
  const host = rawHost(installation, [lab.serverUrl], env);
  await host.initialize();
  return host;
}

async function echoes(host: RawHost): Promise<void> {
  expect((await host.call('echo', { text: 'x' })).result).toBeDefined();
}

function desktop(settings: Parameters<typeof brokerHost>[1] = {}): BrokerHostProcess {
  const app = brokerHost(installation, { kind: 'desktop', ...settings });
  onTestFinished(() => void app.child.kill('SIGKILL'));
  return app;
}

const record = () => join(installation.home, 'desktop.json');
const brokerPid = async () => (await installation.status()).pid;

describe('the desktop app', () => {
  it('opened beside a headless broker takes over from it, sign-ins in memory and calls under way included', async () => {
    const [busy, idle] = [await connected(), await connected()];
    await echoes(idle);
    const headless = await brokerPid();
    const slow = busy.call('slow', { ms: 1_500 });
    await until('the call is under way', () => lab.mcp.counters.toolCalls.slow === 1);
    // Opened from a menu, it knows nothing of the host's environment.
    const { KEYBRIDGE_VAULT: _chosen, ...env } = installation.env;
    const app = brokerHost({ ...installation, env }, { kind: 'desktop' });
    onTestFinished(() => void app.child.kill('SIGKILL'));
    await app.says('serves');
    expect((await slow).result).toBeDefined();
    // What the user wanted in memory only stays there, by choice, so no note says why.
    expect((await installation.status()).vault).toEqual({ kind: 'memory' });
    await until('it is gone', () => !isRunning(headless));
    expect(await brokerPid()).toBe(app.child.pid);
    for (const host of [busy, idle]) await echoes(host);
    // A second one of the same version has nothing to take.
    const second = desktop();
    await second.says('another stays');
    expect(installation.tabs()).toHaveLength(1);
    expect(lab.mcp.counters.toolCalls.slow).toBe(1);
    for (const host of [busy, idle]) expect(host.heard().filter(({ error }) => error)).toEqual([]);
    await app.quit();
    expect(app.said()).toEqual(['serves', 'ended']);
  });

  it('that quits stays away until a host asks for something; then it is started where it was last', async () => {
    const program = installedApp(installation, {});
    const app = desktop({ program });
    await app.says('serves');
    expect(JSON.parse(readFileSync(record(), 'utf8'))).toMatchObject({ path: program });
    const [one, other] = [await connected(), await connected()];
    for (const host of [one, other]) await echoes(host);
    await app.quit();
    expect(await installation.status()).toMatchObject({ running: false });
    await echoes(one);
    const pid = await brokerPid();
    if (SHOWS_PROCESSES) {
      expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toContain('--background');
      expect(brokersOf(installation.home)).toEqual([]);
    }
    await echoes(other);
    expect(await brokerPid()).toBe(pid);
  });

  it('waits for somebody who is signing in, and takes over then', async () => {
    const hold = join(installation.env.HOME ?? '', 'hold');
    const host = await connected({ KEYBRIDGE_LAB_HOLD: hold });
    await until('the tab is open', () => installation.tabs().length === 1);
    const headless = await brokerPid();
    const app = desktop();
    const answer = host.call('echo', { text: 'x' });
    await expect(app.says('serves', 1_500)).rejects.toThrow('Waited in vain');
    expect(isRunning(headless)).toBe(true);
    writeFileSync(hold, '');
    expect((await answer).result).toBeDefined();
    await app.says('serves');
    await echoes(host);
    expect(installation.tabs()).toHaveLength(1);
  });

  it('that is older hands over to a newer headless broker, and is told', async () => {
    const app = desktop({ version: '0.0.1', program: installedApp(installation, { version: '0.0.1' }) });
    await app.says('serves');
    const host = await connected();
    await echoes(host);
    await app.says('ended');
    // Nor is it started again by one that is newer.
    await installation.run(['stop']);
    await echoes(host);
    if (SHOWS_PROCESSES) expect(brokersOf(installation.home)).toEqual([await brokerPid()]);
  });
});

describe('where the desktop app cannot be started', () => {
  const write = (text: string) => {
    const path = join(installation.env.HOME ?? '', 'app');
    writeFileSync(path, text);
    chmodSync(path, 0o700);
    return path;
  };

  it.each([
    ['it ends at once', () => write('#!/bin/sh\nexit 3\n')],
    ['it says that it runs already, and does not serve', () => write('#!/bin/sh\nexit 0\n')],
    ['it is not there', () => '/nowhere/app'],
  ])('because %s, a headless broker serves', async (_why, program) => {
    writeFileSync(record(), JSON.stringify({ path: program(), version: '99.0.0' }), { mode: 0o600 });
    await echoes(await connected());
    if (SHOWS_PROCESSES) expect(brokersOf(installation.home)).toEqual([await brokerPid()]);
  });
});
