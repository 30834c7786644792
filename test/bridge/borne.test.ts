import { afterEach, describe, expect, test } from 'vitest';
import { data, initialized, json, result, serve, stream, type TestServer } from '../support/http-server.ts';
import { connect, fault, type Host, until } from '../support/mcp-host.ts';
import { quicken } from '../support/span.ts';

/*
 * What real servers do that no specification has, and that is no reason to fail.
 */

let server: TestServer;
let host: Host | undefined;
afterEach(async () => {
  await host?.channel.close();
  await server.close();
});

type Answer = Parameters<typeof serve>[0];

/** A server with sessions and a stream of its own, which answers `call` as the test says. */
async function start(
  call: Answer,
  { session = ['mcp-session-id', 's1'] as string[], get = undefined as Answer | undefined } = {},
) {
  let own: Parameters<Answer>[1] | undefined;
  const state = { begun: 0, opened: 0 };
  server = await serve((seen, res, req) => {
    const { id, method } = seen.rpc;
    if (method === 'initialize') {
      state.begun++;
      res.writeHead(200, ['content-type', 'application/json', ...session]);
      return res.end(JSON.stringify(initialized(id)));
    }
    if (seen.method === 'GET') {
      state.opened++;
      if (get && state.opened > 1) return get(seen, res, req);
      own = res;
      return stream(res, data({ jsonrpc: '2.0', method: 'notifications/ready' }));
    }
    if (seen.method === 'DELETE' || id === undefined) return res.writeHead(202).end();
    if (method === 'call') return call(seen, res, req);
    return json(res, result(id));
  });
  const connected = connect(server.url, { world: quicken(20) });
  host = connected.host;
  await host.initialize();
  await host.hears(one => one.method === 'notifications/ready');
  return {
    ...connected,
    state,
    say: (body: unknown) => own?.write(`${data(body)}\n\n`),
    cut: () => own?.destroy(),
  };
}

describe('an answer on the server’s own stream', () => {
  test.each<[string, Answer]>([
    ['202', (_, res) => res.writeHead(202).end()],
    ['an empty body', (_, res) => res.writeHead(200, { 'content-type': 'application/json' }).end()],
    ['an empty stream', (_, res) => res.writeHead(200, { 'content-type': 'text/event-stream' }).end()],
  ])('reaches the host, though the request itself was answered with %s', async (_, answer) => {
    const { host, say } = await start((seen, res, req) => {
      answer(seen, res, req);
      setImmediate(() => say(result(seen.rpc.id, { from: 'elsewhere' })));
    });
    expect((await host.ask('call')).result).toEqual({ from: 'elsewhere' });
  });

  test('that never comes is an error after a while', async () => {
    const { host } = await start((_, res) => res.writeHead(202).end());
    expect(fault(await host.ask('call'))?.code).toBe('server.not-mcp');
  });
});

test.each(['response', 'result', 'mcp', 'error'])(
  'an answer in an event of the type %j reaches the host',
  async type => {
    const { host } = await start((seen, res) => {
      stream(res, `event: ${type}\n${data(result(seen.rpc.id, { as: type }))}`);
      res.end();
    });
    expect((await host.ask('call')).result).toEqual({ as: type });
  },
);

describe('an answer inside a refusal', () => {
  const error = { code: -32_000, message: 'The quota of this month is used up.' };
  const said = (id: unknown) => ({ jsonrpc: '2.0', id, error });
  test.each<[string, (id: unknown) => string, string]>([
    ['as JSON', id => JSON.stringify(said(id)), 'application/json'],
    ['as text', id => JSON.stringify(said(id)), 'text/plain'],
    ['as an event stream', id => `event: message\n${data(said(id))}\n\n`, 'text/event-stream'],
    ['as an event stream that nothing ends', id => data(said(id)), 'text/event-stream'],
    ['without an id', () => JSON.stringify(said(null)), 'application/json'],
  ])('%s reaches the host in the server’s own words', async (_, body, type) => {
    const { host } = await start((seen, res) =>
      res.writeHead(422, { 'content-type': type }).end(body(seen.rpc.id)),
    );
    expect((await host.ask('call')).error).toEqual(error);
  });
});

