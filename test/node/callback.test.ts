import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import type { CallbackArrival, CallbackListener, CallbackPage } from '../../src/base/world.ts';
import { callbackListener } from '../../src/node/callback.ts';

const PAGE = { status: 200, title: 'You are signed in', text: 'You can close this tab.' };
const listenForCallback = callbackListener();
const linux = process.platform === 'linux';

const open: CallbackListener[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(each => each.close()));
});

/** A listener that keeps what arrives, and answers it at once unless told to wait. */
async function listen(
  host = '127.0.0.1',
  { port = 0, path = '/callback', page = PAGE as CallbackPage, wait = false } = {},
) {
  const arrivals: CallbackArrival[] = [];
  const listener = await listenForCallback({ host, port, path }, arrival => {
    arrivals.push(arrival);
    if (!wait) arrival.answer(page);
  });
  open.push(listener);
  return { ...listener, listener, arrivals };
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Asks as a browser does; host, method and path can be anything. */
function get(
  port: number,
  path: string,
  { host = `127.0.0.1:${port}`, method = 'GET', at = '127.0.0.1' } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ host: at, port, path, method, headers: { host }, agent: false }, response => {
      let body = '';
      response.setEncoding('utf8').on('data', piece => (body += piece));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    });
    sent.on('error', reject).end();
  });
}

/** Sends bytes and reads what comes until the end. */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', piece => (answer += piece));
  socket.write(text);
  await once(socket, 'close');
  return answer;
}

