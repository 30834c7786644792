import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Installation, install, until } from '../support/keybridge.ts';
import { isRunning, memoryOf, SHOWS_PROCESSES } from '../support/processes.ts';

const MEGABYTE = 1024 * 1024;
const SIZE = 100;
const BLOCK = Buffer.alloc(MEGABYTE, `${'.'.repeat(62)}\\n`);

/** A server whose tools answer with a hundred megabytes, take as much, and hold what they say until told. */
interface LargeServer {
  url: string;
  /** Answers that have stopped in the middle. */
  stopped: ServerResponse[];
  /** Bytes of the requests that came. */
  received: number[];
  /** Megabytes written. */
  written: number;
  close(): void;
}

async function write(server: LargeServer, res: ServerResponse, id: unknown, stop: boolean): Promise<void> {
  res.on('error', () => {});
  res.writeHead(200, { 'content-type': 'application/json' });
  res.write('{"jsonrpc":"2.0","result":{"text":"');
  for (let count = 0; count < SIZE && !res.destroyed; count++) {
    if (stop && count === SIZE / 2) {
      server.stopped.push(res);
      return;
    }
    server.written++;
    if (!res.write(BLOCK)) await room(res);
  }
  res.end(`"},"id":${JSON.stringify(id)}}`);
}

/** Resolves when more may be written, or nothing can be any more. */
function room(res: ServerResponse): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      res.off('drain', done).off('close', done);
      resolve();
    };
    res.on('drain', done).on('close', done);
  });
}

async function largeServer(): Promise<LargeServer> {
  const http: Server = createServer(async (req, res) => {
    if (req.method !== 'POST') return res.writeHead(405).end();
    let [beginning, size] = ['', 0];
    for await (const chunk of req) {
      if (size === 0) beginning = chunk.toString('latin1', 0, 400);
      size += chunk.length;
    }
    const id = /"id":(\d+)/.exec(beginning)?.[1];
    const method = /"method":"([^"]*)"/.exec(beginning)?.[1] ?? '';
    if (id === undefined) return res.writeHead(202).end();
    if (size > MEGABYTE) server.received.push(size);
    if (method === 'big' || method === 'stops') return write(server, res, Number(id), method === 'stops');
    const result =
      method === 'initialize'
        ? { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 'large', version: '1' } }
        : { size };
    res.writeHead(200, { 'content-type': 'application/json' });
    return res.end(JSON.stringify({ jsonrpc: '2.0', id: Number(id), result }));
  });
  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve));
  const server: LargeServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    stopped: [],
    received: [],
    written: 0,
    close: () => {
      http.closeAllConnections();
      http.close();
    },
  };
  return server;
}

/** A host that keeps the beginning of each line and its length, and can stop reading. */
async function connect(installation: Installation, url: string) {
  const child = installation.start([url]);
  const lines: { beginning: string; end: string; size: number }[] = [];
  let line = { beginning: '', end: '', size: 0 };
  child.stdout?.on('data', (chunk: Buffer) => {
    for (let rest = chunk; rest.length > 0; ) {
      const end = rest.indexOf(10);
      const part = end === -1 ? rest : rest.subarray(0, end);
      line.size += part.length;
      if (line.beginning.length < 300) line.beginning += part.toString('latin1', 0, 2000);
      line.end = (line.end + part.toString('latin1', Math.max(0, part.length - 40))).slice(-40);
      if (end === -1) return;
      lines.push(line);
      line = { beginning: '', end: '', size: 0 };
      rest = rest.subarray(end + 1);
    }
  });
  let last = 0;
  const send = (method: string, params = '{}') => {
    child.stdin?.write(`{"jsonrpc":"2.0","id":${++last},"method":"${method}","params":${params}}\n`);
    return last;
  };
  const answers = (id: number) =>
    lines.filter(({ beginning, end }) => `${beginning}${end}`.includes(`"id":${id}`));
  const answer = (id: number) => until(`${id} is answered`, () => answers(id)[0], 60_000);
  const host = { child, pid: child.pid ?? 0, lines, send, answers, answer };
  await answer(
    send('initialize', '{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"h"}}'),
  );
  child.stdin?.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
  await answer(send('small'));
  return host;
}

let server: LargeServer;
let installation: Installation;

beforeEach(async () => {
  server = await largeServer();
  installation = install();
});

afterEach(async () => {
  server.close();
  await installation.close();
});

