import { afterEach, expect, test } from 'vitest';
import {
  data,
  type Handler,
  initialized,
  json,
  result,
  serve,
  stream,
  type TestServer,
} from '../support/http-server.ts';
import { connect, fault, type Host, until } from '../support/mcp-host.ts';
import { type PlainSpan, quicken } from '../support/span.ts';

let server: TestServer;
let host: Host | undefined;
afterEach(async () => {
  await host?.channel.close();
  await server.close();
});

async function start(post: Handler, get: Handler = (_seen, res) => res.writeHead(405).end()) {
  server = await serve((seen, res, req) => {
    if (seen.rpc.method === 'initialize')
      return json(res, initialized(seen.rpc.id), 200, { 'mcp-session-id': 's1' });
    if (seen.rpc.method === 'notifications/initialized') return res.writeHead(202).end();
    if (seen.method === 'DELETE') return res.writeHead(204).end();
    return (seen.method === 'GET' ? get : post)(seen, res, req);
  });
  const connected = connect(server.url, { world: quicken(50) });
  host = connected.host;
  await host.initialize();
  return { ...connected, server };
}

/** Ends a response without its proper end, as a restarted proxy does. */
const drop = (res: Parameters<Handler>[1]) => res.write(': bye\n\n', () => res.destroy());

/** The waits before a stream was opened again, as the trace tells them. */
const waits = ({ notes }: PlainSpan): number[] =>
  notes.flatMap(note => Number(/(?:resumed|opened again) in (\d+) ms/.exec(note)?.[1] ?? Number.NaN) || []);

test('fault 9 of mcp-remote: a call whose answer stream breaks off is answered', async () => {
  const { host } = await start((_seen, res) => {
    stream(res, ': begun');
    drop(res);
  });
  const answer = await host.ask('slow', {}, 'x');
  expect(fault(answer)?.code).toBe('server.stream-lost');
  expect(answer.error?.message).toContain('slow was running; it may or may not have been carried out');
  const ended = await (async () => {
    await host.channel.close();
    await host.ended;
    return host.answers('x');
  })();
  expect(ended).toBe(1);
});

test('a broken answer stream is resumed after its last event, as often as it breaks, honouring retry', async () => {
  let calls = 0;
  const { host, server, span } = await start(
    (_seen, res) => {
      stream(
        res,
        'id: e0\nretry: 700\ndata:',
        `id: e1\n${data({ jsonrpc: '2.0', method: 'notifications/one' })}`,
      );
      drop(res);
    },
    (seen, res) => {
      const last = seen.headers['last-event-id'];
      if (last === undefined) return res.writeHead(405).end();
      calls++;
      if (calls < 8) {
        stream(res, `id: e${calls + 1}\n${data({ jsonrpc: '2.0', method: `notifications/${calls}` })}`);
        return drop(res);
      }
      stream(res, data(result('x', { last })));
      return res.end();
    },
  );
  expect((await host.ask('slow', {}, 'x')).result).toEqual({ last: 'e8' });
  const resumed = server.of('GET').flatMap(({ headers }) => headers['last-event-id'] ?? []);
  expect(resumed).toEqual(['e1', 'e2', 'e3', 'e4', 'e5', 'e6', 'e7', 'e8']);
  expect(waits(span)).toHaveLength(8);
  for (const wait of waits(span)) expect(wait).toBeGreaterThanOrEqual(700);
  expect(Math.max(...waits(span))).toBeLessThan(1000);
  expect(server.of('GET').every(({ headers }) => headers['mcp-session-id'] === 's1')).toBe(true);
});

test('a stream that the server cannot resume is lost after five tries, each later than the one before', async () => {
  const { host, server, span } = await start(
    (_seen, res) => {
      stream(res, 'id: e1\ndata:');
      drop(res);
    },
    (seen, res) => res.writeHead(seen.headers['last-event-id'] ? 503 : 405).end(),
  );
  const answer = await host.ask('slow');
  expect(fault(answer)?.code).toBe('server.stream-lost');
  expect(server.of('GET').filter(({ headers }) => headers['last-event-id'])).toHaveLength(5);
  expect(waits(span)).toHaveLength(5);
  for (const [at, least] of [1000, 2000, 4000, 8000, 16_000].entries()) {
    expect(waits(span)[at]).toBeGreaterThanOrEqual(least);
  }
});

test('a server without a stream of its own is asked once', async () => {
  const { host, server, span } = await start((seen, res) => json(res, result(seen.rpc.id)));
  await until(() => span.notes.some(note => note.includes('no stream')));
  for (let count = 0; count < 5; count++) await host.ask('ping');
  expect(server.of('GET')).toHaveLength(1);
});

test('fault 12 of mcp-remote: the notification stream comes back however often it ends', async () => {
  let count = 0;
  const { host, server, span } = await start(
    (seen, res) => json(res, result(seen.rpc.id)),
    (_seen, res) => {
      count++;
      stream(res, `id: n${count}\nretry: 0\n${data({ jsonrpc: '2.0', method: `notifications/${count}` })}`);
      if (count % 2) res.end();
      else drop(res);
    },
  );
  await host.hears(one => one.method === 'notifications/12');
  const ids = server.of('GET').map(({ headers }) => headers['last-event-id']);
  expect(ids.slice(0, 12)).toEqual([undefined, ...Array.from({ length: 11 }, (_, at) => `n${at + 1}`)]);
  // No host asked for any of it, so the server is not asked more than once a second.
  for (const wait of waits(span)) expect(wait).toBeGreaterThanOrEqual(1000);
});

test('a notification stream that ends at once is not a busy loop', async () => {
  const { server, span } = await start(
    () => {},
    (_seen, res) => {
      stream(res, 'retry: 0\n');
      res.end();
    },
  );
  await until(() => server.of('GET').length === 6);
  for (const [at, least] of [1000, 2000, 4000, 8000, 16_000].entries()) {
    expect(waits(span)[at]).toBeGreaterThanOrEqual(least);
  }
});

test('a server that never ends its answer stream costs no connection', async () => {
  let open = 0;
  const { host } = await start((seen, res) => {
    open++;
    res.on('close', () => open--);
    stream(res, data(result(seen.rpc.id)));
  });
  for (let count = 0; count < 5; count++) await host.ask('call');
  await until(() => open === 0);
});
