import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { type Installation, install, until } from '../support/keybridge.ts';
import { type RawHost, rawHost } from '../support/raw-host.ts';

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

/** A host that is signed in and served. */
async function served(...flags: string[]): Promise<RawHost> {
  const host = rawHost(installation, [lab.serverUrl, ...flags]);
  await host.initialize();
  expect((await host.ask('tools/list')).result).toBeDefined();
  return host;
}

describe('logout', () => {
  it('ends the sign-in at the server too; the next request of a host asks for another', async () => {
    const host = await served();
    expect(await installation.run(['logout', lab.serverUrl])).toEqual({
      code: 0,
      stdout: `Signed out of ${lab.serverUrl}.\n`,
      stderr: '',
    });
    expect(lab.authorization.counters.revokedFamilies).toBe(1);
    expect((await installation.status()).servers[0]?.state).toBe('signed-out');
    expect(await installation.run(['logout', lab.serverUrl])).toMatchObject({
      code: 0,
      stdout: `There was no sign-in to ${lab.serverUrl}.\n`,
    });
    expect(installation.tabs()).toHaveLength(1);
    expect((await host.call('echo', { text: 'x' })).result).toBeDefined();
    expect(installation.tabs()).toHaveLength(2);
    // The client it registered is still good.
    expect(lab.authorization.counters.registrations).toBe(1);
  });

  it('of one account leaves the other', async () => {
    await served();
    const other = await served('--as', 'work');
    expect((await installation.run(['logout', lab.serverUrl])).stdout).toContain('Signed out');
    const states = async () =>
      Object.fromEntries((await installation.status()).servers.map(({ profile, state }) => [profile, state]));
    expect(await states()).toEqual({ default: 'signed-out', work: 'signed-in' });
    expect((await other.call('whoami')).result).toBeDefined();
    const { stdout } = await installation.run(['logout', lab.serverUrl, '--as', 'work']);
    expect(stdout).toBe(`Signed out of ${lab.serverUrl} as work.\n`);
    expect(await states()).toEqual({ default: 'signed-out', work: 'signed-out' });
    expect(installation.tabs()).toHaveLength(2);
  });

  it('ends a sign-in that is pending, and whoever waits for it is told', async () => {
    const host = rawHost(installation, [lab.serverUrl], { KEYBRIDGE_LAB_HOLD: '/nowhere/at/all' });
    await host.initialize();
    const list = host.ask('tools/list');
    await until('the tab is open', () => installation.tabs().length === 1);
    await installation.run(['logout', lab.serverUrl]);
    expect((await list).error?.message).toContain('ended by a sign-out');
  });
});

describe('forget', () => {
  it('leaves nothing: the next start registers anew and signs in anew', async () => {
    const host = await served();
    await host.leave();
    const { code, stdout } = await installation.run(['forget', lab.serverUrl]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `Nothing is known of ${lab.serverUrl} any more.\n`,
    });
    expect(lab.authorization.counters.revokedFamilies).toBe(1);
    expect((await installation.run(['status'])).stdout).toContain('No server is known yet.');
    expect(installation.everythingOnDisk()).not.toContain('keybridge-lab');
    await served();
    expect(lab.authorization.counters).toMatchObject({ registrations: 2, codeExchanges: 2 });
    expect(installation.tabs()).toHaveLength(2);
  });
});

