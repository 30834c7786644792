import type { ServerResponse } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { data, initialized, json, result, serve, stream, type TestServer } from '../support/http-server.ts';
import { connect, fault, type Host, until } from '../support/mcp-host.ts';
import { quicken } from '../support/span.ts';

let server: TestServer;
let host: Host | undefined;
afterEach(async () => {
  await host?.channel.close();
  await server.close();
});

/** HTTP+SSE by hand: each stream has its own endpoint; a POST to it is answered on the stream. */
async function start(endpoint = (id: number) => `/messages/${id}`, streamStatus = 200) {
  let streams = 0;
  let current: ServerResponse | undefined;
  const announced: string[] = [];
  server = await serve((seen, res) => {
    if (seen.method === 'GET') {
      if (streamStatus !== 200) return res.writeHead(streamStatus).end();
      current = res;
      return stream(res, `event: endpoint\ndata: ${endpoint(++streams)}`);
    }
    if (seen.path === '/mcp') return res.writeHead(405).end();
    const { id, method } = seen.rpc;
    if (seen.path !== `/messages/${streams}`) return res.writeHead(404).end();
    res.writeHead(202).end('Accepted');
    if (method === 'notifications/initialized') announced.push(seen.path);
    if (id === undefined || method === 'never') return;
    stream(
      current as ServerResponse,
      data(method === 'initialize' ? initialized(id) : result(id, { streams })),
    );
  });
  return { drop: () => current?.destroy(), announced };
}

test('what the server takes for a stream that has ended meanwhile is told so, and not waited for', async () => {
  const { drop } = await start();
  const taken = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  let waits = false;
  const connected = connect(server.url, {
    authorize: async () => {
      if (!waits) return undefined;
      begun.resolve();
      await taken.promise;
      return undefined;
    },
  });
  host = connected.host;
  await host.initialize('2024-11-05');
  await host.ask('ping');
  waits = true;
  const asked = host.ask('never', {}, 'x');
  await begun.promise;
  drop();
  await until(() => connected.span.notes.some(note => note.includes('opened again in')));
  waits = false;
  taken.resolve();
  expect(fault(await asked)?.code).toBe('server.stream-lost');
  expect((await host.ask('ping')).result).toEqual({ streams: 2 });
});

test('when the stream drops, what is open is told, and what follows runs on a new session', async () => {
  const { drop, announced } = await start();
  const connected = connect(server.url);
  host = connected.host;
  await host.initialize('2024-11-05');
  expect(connected.upstream.transport).toBe('http+sse');
  const lost = host.ask('never', {}, 'x');
  await until(() => server.of('POST', 'never').length === 1);
  await host.ask('ping');
  drop();
  expect(fault(await lost)?.code).toBe('server.stream-lost');
  expect((await host.ask('ping')).result).toEqual({ streams: 2 });
  expect(announced).toEqual(['/messages/1', '/messages/2']);
  const again = () => connected.span.notes.filter(note => note.includes('opened again in')).length;
  drop();
  await until(() => again() === 2);
  expect((await host.ask('ping')).result).toEqual({ streams: 3 });
  expect(host.answers('x')).toBe(1);
  // Answers to our own initialize stay with us.
  expect(host.heard.filter(one => one.result?.serverInfo)).toHaveLength(1);
});

test('an address for messages on another origin is not used', async () => {
  await start(() => 'http://127.0.0.1:1/messages');
  ({ host } = connect(server.url));
  const answer = await host.ask('initialize');
  expect(fault(answer)?.code).toBe('net.redirect');
  expect(answer.error?.message).toContain('http://127.0.0.1:1');
});

test('a server that speaks neither transport is said to, with both statuses', async () => {
  await start(undefined, 404);
  ({ host } = connect(server.url));
  const answer = await host.ask('initialize');
  expect(fault(answer)?.code).toBe('server.not-mcp');
  expect(answer.error?.message).toMatch(/405.*404/);
  // And the next try finds out anew.
  expect(fault(await host.ask('initialize'))?.code).toBe('server.not-mcp');
  expect(server.of('GET')).toHaveLength(2);
});

