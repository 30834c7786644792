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

interface Quirks {
  /** How the server says that it does not know a session. */
  status: number;
  body: string;
  /** No new session after the first. */
  refusesAnother?: boolean;
}

/** A server with one session at a time, which the test makes it forget. */
async function start({ status, body, refusesAnother }: Quirks) {
  const state = { sessions: 0, current: '', announced: 0, listening: 0, calls: [] as unknown[] };
  server = await serve((seen, res) => {
    const { id, method } = seen.rpc;
    if (method === 'initialize') {
      if (refusesAnother && state.sessions > 0) return json(res, { error: 'full' }, 503);
      state.current = `s${++state.sessions}`;
      return json(res, initialized(id), 200, { 'mcp-session-id': state.current });
    }
    if (seen.headers['mcp-session-id'] !== state.current) {
      return res.writeHead(status, { 'content-type': 'application/json' }).end(body);
    }
    if (seen.method === 'DELETE') return res.writeHead(200).end();
    if (seen.method === 'GET') {
      state.listening++;
      return stream(
        res,
        ': listening',
        data({ jsonrpc: '2.0', method: `notifications/of-${state.current}` }),
      );
    }
    if (method === 'notifications/initialized') state.announced++;
    if (id === undefined) return res.writeHead(202).end();
    state.calls.push(id);
    return json(res, result(id, { session: state.current }));
  });
  const connected = connect(server.url);
  host = connected.host;
  await host.initialize();
  await host.hears(one => one.method === 'notifications/of-s1');
  return { ...connected, state, forget: () => (state.current = 'none') };
}

const ways: [string, Quirks][] = [
  [
    '404',
    {
      status: 404,
      body: '{"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"Session not found"}}',
    },
  ],
  ['a bare 404', { status: 404, body: '' }],
  ['400 (fault 12 of mcp-remote)', { status: 400, body: '{"error":"No valid session ID provided"}' }],
];

test.each(ways)(
  'a session lost with %s is begun again once for all, unseen by the host',
  async (_name, quirks) => {
    const { host, state, forget, upstream } = await start(quirks);
    expect((await host.ask('call')).result).toEqual({ session: 's1' });
    forget();
    const answers = await Promise.all(Array.from({ length: 10 }, (_, at) => host.ask('call', {}, `x${at}`)));
    expect(answers.map(answer => answer.result)).toEqual(Array(10).fill({ session: 's2' }));
    expect(state).toMatchObject({ sessions: 2, announced: 2 });
    await host.hears(one => one.method === 'notifications/of-s2');
    expect(upstream.sessionId).toBe('s2');
    // Nobody ran twice, and the second answer to initialize stayed with us.
    expect(state.calls).toHaveLength(11);
    expect(host.heard).toHaveLength(1 + 1 + 10 + 2);
    const [first, second] = server.of('POST', 'initialize');
    expect(second?.rpc.id).not.toEqual(first?.rpc.id);
    expect(second?.rpc.params).toEqual(first?.rpc.params);
    expect(second?.headers['mcp-session-id']).toBeUndefined();
  },
);

test('a refusal of the old session that comes late does not cost the new one', async () => {
  const late = Promise.withResolvers<void>();
  let sessions = 0;
  server = await serve(async (seen, res) => {
    const { id, method } = seen.rpc;
    if (method === 'initialize')
      return json(res, initialized(id), 200, { 'mcp-session-id': `s${++sessions}` });
    if (seen.method === 'GET') return res.writeHead(405).end();
    if (id === undefined) return res.writeHead(202).end();
    const session = seen.headers['mcp-session-id'];
    if (session === 's1' && method === 'late') await late.promise;
    return session === 's1' ? res.writeHead(404).end() : json(res, result(id, { session }));
  });
  ({ host } = connect(server.url));
  await host.initialize();
  const slow = host.ask('late');
  await until(() => server.of('POST', 'late').length === 1);
  expect((await host.ask('soon')).result).toEqual({ session: 's2' });
  late.resolve();
  expect((await slow).result).toEqual({ session: 's2' });
  expect(sessions).toBe(2);
});

test('when the server will not begin another session, each waiting request is told so', async () => {
  const { host, forget } = await start({ status: 404, body: '', refusesAnother: true });
  forget();
  const answers = await Promise.all(Array.from({ length: 5 }, (_, at) => host.ask('call', {}, `x${at}`)));
  expect(answers.map(answer => fault(answer)?.code)).toEqual(Array(5).fill('server.session-lost'));
  expect(answers[0]?.error?.message).toContain('503');
  for (let at = 0; at < 5; at++) expect(host.answers(`x${at}`)).toBe(1);
});

test('a session lost while nobody asks anything is noticed on the notification stream', async () => {
  const { host, state, forget } = await start({ status: 404, body: '' });
  forget();
  server.breakAll();
  await host.hears(one => one.method === 'notifications/of-s2');
  expect(state).toMatchObject({ sessions: 2, announced: 2 });
  expect((await host.ask('call')).result).toEqual({ session: 's2' });
});

test('a server that loses each session at once has its message refused, not repeated for ever', async () => {
  server = await serve((seen, res) => {
    if (seen.rpc.method === 'initialize') {
      return json(res, initialized(seen.rpc.id), 200, { 'mcp-session-id': `s${server.seen.length}` });
    }
    if (seen.method === 'GET') return res.writeHead(405).end();
    if (seen.rpc.id === undefined) return res.writeHead(202).end();
    res.writeHead(404).end();
  });
  ({ host } = connect(server.url));
  await host.initialize();
  expect(fault(await host.ask('call'))?.code).toBe('server.refused');
  expect(server.of('POST', 'call')).toHaveLength(2);
  expect(server.of('POST', 'initialize')).toHaveLength(2);
});