describe('status', () => {
  it('says in words and in JSON what runs, who is signed in and who is connected', async () => {
    expect(await installation.run(['status'])).toEqual({
      code: 0,
      stdout: 'Keybridge is not running. It starts by itself when a host needs it.\n',
      stderr: '',
    });
    await served('--as', 'work');
    const { stdout } = await installation.run(['status']);
    const json = await installation.status();
    expect(stdout.split('\n')).toEqual([
      `Keybridge ${json.version} is running (process ${json.pid}); its state is in ${installation.home}.`,
      'Sign-ins are kept in memory only, until Keybridge stops.',
      '',
      `${lab.serverUrl}  as work`,
      `  signed in through ${lab.issuer}`,
      '  scopes: mcp',
      '  renewed by itself',
      '  hosts connected: raw-host',
      '',
    ]);
    expect(json).toMatchObject({
      running: true,
      home: installation.home,
      vault: { kind: 'memory' },
      servers: [
        {
          server: lab.serverUrl,
          profile: 'work',
          state: 'signed-in',
          issuer: lab.issuer,
          scope: ['mcp'],
          renewable: true,
          hosts: ['raw-host'],
        },
      ],
    });
    const { expiresAt = 0 } = json.servers[0] ?? {};
    expect(Math.abs(expiresAt - Date.now() - 3_600_000)).toBeLessThan(60_000);
  });

  it('shows the link of a sign-in that waits, and why the last one failed', async () => {
    const env = { KEYBRIDGE_BROWSER: installation.browserOf({ KEYBRIDGE_LAB_HOLD: '/nowhere/at/all' }) };
    const host = rawHost(installation, [lab.serverUrl], env);
    await host.initialize();
    await until('the tab is open', () => installation.tabs().length === 1);
    const { stdout } = await installation.run(['status']);
    expect(stdout).toMatch(new RegExp(`a sign-in waits for you: ${lab.issuer}/auth\\?`));
    expect((await installation.status()).servers[0]?.state).toBe('sign-in-pending');
    await host.leave();
    const denying = { KEYBRIDGE_BROWSER: installation.browserOf({ KEYBRIDGE_LAB_DECISION: 'deny' }) };
    await installation.run(['logout', lab.serverUrl]);
    await installation.run(['login', lab.serverUrl], { env: denying });
    const after = await installation.run(['status']);
    expect(after.stdout).toMatch(/not signed in\n {2}the last sign-in failed: .*access_denied/);
  });
});

describe('trace', () => {
  it('--follow prints events as they happen, and ends with the broker', async () => {
    await served();
    const follower = rawHost(installation, ['trace', '--follow']);
    await until('what was is printed', () => follower.stdout.includes('/token 200'));
    const before = follower.stdout.length;
    const other = await served();
    await until('what is new is printed', () =>
      /mcp POST \S+ 200 .*\n[\s\S]*host ← response/.test(follower.stdout.slice(before)),
    );
    await other.leave();
    await until('the farewell is printed', () => /mcp-session-end DELETE/.test(follower.stdout));
    await installation.run(['stop']);
    expect((await follower.ended).signal).toBeNull();
  });

  it('is there after the broker is gone, in the order of what happened', async () => {
    await served();
    await installation.run(['stop']);
    const { code, stdout } = await installation.run(['trace']);
    expect(code).toBe(0);
    const order = [
      /mcp POST \S+ 401/,
      /resource-metadata GET|GET \S+oauth-protected-resource/,
      /\/reg 201/,
      /\/token 200/,
    ];
    const places = order.map(pattern => stdout.search(pattern));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((one, other) => one - other));
    expect(statSync(join(installation.home, 'trace.jsonl')).mode & 0o077).toBe(0);
  });

  it('--har writes an archive a browser can open, for its owner only', async () => {
    await served();
    const path = join(installation.env.HOME ?? '', 'trace.har');
    const { code, stdout } = await installation.run(['trace', '--har', path]);
    expect(code).toBe(0);
    const { log } = JSON.parse(readFileSync(path, 'utf8'));
    expect(log).toMatchObject({ version: '1.2', creator: { name: expect.stringMatching(/keybridge/i) } });
    expect(stdout).toContain(`${log.entries.length} exchanges written to ${path}`);
    const urls = log.entries.map((entry: { request: { url: string } }) => entry.request.url);
    expect(urls).toEqual(expect.arrayContaining([lab.serverUrl, `${lab.issuer}/token`]));
    expect(statSync(path).mode & 0o077).toBe(0);
    const nowhere = await installation.run(['trace', '--har', '/nowhere/at/all.har']);
    expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringContaining('cannot be written (ENOENT)') });
  });
});

describe('lab', () => {
  it('--json says where it is, serves a bridge, and ends when it is told', async () => {
    const practice = rawHost(installation, ['lab', '--json', '--token-life', '60']);
    const line = await until('its URLs are there', () => practice.lines()[0]);
    const { serverUrl, issuer } = JSON.parse(line) as { serverUrl: string; issuer: string };
    const { code, stdout } = await installation.run(['login', serverUrl]);
    expect(code).toBe(0);
    expect(stdout).toContain(`through ${issuer}. It works.`);
    practice.child.kill('SIGTERM');
    expect(await practice.ended).toEqual({ code: 0, signal: null });
    expect(practice.lines()).toHaveLength(1);
  });
});

describe('help and version', () => {
  it('go to stdout and need nothing', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await installation.run(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    for (const args of [['--help'], ['login', '--help'], [lab.serverUrl, '--help']]) {
      const { code, stdout, stderr } = await installation.run(args);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain('keybridge <server-url> [callback-port] [flags]');
    }
  });
});
