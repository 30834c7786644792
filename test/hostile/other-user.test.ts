import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { callbackListener } from '../../src/node/callback.ts';
import { type Ends, ownersIn, peerOf } from '../../src/node/peer.ts';
import { serveWindow } from '../../src/node/window-http.ts';
import { connectionRow } from '../support/connection-table.ts';
import { install } from '../support/keybridge.ts';

/** Another user of the machine: nobody. Only root can start a program as somebody else. */
const STRANGER = 65_534;
const asOther = describe.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0);

async function windowServed() {
  const served: unknown[] = [];
  const files = new Map([['/', { type: 'text/html', bytes: Buffer.from('the window') }]]);
  const server = await serveWindow({
    secret: randomBytes(32),
    port: 0,
    serve: port => void served.push(port),
    changed: () => {},
    files,
  });
  onTestFinished(() => server.close());
  return { server, served };
}

/** Runs a program of `uid`; resolves with what it has printed when it ends. */
async function run(program: string, uid: number): Promise<string> {
  const child: ChildProcess = spawn(process.execPath, ['-e', program], {
    uid,
    gid: uid,
    cwd: '/',
    env: {},
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill());
  let text = '';
  child.stdout?.on('data', piece => {
    text += piece;
  });
  await once(child, 'close');
  return text;
}

/** A program that asks for `path` from an address and port of its choice and prints the first line of the answer. */
const asking = (port: number, path: string, from: { address: string; port: number }, headers = '') => `
  const socket = require('net').connect({ host: '127.0.0.1', port: ${port},
    localAddress: '${from.address}', localPort: ${from.port} });
  let text = '';
  socket.on('error', error => console.log(error.code));
  socket.on('data', data => { text += data; });
  socket.on('close', () => { if (text) console.log(text.split('\\r\\n')[0]); });
  socket.write('GET ${path} HTTP/1.1\\r\\nHost: 127.0.0.1:${port}\\r\\nConnection: close\\r\\n${headers}\\r\\n');
  setTimeout(() => socket.destroy(), 5000).unref();
`;

/** A connection of the victim's own to a port, and the port it comes from. */
async function victimAt(port: number): Promise<number> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket.localPort ?? 0;
}

asOther('another user of the machine', () => {
  test.each(['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.255.255.254'])(
    'who has read the ticket gets nothing of the window from %s, with a port the victim comes from too',
    async address => {
      const { server, served } = await windowServed();
      const victims = await victimAt(server.port);
      const path = new URL(server.address());
      const own = new URL((await server.ownAddress()) ?? '');
      for (const target of [path, own]) {
        // The victim's own port at the victim's own address is taken.
        const port = address === '127.0.0.1' ? 0 : victims;
        const said = await run(
          asking(server.port, `${target.pathname}${target.search}`, { address, port }),
          STRANGER,
        );
        expect(said).toContain('403');
      }
      // The tickets are not used up by it.
      for (const target of [path, own])
        expect((await fetch(target, { redirect: 'manual' })).status).toBe(303);
      expect(served).toEqual([]);
    },
  );

  test('who has cookie and key too gets neither a page nor a WebSocket, whatever address and port', async () => {
    const { server, served } = await windowServed();
    const entered = await fetch(server.address(), { redirect: 'manual' });
    const cookie = String(entered.headers.get('set-cookie')).split(';')[0] ?? '';
    const port = await victimAt(server.port);
    const from = { address: '127.0.0.2', port };
    expect((await fetch(`http://127.0.0.1:${server.port}/`, { headers: { cookie } })).status).toBe(200);
    expect(await run(asking(server.port, '/', from, `Cookie: ${cookie}\\r\\n`), STRANGER)).toContain('403');
    const knock = `Cookie: ${cookie}\\r\\nOrigin: http://127.0.0.1:${server.port}\\r\\nUpgrade: websocket\\r\\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\\r\\nSec-WebSocket-Version: 13\\r\\nSec-WebSocket-Protocol: keybridge, ${'n'.repeat(43)}\\r\\n`;
    const program = asking(server.port, '/api', { address: '127.0.0.3', port }, knock);
    expect(await run(program.replace('Connection: close', 'Connection: Upgrade'), STRANGER)).toContain('403');
    expect(served).toEqual([]);
  });

  test('cannot end a sign-in of which they have read the link, nor bring a code of their own', async () => {
    const arrivals: URL[] = [];
    const listening = await callbackListener()({ host: '127.0.0.1', port: 0, path: '/callback' }, arrival => {
      arrivals.push(arrival.url);
      arrival.answer({ status: 200, title: 'Done', text: 'Done.' });
    });
    onTestFinished(() => listening.close());
    const from = { address: '127.0.0.1', port: 0 };
    for (const query of ['code=theirs&state=known', 'error=access_denied&state=known'])
      expect(await run(asking(listening.port, `/callback?${query}`, from), STRANGER)).toContain('403');
    expect(arrivals).toEqual([]);
    expect((await fetch(`${listening.redirectUri}?code=c&state=known`)).status).toBe(200);
    expect(arrivals).toHaveLength(1);
  });

  test('who has half closed the connection, or reset it, is no less a stranger', async () => {
    const { server } = await windowServed();
    const { search } = new URL(server.address());
    const half = asking(server.port, `/${search}`, { address: '127.0.0.2', port: 0 }).replace(
      'setTimeout(() => socket.destroy(), 5000).unref();',
      'socket.end();',
    );
    expect(await run(half, STRANGER)).not.toContain('303');
    expect((await fetch(server.address(), { redirect: 'manual' })).status).toBe(303);
    expect((await fetch(`http://127.0.0.1:${server.port}/${search}`, { redirect: 'manual' })).status).toBe(
      303,
    );
  });
});