test('404 from a server without sessions is its answer', async () => {
  server = await serve((seen, res) => {
    if (seen.rpc.method === 'initialize') return json(res, initialized(seen.rpc.id));
    res.writeHead(seen.rpc.id === undefined ? 202 : 404).end();
  });
  ({ host } = connect(server.url));
  await host.initialize();
  expect(fault(await host.ask('call'))?.code).toBe('server.refused');
  expect(server.of('POST', 'initialize')).toHaveLength(1);
});

test('version and session go with everything after initialize, and with initialize itself never', async () => {
  const { host } = await start({ status: 404, body: '' });
  await host.ask('call');
  await host.initialize();
  await until(() => server.of('DELETE').length === 1);
  expect(server.of('DELETE')[0]?.headers['mcp-session-id']).toBe('s1');
  for (const { rpc, headers } of server.of('POST')) {
    const begins = rpc.method === 'initialize';
    expect(headers['mcp-session-id'] === undefined).toBe(begins);
    expect(headers['mcp-protocol-version']).toBe(begins ? undefined : '2025-11-25');
    expect(headers.accept).toBe('application/json, text/event-stream');
    expect(headers['content-type']).toBe('application/json');
  }
});

test('a server that does not answer the DELETE does not hold up the end', async () => {
  server = await serve((seen, res) => {
    if (seen.method === 'DELETE') return;
    if (seen.method === 'GET') return res.writeHead(405).end();
    if (seen.rpc.id === undefined) return res.writeHead(202).end();
    json(res, initialized(seen.rpc.id), 200, { 'mcp-session-id': 's1' });
  });
  ({ host } = connect(server.url));
  await host.initialize();
  await host.channel.close();
  await host.ended;
  expect(server.of('DELETE')).toHaveLength(1);
});

test('what the host had arranged in a lost session is said to the next one, and its answers reach nobody', async () => {
  const said: { method?: string | undefined; params?: unknown }[] = [];
  let current = 0;
  server = await serve((seen, res) => {
    const { id, method, params } = seen.rpc;
    if (seen.method !== 'POST') return res.writeHead(405).end();
    if (method === 'initialize') {
      return json(res, initialized(id), 200, { 'mcp-session-id': `s${++current}` });
    }
    if (seen.headers['mcp-session-id'] !== `s${current}`) return res.writeHead(404).end();
    if (id === undefined) return res.writeHead(202).end();
    said.push({ method, params });
    return json(res, result(id, {}));
  });
  host = connect(server.url).host;
  await host.initialize();
  await host.ask('logging/setLevel', { level: 'info' });
  await host.ask('logging/setLevel', { level: 'debug' });
  for (const uri of ['file:///a', 'file:///b']) await host.ask('resources/subscribe', { uri });
  await host.ask('resources/unsubscribe', { uri: 'file:///a' });
  said.length = 0;
  current = 100;
  const before = host.heard.length;
  await host.ask('tools/list');
  expect(said).toEqual([
    { method: 'logging/setLevel', params: { level: 'debug' } },
    { method: 'resources/subscribe', params: { uri: 'file:///b' } },
    { method: 'tools/list', params: {} },
  ]);
  expect(host.heard).toHaveLength(before + 1);
});

test('a server that does not take what the host had arranged holds up nothing else for longer than a minute', async () => {
  let current = 0;
  server = await serve((seen, res) => {
    const { id, method } = seen.rpc;
    if (seen.method !== 'POST') return res.writeHead(405).end();
    if (method === 'initialize') {
      return json(res, initialized(id), 200, { 'mcp-session-id': `s${++current}` });
    }
    if (seen.headers['mcp-session-id'] !== `s${current}`) return res.writeHead(404).end();
    if (id === undefined) return res.writeHead(202).end();
    if (method === 'resources/subscribe' && current > 1) return;
    return json(res, result(id, {}));
  });
  host = connect(server.url, { world: quicken(200) }).host;
  await host.initialize();
  for (const uri of ['file:///a', 'file:///b']) await host.ask('resources/subscribe', { uri });
  current = 100;
  expect((await host.ask('tools/list')).result).toEqual({});
  expect(server.of('POST', 'resources/subscribe')).toHaveLength(3);
});

const refusals: [string, number, string][] = [
  ['410', 410, ''],
  ['422 and words', 422, '{"detail":"Session has expired"}'],
  [
    '400 and a JSON-RPC error',
    400,
    '{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"Bad Request: No valid session ID provided"}}',
  ],
];

test.each(refusals)(
  'a session that is over with %s is begun again once, and the call goes through',
  async (_, status, body) => {
    const { host, state, forget } = await start({ status, body });
    forget();
    expect((await host.ask('call')).result).toEqual({ session: 's2' });
    expect(state.sessions).toBe(2);
  },
);

test('where only words say that a session is over, the old one is ended', async () => {
  const { host, forget } = await start({ status: 400, body: '{"error":"session expired"}' });
  forget();
  await host.ask('call');
  await until(() => server.of('DELETE').length === 1);
  expect(server.of('DELETE')[0]?.headers['mcp-session-id']).toBe('s1');
});
