import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { CallbackArrival } from '../../src/base/world.ts';
import { callbackListener } from '../../src/node/callback.ts';
import { Callbacks } from '../../src/oauth/callback.ts';

const STATE = 'the-state-of-a-sign-in-that-waits';
const DONE = { status: 200, title: 'You are signed in', text: 'You can close this tab.' };

/** The real listener, and one sign-in that waits for its browser. */
async function start() {
  const callbacks = new Callbacks({ listenForCallback: callbackListener() });
  onTestFinished(() => callbacks.close());
  const { port } = await callbacks.open({ host: '127.0.0.1', port: 0, path: '/callback' });
  const over = new AbortController();
  const arrived: CallbackArrival[] = [];
  const waiting = callbacks.expect(STATE, over.signal).then(arrival => {
    arrived.push(arrival);
    arrival.answer(DONE);
  });
  waiting.catch(() => {});
  onTestFinished(() => over.abort());
  return { port, arrived, waiting };
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

function ask(port: number, path: string, method = 'GET', headers: Record<string, string> = {}) {
  return new Promise<Answer>((resolve, reject) => {
    const sent = httpRequest({ host: '127.0.0.1', port, path, method, headers, agent: false }, response => {
      let body = '';
      response.setEncoding('utf8').on('data', piece => {
        body += piece;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    });
    sent.on('error', reject).end();
  });
}

const REAL = `/callback?code=c&state=${STATE}`;

describe('a callback nobody waits for', () => {
  const strays = [
    ['of another state', '/callback?code=c&state=another'],
    ['without a state', '/callback?code=c'],
    ['with an empty state', '/callback?code=c&state='],
    ['with a state named like what objects have', '/callback?code=c&state=__proto__'],
    ['with a state that differs in case', `/callback?code=c&state=${STATE.toUpperCase()}`],
    ['with a state that only begins like it', `/callback?code=c&state=${STATE.slice(0, -1)}`],
    [
      'with a hundred parameters',
      `/callback?${Array.from({ length: 100 }, (_, at) => `p${at}=${at}`).join('&')}`,
    ],
    ['with two thousand states', `/callback?${'state=x&'.repeat(2_000)}`],
    ['with bytes that are no text', '/callback?code=%ff%fe&state=%00%ff'],
    ['with a script', '/callback?error=%3Cscript%3Ealert(1)%3C/script%3E&state=%3Cscript%3E'],
  ] as const;

  test.each(strays)('%s gets a page that says so, and changes nothing', async (_what, path) => {
    const { port, arrived, waiting } = await start();
    const { status, body } = await ask(port, path);
    expect([200, 404]).toContain(status);
    expect(body).not.toContain('alert');
    expect(arrived).toEqual([]);
    expect((await ask(port, REAL)).body).toContain('You are signed in');
    await waiting;
    expect(arrived).toHaveLength(1);
  });

  test('of a state that was used gets a page that says so, however often', async () => {
    const { port, arrived } = await start();
    await ask(port, REAL);
    for (let again = 0; again < 3; again++) {
      expect((await ask(port, `${REAL}-replayed`)).status).toBe(404);
      expect((await ask(port, REAL)).body).toContain('already come back');
    }
    expect(arrived).toHaveLength(1);
  });
});

describe('a page in the browser that looks for open ports', () => {
  const ORIGIN = { origin: 'https://evil.example', referer: 'https://evil.example/' };
  const questions: [method: string, path: string, headers?: Record<string, string>][] = [
    ['GET', '/'],
    ['GET', '/callback'],
    ['GET', '/callback?state=x&code=y'],
    ['GET', '/favicon.ico'],
    ['POST', '/callback?state=x'],
    ['HEAD', '/callback'],
    [
      'OPTIONS',
      '/callback',
      { 'access-control-request-method': 'GET', 'access-control-request-private-network': 'true' },
    ],
    ['OPTIONS', '/'],
  ];

  test.each(questions)('%s %s learns nothing by it and changes nothing', async (method, path, more = {}) => {
    const { port, arrived } = await start();
    const { headers, body, status } = await ask(port, path, method, { ...ORIGIN, ...more });
    const names = Object.keys(headers);
    expect(
      names.filter(name => /^access-control|^server$|^x-powered|^set-cookie|^timing-allow/.test(name)),
    ).toEqual([]);
    expect(headers['cross-origin-resource-policy']).toBe('same-origin');
    expect(body).not.toContain(STATE);
    expect(body).not.toContain(String(port));
    if (status === 200 || status === 404)
      expect(body === '' || body.startsWith('<!doctype html>')).toBe(true);
    else expect(body).toBe('');
    expect(arrived).toEqual([]);
    expect((await ask(port, REAL)).status).toBe(200);
  });

  test('under a name that was pointed at this machine gets nothing', async () => {
    const { port, arrived } = await start();
    for (const host of [
      `evil.example:${port}`,
      `127.0.0.1.evil.example:${port}`,
      'localhost',
      `[::2]:${port}`,
      `@127.0.0.1:${port}`,
      `127.0.0.1:${port}/`,
    ]) {
      expect((await ask(port, REAL, 'GET', { host })).status).toBe(421);
    }
    expect(arrived).toEqual([]);
  });
});

describe('clients of the callback port that are slow', () => {
  test('or say nothing keep no browser waiting, by the hundred', async () => {
    const { port, arrived } = await start();
    const sockets: Socket[] = [];
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
    });
    for (let at = 0; at < 300; at++) {
      const socket = connect(port, '127.0.0.1').on('error', () => {});
      sockets.push(socket);
      await once(socket, 'connect');
      if (at % 3 === 0) socket.write('GET /callback?state=');
      if (at % 3 === 1) socket.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX-Slow: `);
    }
    expect((await ask(port, REAL)).body).toContain('You are signed in');
    expect(arrived).toHaveLength(1);
  });

  test('are let go within twenty seconds', async () => {
    const { port } = await start();
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    socket.resume();
    await once(socket, 'connect');
    const drip = setInterval(() => socket.write('x'), 500);
    socket.write('GET /callback?state=');
    const begun = performance.now();
    await new Promise(resolve => socket.once('close', resolve));
    clearInterval(drip);
    expect(performance.now() - begun).toBeLessThan(20_000);
  }, 30_000);
});
