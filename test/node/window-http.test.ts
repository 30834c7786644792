import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import type { Port } from '../../src/api/port.ts';
import { enterWindow, newNonce, proofOf } from '../../src/api/window-proof.ts';
import type { Ends, Peer } from '../../src/node/peer.ts';
import { serveWindow } from '../../src/node/window-http.ts';
import { webSocketPort } from '../../src/node/window-port.ts';

const PAGE = Buffer.from('<!doctype html><title>The window</title>');

/** The window on a port of its own, echoing what is posted. */
async function served(peer = async (_: Ends): Promise<Peer> => 'unknown') {
  const ports: Port[] = [];
  const server = await serveWindow({
    secret: randomBytes(32),
    port: 0,
    serve: port => {
      ports.push(port);
      port.onMessage(message => port.post({ heard: message }));
    },
    changed: () => {},
    peer,
    files: new Map([['/', { type: 'text/html; charset=utf-8', bytes: PAGE }]]),
  });
  onTestFinished(() => server.close());
  const host = `127.0.0.1:${server.port}`;
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string }>(
      (resolve, reject) => {
        const sent = request({
          host: '127.0.0.1',
          port: server.port,
          path,
          method,
          headers: { host, ...headers },
        });
        sent.on('error', reject);
        sent.on('response', async response => {
          let text = '';
          for await (const chunk of response) text += chunk;
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        });
        sent.end();
      },
    );
  const enter = async () => {
    const { headers } = await get(new URL(server.address()).href.replace(`http://${host}`, ''));
    const cookie = String(headers['set-cookie']?.[0]).split(';')[0] ?? '';
    return { cookie, key: String(headers.location).replace('/#key=', ''), headers };
  };
  /** A window that has come in with this key, or the status or code it was refused with. */
  const knock = async (
    headers: Record<string, string>,
    key: string,
    { path = '/api', protocols = (nonce: string) => ['keybridge', nonce], as = host } = {},
  ): Promise<WebSocket | number | string> => {
    const nonce = newNonce();
    const socket = new WebSocket(`ws://${host}${path}`, protocols(nonce), { headers });
    onTestFinished(() => socket.terminate());
    const over = Promise.withResolvers<number | string>();
    socket.on('unexpected-response', (_, response) => over.resolve(response.statusCode ?? 0));
    socket.on('close', code => over.resolve(`closed with ${code}`));
    socket.on('error', () => {});
    const port = { ...webSocketPort(socket), close: () => socket.close() };
    const greeting = new Promise<{ nonce: string }>(resolve =>
      port.onMessage(said => resolve(said as { nonce: string })),
    );
    const known = await Promise.race([greeting, over.promise]);
    if (typeof known !== 'object') return known;
    const meeting = { window: nonce, core: known.nonce, host: as };
    port.post({ proof: await proofOf(key, 'window', meeting) });
    socket.send('{"call":0}');
    const heard = new Promise<WebSocket>(resolve => port.onMessage(() => resolve(socket)));
    return Promise.race([heard, over.promise]);
  };
  return { server, host, get, enter, knock, ports };
}

