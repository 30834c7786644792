import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as oauth from 'oauth4webapi';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { follow } from '../../src/lab/browser.ts';
import { CookieJar } from '../../src/lab/cookie-jar.ts';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import {
  authorizationUrl,
  type Callback,
  discover,
  openCallback,
  register,
  signIn,
} from '../support/lab-sign-in.ts';

async function serve(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}/`,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

describe('follow', () => {
  test.each([
    ['another machine', 'http://192.0.2.1/'],
    ['another machine over IPv6', 'http://[2001:db8::1]/'],
    ['all addresses of this machine', 'http://0.0.0.0/'],
    ['TLS', 'https://127.0.0.1/'],
    ['a file', 'file:///etc/hostname'],
  ])('goes nowhere else: %s', async (_name, url) => {
    await expect(follow(url)).rejects.toMatchObject({ code: 'net.private-address' });
  });

  test('goes nowhere else when it is sent there', async () => {
    await using server = await serve((_req, res) =>
      res.writeHead(302, { Location: 'http://192.0.2.1/' }).end(),
    );
    await expect(follow(server.url)).rejects.toMatchObject({ code: 'net.private-address' });
  });

  test('gives up on redirects without end, and on a page without end', async () => {
    await using round = await serve((req, res) => res.writeHead(302, { Location: req.url }).end());
    await expect(follow(round.url)).rejects.toMatchObject({ code: 'net.redirect' });
    await using long = await serve((_req, res) => res.end('x'.repeat(2 * 1024 * 1024)));
    await expect(follow(long.url)).rejects.toMatchObject({ code: 'net.too-large' });
    await using never = await serve(() => undefined);
    await expect(follow(never.url, { timeout: 50 })).rejects.toMatchObject({ code: 'net.timeout' });
  });

  test('goes to localhost by name', async () => {
    await using server = await serve((_req, res) => res.end('here'));
    const page = await follow(server.url.replace('127.0.0.1', 'localhost'));
    expect(page).toMatchObject({ status: 200, text: 'here' });
  });

  test('with the same cookies the second sign-in is asked for no name, with others it is', async () => {
    const lab = await startLab();
    try {
      const cookies = new CookieJar();
      const first = await signIn(lab, { cookies });
      const second = await signIn(lab, { cookies });
      const third = await signIn(lab);
      expect(second.page.hops).toBeLessThan(first.page.hops);
      expect(third.page.hops).toBe(first.page.hops);
      // Two consents are two grants: the end of one is not the end of the other.
      await first.refresh();
      await expect(first.refresh()).rejects.toThrow();
      await expect(second.refresh()).resolves.toBeDefined();
    } finally {
      await lab.close();
    }
  });
});

describe('cookies', () => {
  const url = new URL('http://127.0.0.1:1/a/b');

  test('are kept by path, replaced by name, and dropped when they expire', () => {
    const jar = new CookieJar();
    jar.take(url, ['one=1; path=/', 'two=2; path=/a', 'three=3', 'four=4; path=/ab', 'five=5; Max-Age=0']);
    expect(jar.field(url)).toBe('two=2; three=3; one=1');
    expect(jar.field(new URL('http://127.0.0.1:2/'))).toBe('one=1');
    expect(jar.field(new URL('http://localhost:1/a/b'))).toBe('');
    jar.take(url, ['one=uno; path=/', 'two=; path=/a; expires=Thu, 01 Jan 1970 00:00:00 GMT']);
    expect(jar.field(url)).toBe('three=3; one=uno');
  });
});

describe('the program', () => {
  let lab: Lab;
  let callback: Callback;
  let folder: string;
  let url: URL;
  let child: ChildProcess | undefined;
  beforeEach(async () => {
    [lab, callback, folder] = await Promise.all([
      startLab(),
      openCallback(),
      mkdtemp(join(tmpdir(), 'lab-browser-')),
    ]);
    const client = await register(lab, callback.redirectUri);
    const verifier = oauth.generateRandomCodeVerifier();
    const { redirectUri } = callback;
    url = await authorizationUrl(
      await discover(lab),
      client,
      redirectUri,
      verifier,
      'the-state',
      lab.serverUrl,
    );
  });
  afterEach(async () => {
    child?.kill();
    await Promise.all([lab.close(), callback[Symbol.asyncDispose](), rm(folder, { recursive: true })]);
  });

  function start(env: Record<string, string>) {
    const program = fileURLToPath(new URL('../../src/lab/browser-main.ts', import.meta.url));
    const { PATH = '' } = process.env;
    child = spawn(process.execPath, [program, url.href], { env: { PATH, ...env }, stdio: 'pipe' });
    let output = '';
    child.stdout?.on('data', chunk => (output += chunk));
    child.stderr?.on('data', chunk => (output += chunk));
    return once(child, 'close').then(([code]) => ({ code, output }));
  }

  test('signs in, notes the tab, and says nothing that is secret', async () => {
    const tabs = join(folder, 'tabs');
    const { code, output } = await start({ KEYBRIDGE_LAB_TABS: tabs });
    expect(code).toBe(0);
    expect(output).toBe(`200 ${callback.redirectUri}\n`);
    expect(callback.arrivals[0]?.searchParams.get('code')).toMatch(/.{20}/);
    const noted = await readFile(tabs, 'utf8');
    expect(noted.split('\n')).toHaveLength(2);
    expect(JSON.parse(noted)).toEqual({
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      url: `${lab.issuer}/auth`,
      state: createHash('sha256').update('the-state').digest('hex').slice(0, 16),
      pid: expect.any(Number),
    });
    for (const secret of lab.issuedSecrets()) expect(noted + output).not.toContain(secret);
  });

  test('says no when it is told to', async () => {
    await start({ KEYBRIDGE_LAB_DECISION: 'deny' });
    expect(callback.arrivals[0]?.searchParams.get('error')).toBe('access_denied');
  });

  test('is held until a file exists', async () => {
    const hold = join(folder, 'hold');
    const tabs = join(folder, 'tabs');
    const ended = start({ KEYBRIDGE_LAB_HOLD: hold, KEYBRIDGE_LAB_TABS: tabs });
    await vi.waitUntil(() => readFile(tabs).catch(() => undefined), { timeout: 10_000 });
    expect(lab.authorization.counters.authorizationRequests).toBe(0);
    await writeFile(hold, '');
    expect((await ended).code).toBe(0);
    expect(callback.arrivals).toHaveLength(1);
  });
});
