import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { type Installation, install, until } from '../support/keybridge.ts';
import { register } from '../support/lab-sign-in.ts';
import { leaks } from '../support/leaks.ts';
import { brokersOf, environmentOf, SHOWS_PROCESSES, watchArguments } from '../support/processes.ts';
import { faultIn, type RawHost, rawHost } from '../support/raw-host.ts';

/** Characters that need encoding are part of it, so that every spelling of a secret is a different one. */
const invented = () => `${randomBytes(9).toString('base64')}+/=&? ${randomBytes(9).toString('base64')}`;

const labs: Lab[] = [];
let installation: Installation;

beforeEach(() => {
  installation = install({ KEYBRIDGE_VAULT: 'file' });
});

afterEach(async () => {
  await installation.close();
  await Promise.all(labs.splice(0).map(lab => lab.close()));
});

async function lab(options: Parameters<typeof startLab>[0] = {}): Promise<Lab> {
  const started = await startLab(options);
  labs.push(started);
  return started;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise(resolve => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

/** Every file of the state folder by its name, and what a trace is written to. */
function files(): Record<string, string> {
  const names = readdirSync(installation.home, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    names
      .filter(entry => entry.isFile())
      .map(entry => [`file ${entry.name}`, readFileSync(join(entry.parentPath, entry.name), 'latin1')]),
  );
}

const side = (name: string) => join(installation.env.HOME ?? '', name);

/** Runs the commands that show something and gathers what they show. */
async function shown(name: string): Promise<Record<string, string>> {
  const har = side(`${name}.har`);
  const results: Record<string, string> = {};
  for (const args of [['status'], ['status', '--json'], ['trace'], ['trace', '--har', har]]) {
    const { code, stdout, stderr } = await installation.run(args);
    expect(code).toBe(0);
    results[`${args.slice(0, 2).join(' ')}, ${name}`] = stdout + stderr;
  }
  return { ...results, [`HAR, ${name}`]: readFileSync(har, 'utf8') };
}

function said(hosts: Readonly<Record<string, RawHost>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(hosts).flatMap(([name, host]) => [
      [`messages to the ${name}`, host.stdout],
      [`stderr of the ${name}`, host.stderr],
    ]),
  );
}

describe('the search for secrets', () => {
  const secret = invented();
  const percent = (text: string) =>
    text.replace(/[^A-Za-z\d]/g, each => `%${each.charCodeAt(0).toString(16)}`);

  it.each<[string, string]>([
    ['as it is', secret],
    ['in JSON', JSON.stringify({ text: `${secret}"` })],
    ['in a URL', `https://mcp.example/?a=${encodeURIComponent(secret)}&b`],
    ['in a form', new URLSearchParams({ a: 'x', secret }).toString()],
    ['with every sign encoded', percent(secret)],
    ['in hex', Buffer.from(secret).toString('hex')],
    ...['', 'a', 'ab'].flatMap((before): [string, string][] => [
      [`in base64 behind ${before.length} bytes`, Buffer.from(`${before}${secret}:x`).toString('base64')],
      [`in base64url behind ${before.length} bytes`, Buffer.from(before + secret).toString('base64url')],
    ]),
  ])('finds one %s', (_how, text) => {
    expect(leaks(['another one', secret], { here: `before ${text} after`, there: 'nothing' })).toEqual([
      'here',
    ]);
  });

  it('finds the end of a long one', () => {
    const long = randomBytes(60).toString('base64url');
    expect(leaks([long], { here: `…${long.slice(-30)}` })).toEqual(['here']);
    expect(leaks([long], { here: `${long.slice(0, 8)}…` })).toEqual([]);
  });
});

describe('no secret', () => {
  it('is in any log, trace, export, message, file or argument list, whatever happens (row 4.12)', async () => {
    const watch = SHOWS_PROCESSES ? watchArguments() : undefined;
    // What is looked for in the same way and must be found, or the search finds nothing at all.
    const canary = `canary-${randomBytes(18).toString('hex')}`;
    const own = { API_KEY: invented(), OTHER_KEY: invented(), WRONG: randomBytes(18).toString('hex') };

    // Sign-in, refresh, step-up, a lost grant.
    const first = await lab({ tokenLife: 2, path: `/${canary}` });
    writeFileSync(side('headers'), `X-Other-Key: \${OTHER_KEY}\n`);
    const url = first.serverUrl;
    const flags = ['--header', `X-Api-Key:\${API_KEY}`, '--header-file', side('headers'), '--debug'];
    const main = rawHost(installation, [url, ...flags], own);
    await main.initialize();
    const live = installation.start(['trace', '--follow']);
    let followed = '';
    live.stdout?.on('data', chunk => {
      followed += chunk;
    });
    await until('the trace is followed', () => followed.length > 0);
    expect((await main.call('echo', { text: canary })).result).toBeDefined();
    await until('a token was renewed', async () => {
      await main.call('whoami');
      return first.authorization.counters.refreshes > 0;
    });
    expect(JSON.stringify((await main.call('admin')).result)).toContain('administrator');
    first.authorization.refuseTokenRequests(Number.POSITIVE_INFINITY);
    await until(
      'a call failed for want of a token',
      async () => {
        // It waits for the authorization server to come back for as long as a host has patience.
        return (await main.ask('tools/call', { name: 'whoami' }, 25_000)).error;
      },
      30_000,
    );
    first.authorization.refuseTokenRequests(0);
    first.authorization.revokeAllGrants();
    expect((await main.call('whoami')).result).toBeDefined();
    expect(first.authorization.counters.codeExchanges).toBe(3);

    // Consent denied; a header the server refuses.
    const second = await lab({ accessTokens: 'opaque' });
    const denying = { KEYBRIDGE_BROWSER: installation.browserOf({ KEYBRIDGE_LAB_DECISION: 'deny' }) };
    const denied = rawHost(installation, [second.serverUrl, '--debug'], denying);
    await denied.initialize();
    expect(faultIn(await denied.ask('tools/list'))?.code).toBe('sign-in.denied');
    const header = ['--header', `Authorization:Bearer \${WRONG}`];
    const refused = rawHost(installation, [second.serverUrl, ...header, '--debug'], own);
    expect(faultIn(await refused.initialize())?.code).toBe('server.header-refused');

    // Clients with a secret of their own, given in both ways, sent in both ways.
    const third = await lab({ tokenLife: 2, accessTokens: 'opaque', path: `/${canary}` });
    const logins: Record<string, string> = {};
    for (const method of ['client_secret_basic', 'client_secret_post']) {
      const port = await freePort();
      const client = await register(third, `http://localhost:${port}/oauth/callback`, {
        token_endpoint_auth_method: method,
      });
      expect(client.client_secret).toBeDefined();
      const info = { client_id: client.client_id, token_endpoint_auth_method: method };
      const inFile = method === 'client_secret_post';
      const secret = inFile ? client.client_secret : `\${CLIENT_SECRET}`;
      const json = JSON.stringify({ ...info, client_secret: secret });
      if (inFile) writeFileSync(side('client.json'), json);
      const flags = ['--static-oauth-client-info', inFile ? `@${side('client.json')}` : json];
      const env = { CLIENT_SECRET: String(client.client_secret) };
      const args = ['login', third.serverUrl, `${port}`, ...flags];
      const { code, stdout, stderr } = await installation.run([...args, '--as', method, '--json'], { env });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      logins[`login --json, ${method}`] = stdout;
    }
    expect(third.authorization.counters.codeExchanges).toBe(2);

    const brokers = SHOWS_PROCESSES ? brokersOf(installation.home) : [];
    const environments = brokers.map(pid => environmentOf(pid).join('\n')).join('\n');
    const before = await shown('signed in');
    const filesBefore = files();
    const logout = await installation.run(['logout', url]);
    expect(logout).toMatchObject({ code: 0, stderr: '' });
    const after = await shown('signed out');
    const stopped = await installation.run(['stop']);
    expect(stopped.code).toBe(0);

    const hosts = { 'main host': main, 'denied host': denied, 'refused host': refused };
    const places: Record<string, string> = {
      ...said(hosts),
      ...logins,
      ...before,
      ...after,
      ...Object.fromEntries(Object.entries(filesBefore).map(([name, text]) => [`${name}, before`, text])),
      ...files(),
      'trace --follow': followed,
      'trace, from disk': (await installation.run(['trace'])).stdout,
      logout: logout.stdout,
      'environment of the broker': environments,
      'argument lists': watch?.stop() ?? '',
    };
    const secrets = [...labs.flatMap(each => each.issuedSecrets()), ...Object.values(own)];
    expect(secrets.length).toBeGreaterThan(30);
    expect(leaks(secrets, places)).toEqual([]);

    const found = leaks([canary], places);
    for (const place of [
      'HAR, signed in',
      'HAR, signed out',
      ...(SHOWS_PROCESSES ? ['argument lists'] : []),
      'file facts.json',
      'file facts.json, before',
      'file trace.jsonl',
      'file trace.jsonl, before',
      'login --json, client_secret_basic',
      'login --json, client_secret_post',
      'logout',
      'messages to the main host',
      'status --json, signed in',
      'status --json, signed out',
      'status, signed in',
      'status, signed out',
      'stderr of the main host',
      'trace --follow',
      'trace, from disk',
      'trace, signed in',
      'trace, signed out',
    ])
      expect(found).toContain(place);
    expect(Object.keys(filesBefore)).toContain('file grants.sealed');
    if (SHOWS_PROCESSES) expect(environments).toContain('KEYBRIDGE_HOME');
  }, 90_000);

  it('is kept by the trace when a tool says it aloud, though the host gets the answer as it is', async () => {
    const { serverUrl, issuedSecrets } = await lab();
    const own = { API_KEY: randomBytes(18).toString('base64url') };
    const host = rawHost(installation, [serverUrl, '--header', `X-Api-Key:\${API_KEY}`], own);
    await host.initialize();
    await host.call('echo', { text: `before ${own.API_KEY} after` });
    expect(host.stdout).toContain(`before ${own.API_KEY} after`);
    const places = { ...(await shown('with a key')), ...files() };
    expect(leaks([own.API_KEY, ...issuedSecrets()], places)).toEqual([]);
    // The message itself is recorded, with the secret struck out.
    expect(places['HAR, with a key']).toMatch(/before [^"]{1,200} after/);
  });
});