describe('whoever opens the window', () => {
  test('exchanges the ticket for a cookie no script can read and a key no other port sees', async () => {
    const { enter, get } = await served();
    const { cookie, key, headers } = await enter();
    expect(headers['set-cookie']?.[0]).toMatch(/^keybridge-\d+=\S+; HttpOnly; SameSite=Strict; Path=\/$/);
    expect(key).toMatch(/^[\w-]{43}$/);
    expect(cookie).not.toContain(key);
    const page = await get('/', { cookie });
    expect([page.status, page.text]).toEqual([200, PAGE.toString()]);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(page.headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(page.headers['cache-control']).toBe('no-store');
  });

  test('talks to the core with cookie, key, Host and Origin', async () => {
    const { host, enter, knock, server } = await served();
    const { cookie, key } = await enter();
    const socket = await knock({ cookie, origin: `http://${host}` }, key);
    if (!(socket instanceof WebSocket)) throw new Error(`Refused with ${socket}.`);
    const answer = new Promise(resolve => socket.on('message', data => resolve(JSON.parse(String(data)))));
    socket.send('{"call":1}');
    expect(await answer).toEqual({ heard: { call: 1 } });
    expect(server.windows).toBe(1);
    socket.close();
  });
});

describe('pages at other ports of this machine, whose cookies the browser sends along', () => {
  const cookies = (host: string, cookie: string) => {
    const name = `keybridge-${host.split(':')[1]}`;
    const random = () => randomBytes(32).toString('base64url');
    const forged = () => `${name}=${random().slice(0, 22)}.${Date.now().toString(36)}.${random()}`;
    const odd = ['', 'x', 'a.b.c', ';', '"', `${'x'.repeat(4_000)}`, '=', '..', '__proto__', '\u00e9'];
    return [...odd.map(each => `${name}=${each}`), ...Array.from({ length: 100 }, forged), cookie, forged()];
  };

  test('do not shut it with cookies of its name, however many and wherever they stand', async () => {
    const { host, get, enter, knock } = await served();
    const { cookie, key } = await enter();
    const all = cookies(host, cookie);
    const many = Array.from({ length: 70 }, (_, index) => `other-${index}=${'y'.repeat(4_000)}`);
    for (const header of [all, all.toReversed(), [...many, ...all]].map(each => each.join('; '))) {
      expect((await get('/', { cookie: header })).status).toBe(200);
      const socket = await knock({ cookie: header, origin: `http://${host}` }, key);
      expect(socket).toBeInstanceOf(WebSocket);
    }
  });

  test('do not shut it with an older session’s cookie before the page’s own', async () => {
    const { host, enter, get, server } = await served();
    const [older, own, newer] = [await enter(), await enter(), await enter()];
    const cookie = [older, own, newer].map(each => each.cookie).join('; ');
    expect((await get('/', { cookie })).status).toBe(200);
    const nonce = newNonce();
    const headers = { cookie, origin: `http://${host}` };
    const socket = new WebSocket(`ws://${host}/api`, ['keybridge', nonce], { headers });
    onTestFinished(() => socket.terminate());
    const port = { ...webSocketPort(socket), close: () => socket.close() };
    await enterWindow(port, own.key, nonce, host);
    const answer = new Promise(resolve => port.onMessage(resolve));
    port.post({ call: 2 });
    expect(await answer).toEqual({ heard: { call: 2 } });
    expect(server.windows).toBe(1);
  });

  test('get in with nobody’s cookie: what is forged counts nowhere', async () => {
    const { host, get, enter } = await served();
    const { cookie } = await enter();
    const forged = cookies(host, cookie).filter(each => each !== cookie);
    expect((await get('/', { cookie: forged.join('; ') })).status).toBe(403);
  });
});

describe('nothing is to be had', () => {
  test('without a ticket, with a used one, and with one that was made up', async () => {
    const { server, get } = await served();
    const used = new URL(server.address());
    expect((await get(`/${used.search}`)).status).toBe(303);
    for (const path of ['/', `/${used.search}`, '/?ticket=x', '/?ticket=', '/index.html', '/../secret']) {
      const { status, text, headers } = await get(path);
      expect([path, status]).toEqual([path, 403]);
      expect(text).not.toContain('window</title>');
      expect(headers['set-cookie']).toBeUndefined();
    }
  });

  test('under another name, as a page has it whose name was made to mean this machine', async () => {
    const { server, host, get, enter, knock } = await served();
    const { cookie, key } = await enter();
    const ticket = new URL(server.address()).search;
    for (const other of [
      'rebound.example',
      `rebound.example:${server.port}`,
      `localhost:${server.port}`,
      '127.0.0.1',
    ]) {
      expect((await get('/', { host: other, cookie })).status).toBe(421);
      expect((await get(`/${ticket}`, { host: other })).status).toBe(421);
      expect(await knock({ host: other, cookie, origin: `http://${host}` }, key)).toBe(403);
    }
  });

  test('from another origin, without the cookie, with another’s key, at another path', async () => {
    const { host, enter, knock, server, ports } = await served();
    const { cookie, key } = await enter();
    const other = await enter();
    const origin = `http://${host}`;
    const tries: [Record<string, string>, string, Parameters<typeof knock>[2]?][] = [
      [{ cookie }, key],
      [{ cookie, origin: 'https://evil.example' }, key],
      [{ cookie, origin: 'null' }, key],
      [{ cookie, origin: `http://localhost:${host.split(':')[1]}` }, key],
      [{ origin }, key],
      [{ cookie: `keybridge-${host.split(':')[1]}=x.y.z`, origin }, key],
      [{ cookie, origin }, key, { protocols: () => ['keybridge'] }],
      [{ cookie, origin }, key, { protocols: () => [] }],
      [{ cookie, origin }, key, { protocols: () => ['keybridge', 'short'] }],
      [{ cookie, origin }, key, { path: '/other' }],
    ];
    for (const [headers, theirs, more] of tries) {
      expect([headers, more, await knock(headers, theirs, more)]).toEqual([headers, more, 403]);
    }
    for (const [theirs, more] of [
      [other.key, {}],
      ['none', {}],
      // Proved to a program at another port, which passed it on.
      [key, { as: '127.0.0.1:1' }],
    ] as const) {
      expect(await knock({ cookie, origin }, theirs, more)).toBe('closed with 1008');
    }
    expect([server.windows, ports.length]).toEqual([0, 0]);
  });

  test('by another user of the machine, who was faster than the browser or knows its cookie and key', async () => {
    let whose: Peer = 'other';
    const { server, host, get, enter, knock, ports } = await served(async () => whose);
    const ticket = new URL(server.address()).search;
    expect((await get(`/${ticket}`)).status).toBe(403);
    whose = 'own';
    expect((await get(`/${ticket}`)).status).toBe(303);
    const { cookie, key } = await enter();
    whose = 'other';
    expect((await get('/', { cookie })).status).toBe(403);
    expect(await knock({ cookie, origin: `http://${host}` }, key)).toBe(403);
    expect(ports).toEqual([]);
  });

  test('at what is no address, and it harms nobody', async () => {
    const { get, enter } = await served();
    for (const path of ['//', '//:', '///', '//[', 'http://[/', '//x:99999/'])
      expect([path, (await get(path)).status]).toEqual([path, 400]);
    expect((await get('/', { cookie: (await enter()).cookie })).status).toBe(200);
  });

  test('by whoever breaks off while he is refused, and it harms nobody', async () => {
    const { server, host, get } = await served();
    const broken = Array.from({ length: 20 }, async () => {
      const socket = connect(server.port, '127.0.0.1');
      socket.on('error', () => {});
      await once(socket, 'connect');
      socket.write(`GET /api HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
      await new Promise(resolve => setImmediate(resolve));
      socket.resetAndDestroy();
      await once(socket, 'close');
    });
    await Promise.all(broken);
    expect((await get('/')).status).toBe(403);
  });

  test('by any method but GET, and with headers beyond measure', async () => {
    const { get, enter } = await served();
    const { cookie } = await enter();
    expect((await get('/', { cookie }, 'POST')).status).toBe(405);
    expect((await get('/nothing', { cookie })).status).toBe(404);
    // Hung up on while it is still being sent, it may not come to read the answer.
    const long = await get('/', { cookie, 'x-long': 'x'.repeat(2 * 1024 * 1024) }).then(
      ({ status }) => status,
      () => 'hung up',
    );
    expect([431, 'hung up']).toContain(long);
    expect((await get('/', { cookie })).status).toBe(200);
  });
});

test('A window that does not read keeps nobody waiting when the port closes', async () => {
  const { server, host, enter, knock, ports } = await served();
  const { cookie, key } = await enter();
  const socket = await knock({ cookie, origin: `http://${host}` }, key);
  if (!(socket instanceof WebSocket)) throw new Error(`Refused with ${socket}.`);
  socket.pause();
  for (let count = 0; count < 40; count++) ports[0]?.post('x'.repeat(1024 * 1024));
  const began = performance.now();
  await server.close();
  expect(performance.now() - began).toBeLessThan(4_000);
});

describe('a program that listens in Keybridge’s place', () => {
  /** What it hears of an open window that looks for Keybridge again, and how that ends. */
  async function impostor(greet: (nonce: string) => string) {
    const heard: string[] = [];
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    onTestFinished(() => server.close());
    await once(server, 'listening');
    server.on('connection', (socket, request) => {
      const [, nonce = ''] = String(request.headers['sec-websocket-protocol']).split(', ');
      socket.on('message', data => heard.push(String(data)));
      socket.send(greet(nonce));
    });
    const nonce = newNonce();
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const socket = new WebSocket(`ws://${host}/api`, ['keybridge', nonce]);
    const closed = once(socket, 'close');
    const port = { ...webSocketPort(socket), close: () => socket.close() };
    await expect(enterWindow(port, 'k'.repeat(43), nonce, host)).rejects.toThrow(
      'Keybridge does not answer.',
    );
    await closed;
    return heard;
  }

  test.each<[string, (nonce: string) => string]>([
    ['makes a proof up', () => JSON.stringify({ nonce: newNonce(), proof: newNonce() })],
    ['sends the page’s own nonce back', nonce => JSON.stringify({ nonce, proof: nonce })],
    ['has nothing to prove', () => '{}'],
    ['says something else', () => 'null'],
  ])('and %s is told nothing by an open window', async (_, greet) => {
    expect(await impostor(greet)).toEqual([]);
  });
});