test('a server that refuses both transports alike is said to once', async () => {
  server = await serve((_seen, res) => res.writeHead(404).end());
  ({ host } = connect(server.url));
  const message = (await host.ask('initialize')).error?.message ?? '';
  expect(message.match(/status 404/g)).toHaveLength(1);
  expect(message).toContain('Check the URL');
});

test('http-only and sse-only mean it', async () => {
  await start();
  const http = connect(server.url, { transport: 'http-only' });
  expect(fault(await http.host.ask('initialize'))?.code).toBe('server.refused');
  expect(server.of('GET')).toHaveLength(0);
  await http.host.channel.close();
  await server.close();

  server = await serve((seen, res) =>
    seen.method === 'GET' ? res.writeHead(405).end() : json(res, initialized(seen.rpc.id)),
  );
  const sse = connect(server.url, { transport: 'sse-only' });
  expect(fault(await sse.host.ask('initialize'))?.code).toBe('server.refused');
  expect(server.of('POST')).toHaveLength(0);
  await sse.host.channel.close();
});

test('a 401 while the transport is looked for leads to a sign-in, not to the other transport', async () => {
  server = await serve((seen, res) => {
    if (seen.headers.authorization !== 'Bearer t') return res.writeHead(401).end();
    if (seen.method === 'GET') return res.writeHead(405).end();
    json(res, initialized(seen.rpc.id));
  });
  for (const transport of ['http-first', 'sse-first'] as const) {
    let token: string | undefined;
    const { host, upstream } = connect(server.url, {
      transport,
      authorize: async refusal => {
        if (refusal) token = 't';
        return token;
      },
    });
    expect((await host.ask('initialize')).result).toBeDefined();
    expect(upstream.transport).toBe('streamable-http');
    await host.channel.close();
  }
});

test('a JSON-RPC error to the first POST is an answer, and not a reason to look for HTTP+SSE', async () => {
  server = await serve((seen, res) =>
    json(
      res,
      { jsonrpc: '2.0', id: seen.rpc.id, error: { code: -32602, message: 'Unsupported version' } },
      400,
    ),
  );
  ({ host } = connect(server.url));
  expect((await host.ask('initialize')).error?.message).toBe('Unsupported version');
  expect(server.of('GET')).toHaveLength(0);
});

test('a server whose GET stream names no endpoint is asked by POST, and nothing of it is lost', async () => {
  const closed = Promise.withResolvers<void>();
  server = await serve(async (seen, res) => {
    if (seen.method === 'GET') {
      res.on('close', () => closed.resolve());
      return stream(res, ': silent');
    }
    await closed.promise;
    setTimeout(() => json(res, initialized(seen.rpc.id)), 20);
  });
  const connected = connect(server.url, { transport: 'sse-first' });
  host = connected.host;
  expect((await host.ask('initialize')).result).toBeDefined();
  expect(connected.upstream.transport).toBe('streamable-http');
});

test('a server that stays away is waited for, and then named as the cause', async () => {
  const { drop } = await start();
  const connected = connect(server.url, { world: quicken(100) });
  host = connected.host;
  await host.initialize();
  await host.ask('ping');
  await server.close();
  drop();
  await until(() => connected.span.notes.some(note => note.includes('opened again in')));
  expect(fault(await host.ask('ping'))?.code).toBe('net.refused');
});

test('a request that waits for a stream is sent on the next that stands, however many broke before they did', async () => {
  let streams = 0;
  let current: ServerResponse | undefined;
  server = await serve((seen, res) => {
    if (seen.method === 'GET') {
      current = res;
      return stream(res, `event: endpoint\ndata: /messages/${++streams}`);
    }
    if (seen.path === '/mcp') return res.writeHead(405).end();
    const { id, method } = seen.rpc;
    res.writeHead(202).end();
    // Of the second stream no more than its address for messages comes.
    if (method === 'initialize' && streams === 2) return current?.destroy();
    if (id === undefined) return;
    stream(
      current as ServerResponse,
      data(method === 'initialize' ? initialized(id) : result(id, { streams })),
    );
  });
  const connected = connect(server.url, { world: quicken(100) });
  host = connected.host;
  await host.initialize('2024-11-05');
  current?.destroy();
  await until(() => connected.span.notes.some(note => note.includes('opened again in')));
  expect((await host.ask('ping')).result).toEqual({ streams: 3 });
});