describe('a session id', () => {
  test('that comes twice is one', async () => {
    const { upstream } = await start((seen, res) => json(res, result(seen.rpc.id)), {
      session: ['mcp-session-id', 's1', 'Mcp-Session-Id', 's1'],
    });
    expect(upstream.sessionId).toBe('s1');
  });

  test('that is empty is none', async () => {
    const { upstream, host } = await start((seen, res) => json(res, result(seen.rpc.id)), {
      session: ['mcp-session-id', ''],
    });
    expect(upstream.sessionId).toBeUndefined();
    expect((await host.ask('call')).error).toBeUndefined();
  });
});

describe('the server’s own stream, cut and refused when it is opened again', () => {
  test.each([
    [400, '{"error":"A stream for this session already exists"}'],
    [400, '{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"Bad Request"}}'],
    [404, ''],
  ])('with %i %s leaves the session as it is while calls in it go through', async (status, body) => {
    const { host, state, cut } = await start(
      (seen, res) => json(res, result(seen.rpc.id, { session: seen.headers['mcp-session-id'] })),
      {
        get: (_, res) => res.writeHead(status).end(body),
      },
    );
    cut();
    await until(() => state.opened >= 3);
    expect((await host.ask('call')).result).toEqual({ session: 's1' });
    expect(state.begun).toBe(1);
  });
});

test.each([
  [404, 'Session not found'],
  [400, 'Bad Request: No valid session ID provided'],
])(
  'a restarted server that knows no session, and says so with %i and an error of its own, is noticed',
  async (status, message) => {
    let isKnown = true;
    const sessions: string[] = [];
    server = await serve((seen, res) => {
      const { id, method } = seen.rpc;
      if (method === 'initialize') {
        isKnown = true;
        sessions.push(`s${sessions.length + 1}`);
        return json(res, initialized(id), 200, { 'mcp-session-id': sessions.at(-1) ?? '' });
      }
      if (!isKnown) return json(res, { jsonrpc: '2.0', id: null, error: { code: -32_001, message } }, status);
      if (seen.method === 'GET')
        return stream(res, data({ jsonrpc: '2.0', method: `notifications/${sessions.at(-1)}` }));
      return res.writeHead(202).end();
    });
    const connected = connect(server.url, { world: quicken(20) });
    host = connected.host;
    await host.initialize();
    await host.hears(one => one.method === 'notifications/s1');
    isKnown = false;
    server.breakAll();
    await host.hears(one => one.method === 'notifications/s2');
    expect(sessions).toEqual(['s1', 's2']);
  },
);

test('an error of a call that speaks of a session reaches the host, and the call is made once', async () => {
  const error = { code: -32_000, message: 'The session with the database was closed.' };
  const { host, state } = await start((seen, res) =>
    json(res, { jsonrpc: '2.0', id: seen.rpc.id, error }, 422),
  );
  expect((await host.ask('call')).error).toEqual(error);
  expect(server.of('POST', 'call')).toHaveLength(1);
  expect(server.of('DELETE')).toHaveLength(0);
  expect(state.begun).toBe(1);
});

test.each([
  [403, '{"error":"This session may not call that tool; its rights have expired"}'],
  [429, '{"error":"Too many requests in this session; no longer served"}'],
  [500, '{"error":"Something is unknown"}'],
])('a refusal for another reason, with %i %s, costs no session', async (status, body) => {
  const { host, state } = await start((_, res) =>
    res.writeHead(status, { 'content-type': 'application/json' }).end(body),
  );
  expect((await host.ask('call')).error).toBeDefined();
  expect(state.begun).toBe(1);
});