describe('a browser that Keybridge starts', () => {
  /** A browser that writes down what it is given and shows nothing. */
  function browser(): { path: string; given: () => string[] } {
    const folder = mkdtempSync(join(tmpdir(), 'kb-browser-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'browser');
    const log = join(folder, 'arguments');
    writeFileSync(path, `#!/bin/sh\nfor each in "$@"; do echo "$each"; done >> '${log}'\n`, { mode: 0o755 });
    return { path, given: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []) };
  }

  test.skipIf(process.platform !== 'linux')(
    'another user finds no address in an argument list that is of use to them',
    async () => {
      const { path, given } = browser();
      const installation = install({ KEYBRIDGE_BROWSER: path });
      onTestFinished(() => installation.close());
      expect(await installation.run(['open'])).toMatchObject({ code: 0, stderr: '' });
      const [argument = '', ...more] = given();
      expect(more).toEqual([]);
      expect(argument).not.toContain('ticket');
      const url = new URL(argument);
      // Without the word it has nothing, and as a ticket for anybody it does not count.
      for (const other of [url.origin, `${url.origin}/${url.search.replace('entry', 'landing')}`])
        expect((await fetch(other, { redirect: 'manual' })).status).toBe(403);
      if (process.getuid?.() === 0) {
        const from = { address: '127.0.0.2', port: 0 };
        expect(await run(asking(Number(url.port), `/${url.search}`, from), STRANGER)).toContain('403');
      }
      expect((await fetch(url, { redirect: 'manual' })).status).toBe(303);
      expect((await fetch(url, { redirect: 'manual' })).status).toBe(403);
    },
  );
});

/** Numbers that are the same in every run. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe('the kernel’s table of connections, whatever stands in it', () => {
  const ends: Ends = {
    localAddress: '127.0.0.1',
    localPort: 8080,
    remoteAddress: '127.0.0.1',
    remotePort: 8081,
  };
  const [HERE, THERE] = ['0100007F:1F90', '0100007F:1F91'];
  const row = connectionRow;

  test.skipIf(process.platform !== 'linux')(
    'names nobody the user but by exactly one whole row, and never throws',
    async () => {
      const own = process.getuid?.() ?? 0;
      const stranger = own + 4711;
      const random = seeded(20_260_101);
      const pick = <T>(of: readonly T[]): T => of[random(of.length)] as T;
      const addresses = [HERE, THERE, '0200007F:1F91', '0200007F:1F90', '00000000:0000', '0100007F:1F9'];
      const states = ['01', '02', '04', '06', '08', '0A', '1', ''];
      for (let round = 0; round < 3_000; round++) {
        const lines = Array.from({ length: random(8) }, () => {
          const line = row(pick(addresses), pick(addresses), pick(states), pick([own, stranger, 0]));
          if (random(4) > 0) return line;
          // Torn, doubled, with a sign changed, or no row at all.
          const at = random(line.length);
          return pick([
            line.slice(at),
            line.slice(0, at),
            line + line,
            `${line.slice(0, at)}${pick(['\0', ' ', '\t', 'é', ':', '\r'])}${line.slice(at + 1)}`,
            'x'.repeat(random(300)),
          ]);
        });
        const table = lines.join('\n');
        const whole = lines.flatMap(
          line =>
            new RegExp(
              `^  12: ${THERE} ${HERE} 01 [0-9A-F]{8}:[0-9A-F]{8} [0-9A-F]{2}:[0-9A-F]{8} [0-9A-F]{8}  (\\d+)        0 12345 1`,
            ).exec(line)?.[1] ?? [],
        );
        expect(ownersIn(table, ends), table).toHaveLength(whole.length);
        const listener = row(HERE, '00000000:0000', '0A', own);
        const whose = await peerOf(ends, async () => `${table}\n${listener}\n`, false);
        // Both tables say the same here, so that every row is there twice: never the user's own.
        expect(whose).toBe('other');
        const once = await peerOf(
          ends,
          async path => (path === '/proc/net/tcp' ? `${table}\n${listener}\n` : undefined),
          false,
        );
        const isOwn = whole.length === 1 && [own, 0].includes(Number(whole[0]));
        expect(once, table).toBe(isOwn ? 'own' : 'other');
      }
    },
  );
});