const brokerPid = async () => (await installation.status()).pid;

/** The most megabytes of memory that processes come to hold over what they hold now, while work is done. */
async function growth(pids: number[], work: () => Promise<void>): Promise<number[]> {
  const before = pids.map(memoryOf);
  const most = [...before];
  const timer = setInterval(() => {
    for (const [index, pid] of pids.entries()) most[index] = Math.max(most[index] ?? 0, memoryOf(pid));
  }, 5);
  await work();
  clearInterval(timer);
  return most.map((each, index) => (each - (before[index] ?? 0)) / MEGABYTE);
}

it('an answer of 100 MB passes: the broker holds none of it, the bridge one of it, a second host is not delayed', async () => {
  const [host, other] = [await connect(installation, server.url), await connect(installation, server.url)];
  const echoes: number[] = [];
  const grown = await growth([await brokerPid(), host.pid], async () => {
    const big = host.send('big');
    const done = host.answer(big);
    let over = false;
    void done.finally(() => {
      over = true;
    });
    while (!over) {
      const begun = performance.now();
      await other.answer(other.send('small'));
      echoes.push(performance.now() - begun);
    }
    expect((await done).size).toBeGreaterThan(SIZE * MEGABYTE);
  });
  expect(Math.max(...echoes)).toBeLessThan(1_000);
  if (!SHOWS_PROCESSES) return;
  expect(grown[0]).toBeLessThan(SIZE * 0.8);
  expect(grown[1]).toBeLessThan(SIZE * 1.4);
}, 60_000);

it('a request of 100 MB reaches the server whole; bridge and broker hold it once, and let it go', async () => {
  const host = await connect(installation, server.url);
  const text = '.'.repeat(SIZE * MEGABYTE);
  const grown = await growth([await brokerPid(), host.pid], async () => {
    const big = host.send('sink', `{"text":"${text}"}`);
    const small = host.send('small');
    expect((await host.answer(big)).beginning).toContain(`"size":${server.received[0]}`);
    await host.answer(small);
  });
  expect(server.received).toHaveLength(1);
  expect(server.received[0]).toBeGreaterThan(SIZE * MEGABYTE);
  if (!SHOWS_PROCESSES) return;
  for (const each of grown) expect(each).toBeLessThan(SIZE * 1.6);
}, 60_000);

it('a small answer overtakes a large one; where the server breaks off, that one is an error', async () => {
  const host = await connect(installation, server.url);
  const big = host.send('stops');
  await until('the answer has stopped', () => server.stopped.length === 1);
  await host.answer(host.send('small'));
  expect(host.answers(big)).toEqual([]);
  server.stopped[0]?.destroy();
  expect((await host.answer(big)).beginning).toContain('server.stream-lost');
  await host.answer(host.send('small'));
  expect(host.answers(big)).toHaveLength(1);
}, 60_000);

it('a broker killed in the middle of a large answer leaves no half of it, and one error', async () => {
  const host = await connect(installation, server.url);
  const big = host.send('stops');
  await until('the answer has stopped', () => server.stopped.length === 1);
  process.kill(await brokerPid(), 'SIGKILL');
  expect((await host.answer(big)).beginning).toContain('broker.lost');
  await host.answer(host.send('small'));
  expect(host.answers(big)).toHaveLength(1);
  expect(host.lines.every(({ beginning }) => beginning.startsWith('{"'))).toBe(true);
}, 60_000);

it('a host that does not read makes its server wait, and nobody hold its answers', async () => {
  const host = await connect(installation, server.url);
  host.child.stdout?.pause();
  const pids = [await brokerPid(), host.pid];
  const calls: number[] = [];
  const grown = await growth(pids, async () => {
    for (let count = 0; count < 10; count++) calls.push(host.send('big'));
    let before = -1;
    await until(
      'the server waits',
      async () => {
        if (server.written > SIZE && server.written === before) return true;
        before = server.written;
        await new Promise(resolve => setTimeout(resolve, 500));
        return false;
      },
      30_000,
    );
  });
  expect(pids.every(isRunning)).toBe(true);
  if (SHOWS_PROCESSES) {
    expect(grown[0]).toBeLessThan(SIZE);
    expect(grown[1]).toBeLessThan(SIZE * 1.6);
  }
  host.child.stdout?.resume();
  for (const call of calls) expect((await host.answer(call)).size).toBeGreaterThan(SIZE * MEGABYTE);
}, 120_000);