/** A port that is free just now, on both families. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Holds a port until the test ends. */
async function hold(port: number, host: string): Promise<number> {
  const server = createServer();
  server.listen({ host, port, ipv6Only: host === '::1' });
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

const FAMILIES = Object.values(networkInterfaces()).some(each =>
  each?.some(({ address }) => address === '::1'),
)
  ? ['127.0.0.1', '::1']
  : ['127.0.0.1'];
const hasIpv6 = FAMILIES.length === 2;

/** Not every system can show everything. */
const testIf = (can: boolean) => (can ? test : () => {});

describe('a browser that comes back', () => {
  test('is handed on with its whole URL, and gets the page it is given', async () => {
    const { port, redirectUri, arrivals } = await listen();
    expect(redirectUri).toBe(`http://127.0.0.1:${port}/callback`);
    const { status, body } = await get(port, '/callback?code=a%20b&state=s&iss=https%3A%2F%2Fas.example');
    expect(arrivals.map(each => each.url.href)).toEqual([
      `${redirectUri}?code=a%20b&state=s&iss=https%3A%2F%2Fas.example`,
    ]);
    expect(status).toBe(200);
    expect(body).toContain('<h1>You are signed in</h1><p>You can close this tab.</p>');
  });

  test('is sent on where the user wants it to go, and nowhere near what it brought', async () => {
    const page = { ...PAGE, location: 'https://app.example/connected' };
    const { port } = await listen('127.0.0.1', { page });
    const { status, headers } = await get(port, '/callback?state=s&code=secret');
    expect([status, headers.location]).toEqual([303, 'https://app.example/connected']);
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
  });

  test('waits for its page', async () => {
    const { port, arrivals } = await listen('127.0.0.1', { wait: true });
    let shown = false;
    const answer = get(port, '/callback?state=s').then(result => {
      shown = true;
      return result;
    });
    while (arrivals.length === 0) await new Promise(resolve => setTimeout(resolve, 1));
    expect(shown).toBe(false);
    arrivals[0]?.answer({ ...PAGE, status: 403 });
    expect((await answer).status).toBe(403);
  });

  test('gets the first page only', async () => {
    const { port, arrivals } = await listen();
    expect((await get(port, '/callback?state=s')).status).toBe(200);
    arrivals[0]?.answer({ ...PAGE, status: 500 });
    expect((await get(port, '/callback?state=s')).status).toBe(200);
  });

  test('and leaves before there is a page harms nobody', async () => {
    const { port, arrivals } = await listen('127.0.0.1', { wait: true });
    const socket = connect(port, '127.0.0.1');
    socket.write(`GET /callback?state=s HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
    while (arrivals.length === 0) await new Promise(resolve => setTimeout(resolve, 1));
    socket.destroy();
    await once(socket, 'close');
    arrivals[0]?.answer(PAGE);
  });
});

describe('the page', () => {
  test('has no script, nothing from elsewhere, and is kept by nobody', async () => {
    const { port } = await listen();
    const { headers, body } = await get(port, '/callback?state=s');
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    expect(body).not.toMatch(/<script|javascript:|\son\w+=|src=|href=|url\(|@import|<form|<iframe/i);
    expect(body.toLowerCase()).toMatch(/^<!doctype html><html lang="en">/);
  });

  test('repeats nothing of what the browser brought', async () => {
    const { port } = await listen();
    const said = encodeURIComponent('"><script>alert("hush-1234")</script>');
    const answers = [
      await get(port, `/callback?state=hush-1234&error=${said}&error_description=${said}`),
      await get(port, `/hush-1234?${said}`),
      await get(port, `/callback?state=hush-1234`, { host: 'hush-1234.example' }),
    ];
    for (const { body, headers } of answers)
      expect(body + JSON.stringify(headers)).not.toMatch(/hush|script/);
  });

  test('shows texts as texts', async () => {
    const { port } = await listen('127.0.0.1', {
      page: { status: 200, title: '<b>&"x', text: '</p><script>alert(1)</script>' },
    });
    const { body } = await get(port, '/callback?state=s');
    expect(body).toContain('<h1>&lt;b>&amp;&quot;x</h1><p>&lt;/p>&lt;script>alert(1)&lt;/script></p>');
  });
});

describe('what is refused without being handed on', () => {
  const own = (port: number) => ({
    'another name': `evil.example:${port}`,
    'a name that begins like ours': `127.0.0.1.evil.example:${port}`,
    'another port': `127.0.0.1:${port === 65_535 ? 1 : port + 1}`,
    'no port': '127.0.0.1',
    'an outer address': `192.168.0.1:${port}`,
  });

  test.each(Object.keys(own(1)) as (keyof ReturnType<typeof own>)[])('a Host of %s', async which => {
    const { port, arrivals } = await listen();
    const { status, body } = await get(port, '/callback?state=s', { host: own(port)[which] });
    expect([status, body]).toEqual([421, '']);
    expect(arrivals).toEqual([]);
  });

  test('a request without Host', async () => {
    const { port, arrivals } = await listen();
    expect(await raw(port, 'GET /callback?state=s HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1.1 421 /);
    expect(await raw(port, 'GET /callback?state=s HTTP/1.1\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1.1 400 /,
    );
    expect(arrivals).toEqual([]);
  });

  test.each([
    '/',
    '/callback/',
    '/Callback',
    '/callback/x',
    '/callbac',
    '/%63allback',
    '//evil.example/callback',
    '//callback',
    '/favicon.ico',
  ])('the path %s', async path => {
    const { port, arrivals } = await listen();
    expect((await get(port, `${path}?state=s`)).status).toBe(404);
    expect(arrivals).toEqual([]);
  });

  test('a URL of another server', async () => {
    const { port, arrivals } = await listen();
    const { status } = await get(port, 'http://evil.example/callback?state=s');
    expect([404, 421]).toContain(status);
    expect(arrivals).toEqual([]);
  });

  test.each(['POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('the method %s', async method => {
    const { port, arrivals } = await listen();
    const { status, headers } = await get(port, '/callback?state=s', { method });
    expect([status, headers.allow]).toEqual([405, 'GET']);
    expect(arrivals).toEqual([]);
  });

  test('a URL of a length no authorization server sends', async () => {
    const { port, arrivals } = await listen();
    expect((await get(port, `/callback?state=s&code=${'x'.repeat(16_000)}`)).status).toBe(200);
    // The server does not read on, so the refusal may be lost on the way.
    const long = get(port, `/callback?state=s&code=${'x'.repeat(100_000)}`);
    const refusal = await long.then(
      ({ status }) => status,
      (error: NodeJS.ErrnoException) => error.code,
    );
    expect([431, 'ECONNRESET', 'EPIPE']).toContain(refusal);
    expect(arrivals).toHaveLength(1);
  });

  test('what is no HTTP', async () => {
    const { port, arrivals } = await listen();
    expect(await raw(port, '\u0016\u0003\u0001\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /);
    expect(arrivals).toEqual([]);
  });
});

describe('the address', () => {
  test('localhost is heard on both families', async () => {
    const { port, redirectUri, arrivals } = await listen('localhost');
    expect(redirectUri).toBe(`http://localhost:${port}/callback`);
    for (const at of FAMILIES) {
      for (const host of ['localhost', '127.0.0.1', '[::1]']) {
        expect((await get(port, '/callback?state=s', { at, host: `${host}:${port}` })).status).toBe(200);
      }
    }
    expect(arrivals).toHaveLength(FAMILIES.length * 3);
  });

  test('a name under localhost is heard too, as browsers resolve it to this machine', async () => {
    const { port, redirectUri } = await listen('keybridge.localhost');
    expect(redirectUri).toBe(`http://keybridge.localhost:${port}/callback`);
    for (const at of FAMILIES) {
      const answer = await get(port, '/callback?state=s', { at, host: `keybridge.localhost:${port}` });
      expect(answer.status).toBe(200);
    }
  });

  testIf(linux)('another loopback address is heard by its own name', async () => {
    const { port, redirectUri } = await listen('127.0.0.2');
    expect(redirectUri).toBe(`http://127.0.0.2:${port}/callback`);
    const answer = await get(port, '/callback?state=s', { at: '127.0.0.2', host: `127.0.0.2:${port}` });
    expect(answer.status).toBe(200);
  });

  testIf(hasIpv6)('of IPv6 is written in brackets, however it was given', async () => {
    for (const host of ['::1', '[::1]']) {
      const { port, redirectUri } = await listen(host);
      expect(redirectUri).toBe(`http://[::1]:${port}/callback`);
      expect((await get(port, '/callback?state=s', { at: '::1', host: `[::1]:${port}` })).status).toBe(200);
    }
  });

  test('127.0.0.1 is not heard on the network', async () => {
    const { port } = await listen();
    const socket = connect(port, '127.0.0.2');
    await expect(once(socket, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('a port with several paths', () => {
  test('is one listener for all of them, each path its own', async () => {
    const one = await listen('127.0.0.1', { path: '/callback' });
    const { port } = one;
    // Another path, another name of the host, and both.
    const others = await Promise.all([
      listen('127.0.0.1', { port, path: '/oauth/callback' }),
      listen('localhost', { port, path: '/callback' }),
      listen('localhost', { port, path: '/back' }),
    ]);
    const [path, name, both] = others;
    expect(others.map(each => each.redirectUri)).toEqual([
      `http://127.0.0.1:${port}/oauth/callback`,
      `http://localhost:${port}/callback`,
      `http://localhost:${port}/back`,
    ]);
    const asks = [
      ['/callback', '127.0.0.1', one],
      ['/oauth/callback', '127.0.0.1', path],
      ['/callback', 'localhost', name],
      ['/back', 'localhost', both],
      ['/back', '127.0.0.1', both],
    ] as const;
    for (const [asked, host, waiting] of asks) {
      const before = waiting?.arrivals.length ?? 0;
      expect((await get(port, `${asked}?state=s`, { host: `${host}:${port}` })).status).toBe(200);
      expect(waiting?.arrivals.length).toBe(before + 1);
    }
    expect((await get(port, '/other?state=s')).status).toBe(404);
  });

  test('is let go with the last of them, and not before', async () => {
    const one = await listen('127.0.0.1', { path: '/one' });
    const { port } = one;
    const two = await listen('127.0.0.1', { port, path: '/two' });
    await one.listener.close();
    expect((await get(port, '/one?state=s')).status).toBe(404);
    expect((await get(port, '/two?state=s')).status).toBe(200);
    await two.listener.close();
    expect(await hold(port, '127.0.0.1')).toBe(port);
  });
});

describe('a port that is held', () => {
  test('is named, and so is who holds it where that can be known', async () => {
    const port = await hold(0, '127.0.0.1');
    const refusal = listen('127.0.0.1', { port });
    await expect(refusal).rejects.toMatchObject({
      code: 'callback.port-in-use',
      data: { port: String(port) },
      remedy: 'End that program, or register another port.',
    });
    const { message } = (await refusal.catch(error => error)) as Error;
    expect(message).toMatch(new RegExp(`^The callback port ${port} is held by `));
    if (linux) expect(message).toMatch(new RegExp(`held by .+ \\(process ${process.pid}\\)\\.$`));
  });

  testIf(linux)('by a program with an odd name is told in one plain line', async () => {
    const port = await freePort();
    const code = `process.title = 'ev\\u001b[31m\\nil'; require('node:net').createServer().listen(${port}, '127.0.0.1', () => console.log())`;
    const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill());
    await once(child.stdout, 'data');
    const { message } = (await listen('127.0.0.1', { port }).catch(error => error)) as Error;
    expect(message).toContain(`(process ${child.pid})`);
    expect(message).not.toMatch(/\p{Cc}/u);
  });

  testIf(hasIpv6)('on one family of localhost is refused, and the other is let go', async () => {
    const port = await hold(0, '::1');
    await expect(listen('localhost', { port })).rejects.toMatchObject({ code: 'callback.port-in-use' });
    expect(await hold(port, '127.0.0.1')).toBe(port);
  });

  test('is free again after the close, also while a browser waits', async () => {
    const { port, listener, arrivals } = await listen('127.0.0.1', { wait: true });
    const waiting = get(port, '/callback?state=s').catch((error: NodeJS.ErrnoException) => error.code);
    while (arrivals.length === 0) await new Promise(resolve => setTimeout(resolve, 1));
    await listener.close();
    expect(await waiting).toBe('ECONNRESET');
    expect(await hold(port, '127.0.0.1')).toBe(port);
    arrivals[0]?.answer(PAGE);
  });
});
