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

let server: TestServer;
let host: Host | undefined;
afterEach(async () => {
  await host?.channel.close();
  await server.close();
});

/** A server that is right about `initialize`, and for the rest does as told. */
async function start(handler: Handler, options: Parameters<typeof connect>[1] = {}) {
  server = await serve((seen, res, req) => {
    if (seen.rpc.method === 'initialize') return json(res, initialized(seen.rpc.id));
    if (seen.rpc.method === 'notifications/initialized') return res.writeHead(202).end();
    if (seen.method === 'GET') return res.writeHead(405).end();
    return handler(seen, res, req);
  });
  const connected = connect(server.url, options);
  host = connected.host;
  await host.initialize();
  return { ...connected, server };
}

test('an answer in pretty-printed JSON reaches the host on one line, its bytes otherwise as they were', async () => {
  const pretty = '\ufeff{\r\n  "result" : {"b":1.0,  "a":"\\u00e9"},\n  "id":"x", "jsonrpc":"2.0"\n}\n';
  const { host } = await start((_seen, res) => {
    res.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(pretty);
  });
  await host.ask('odd', {}, 'x');
  expect(new TextDecoder().decode(host.raw.at(-1)?.bytes)).toBe(pretty.slice(1).replace(/[\r\n]/g, ' '));
});

test('a message from the host reaches the server byte for byte', async () => {
  const { host, server } = await start((seen, res) => json(res, result(seen.rpc.id)));
  const text = '{ "method":"odd","id" : 1e2, "params":{"z":1.50,"a":"\\u0041"} ,"jsonrpc":"2.0"}';
  await host.sendText(text);
  await host.hears(one => one.id === 100);
  expect(server.of('POST', 'odd')[0]?.body).toBe(text);
});

test('a second answer to one id is left out, and noted', async () => {
  const { host, span } = await start((seen, res) => {
    const { id } = seen.rpc;
    if (seen.rpc.method === 'ping') return json(res, result(id));
    stream(res, data(result(id, { first: true })), data(result(id, { first: false })));
    res.end();
  });
  expect((await host.ask('twice', {}, 'x')).result).toEqual({ first: true });
  await until(() => span.notes.some(note => note.includes('not open')));
  await host.ask('ping');
  expect(host.answers('x')).toBe(1);
});

test('answers nobody asked for are left out, and what is no JSON-RPC too', async () => {
  const { host, span } = await start((seen, res) => {
    stream(res, data(result(999)), data({ jsonrpc: '2.0', error: { code: 1, message: 'whose?' } }));
    stream(res, 'data: <html>', data({ hello: 1 }), 'event: other\ndata: {"hello":2}');
    stream(res, data({ jsonrpc: '2.0', method: 'notifications/yes' }), data(result(seen.rpc.id)));
    res.end();
  });
  // The error without an id belongs to the only request of its stream.
  expect((await host.ask('call', {}, 'x')).error).toEqual({ code: 1, message: 'whose?' });
  await host.hears(one => one.method === 'notifications/yes');
  await until(() => span.notes.length >= 3);
  expect(host.heard.slice(1).map(one => one.method ?? one.id)).toEqual(['x', 'notifications/yes']);
});

test('an answer that comes after the cancel is dropped, and its stream is closed', async () => {
  let closed = false;
  let answer = () => {};
  const { host } = await start((seen, res) => {
    if (seen.rpc.method === 'ping') return json(res, result(seen.rpc.id));
    if (seen.rpc.method === 'notifications/cancelled') {
      answer();
      return res.writeHead(202).end();
    }
    res.on('close', () => {
      closed = true;
    });
    stream(res, ': begun');
    answer = () => res.write(`${data(result(seen.rpc.id))}\n\n`);
  });
  await host.send({ id: 'x', method: 'slow' });
  await until(() => server.of('POST', 'slow').length === 1);
  await host.ask('ping');
  await host.send({ method: 'notifications/cancelled', params: { requestId: 'x' } });
  await until(() => closed);
  await host.ask('ping');
  expect(host.answers('x')).toBe(0);
  expect(server.of('POST', 'notifications/cancelled')).toHaveLength(1);
});

test('a request that is cancelled before it went out never goes out, nor does the cancel', async () => {
  const waiting = Promise.withResolvers<string>();
  let needed = false;
  const { host } = await start((seen, res) => json(res, result(seen.rpc.id)), {
    authorize: async () => (needed ? waiting.promise : undefined),
  });
  needed = true;
  await host.send({ id: 'x', method: 'slow' });
  await host.send({ method: 'notifications/cancelled', params: { requestId: 'x' } });
  needed = false;
  await host.ask('ping');
  waiting.resolve('token');
  await host.ask('ping');
  expect(server.of('POST').map(({ rpc }) => rpc.method)).not.toContain('slow');
  expect(server.of('POST', 'notifications/cancelled')).toHaveLength(0);
  expect(host.answers('x')).toBe(0);
});

test('each request of a batch has its answer, whether they come as a batch, one by one, or not at all', async () => {
  const { host } = await start((seen, res) => {
    if (seen.body.includes('together')) return json(res, [result('a'), result('b')]);
    if (seen.body.includes('doubled')) return json(res, [result('g'), result('g'), result('h')]);
    if (seen.body.includes('split')) {
      stream(res, data(result('c')), data([result('d'), result('c')]));
      return res.end();
    }
    json(res, [result('e')]);
  });
  const pair = (method: string, first: string, second: string) =>
    host.send([
      { jsonrpc: '2.0', id: first, method },
      { jsonrpc: '2.0', method: 'notifications/any' },
      { jsonrpc: '2.0', id: second, method },
    ]);
  await pair('together', 'a', 'b');
  await until(() => host.heard.length === 2);
  expect(host.heard[1]).toEqual([result('a'), result('b')]);
  await pair('split', 'c', 'd');
  await host.hears(one => one.id === 'd');
  expect(host.answers('c')).toBe(1);
  await pair('doubled', 'g', 'h');
  await host.hears(one => one.id === 'h');
  expect([host.answers('g'), host.answers('h')]).toEqual([1, 1]);
  await pair('half', 'e', 'f');
  expect(fault(await host.hears(one => one.id === 'f'))?.code).toBe('server.not-mcp');
});

test('a request under an id that is still open is refused at once, and not sent', async () => {
  let answer = () => {};
  const { host } = await start((seen, res) => {
    answer = () => json(res, result(seen.rpc.id, { mine: true }));
  });
  await host.sendText('{"jsonrpc":"2.0","id":"a","method":"slow"}');
  await until(() => server.of('POST', 'slow').length === 1);
  await host.sendText('{"jsonrpc":"2.0","id":"\\u0061","method":"slow"}');
  expect((await host.hears(one => one.id === 'a')).error?.code).toBe(-32600);
  answer();
  await host.hears(one => one.result?.mine === true);
  expect(server.of('POST', 'slow')).toHaveLength(1);
});

const page = '<!doctype html><h1>Bad gateway</h1>';
const wrong: [name: string, handler: Handler, code: string, words: RegExp][] = [
  [
    "a gateway's HTML page with 502",
    (_s, res) => res.writeHead(502, { 'content-type': 'text/html' }).end(page),
    'server.not-mcp',
    /502.*text\/html/,
  ],
  [
    'an HTML page with 200',
    (_s, res) => res.writeHead(200, { 'content-type': 'text/html' }).end(page),
    'server.not-mcp',
    /200.*text\/html/,
  ],
  ['202 for a request', (_s, res) => res.writeHead(202).end(), 'server.not-mcp', /slow.*202/],
  ['JSON that is no JSON-RPC', (_s, res) => json(res, { error: 'invalid' }), 'server.not-mcp', /slow.*200/],
  ['a plain 500', (_s, res) => res.writeHead(500).end(), 'server.refused', /500/],
  ['an error of some other kind', (_s, res) => json(res, { error: 'no' }, 422), 'server.refused', /422/],
  [
    'a connection broken before the answer',
    (_s, res) => res.destroy(),
    'server.stream-lost',
    /slow.*may or may not have been carried out/,
  ],
  [
    'a connection broken in the middle of JSON',
    (_s, res) => {
      res.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 });
      res.write('{"jsonrpc":"2.0"', () => res.destroy());
    },
    'server.stream-lost',
    /slow.*may or may not have been carried out/,
  ],
];
test.each(wrong)(
  '%s becomes one error with the cause in plain words',
  async (_name, handler, code, words) => {
    const { host } = await start((seen, res, req) =>
      seen.rpc.method === 'ping' ? json(res, result(seen.rpc.id)) : handler(seen, res, req),
    );
    const answer = await host.ask('slow', {}, 'x');
    expect(answer.error?.code).toBe(-32001);
    expect(answer.error?.message).toMatch(words);
    expect(fault(answer)?.code).toBe(code);
    await host.ask('ping');
    expect(host.answers('x')).toBe(1);
  },
);

test("the server's own JSON-RPC error passes whatever its status, under our id where it has none", async () => {
  const { host } = await start((seen, res) => {
    const error = { code: -32602, message: 'Wrong', data: { why: 1 } };
    json(res, { jsonrpc: '2.0', id: seen.rpc.method === 'with-id' ? seen.rpc.id : null, error }, 400);
  });
  expect((await host.ask('with-id')).error).toEqual({ code: -32602, message: 'Wrong', data: { why: 1 } });
  expect((await host.ask('without')).error).toEqual({ code: -32602, message: 'Wrong', data: { why: 1 } });
});

test('redirects within the origin keep method and body; any other is a Fault that names the place', async () => {
  const { host } = await start((seen, res) => {
    const { method, id } = seen.rpc;
    if (seen.path === '/there') return json(res, result(id, { body: seen.body }));
    const location =
      method === 'away' ? 'https://elsewhere.example/mcp?secret=1' : method === 'round' ? '/mcp' : '/there';
    res.writeHead(method === 'found' ? 302 : 307, { location }).end();
  });
  const sent = JSON.stringify({ jsonrpc: '2.0', id: 'x', method: 'here', params: {} });
  expect((await host.ask('here', {}, 'x')).result).toEqual({ body: sent });
  const away = await host.ask('away');
  expect(fault(away)?.code).toBe('net.redirect');
  expect(away.error?.message).toContain('https://elsewhere.example/mcp,');
  expect(JSON.stringify(away)).not.toContain('secret=1');
  expect(fault(away)?.remedy).toContain('if it is a sign-in page');
  expect(fault(await host.ask('found'))?.code).toBe('net.redirect');
  expect(fault(await host.ask('round'))?.code).toBe('net.redirect');
  expect(server.of('POST', 'round')).toHaveLength(4);
});

test('nothing is sent between notifications/initialized and its acceptance, and nothing else waits', async () => {
  const gate = Promise.withResolvers<void>();
  const arrived: string[] = [];
  server = await serve(async (seen, res) => {
    if (seen.method === 'GET') return res.writeHead(405).end();
    arrived.push(seen.rpc.method ?? '');
    if (seen.rpc.method === 'initialize') return json(res, initialized(seen.rpc.id));
    if (seen.rpc.method === 'notifications/initialized') {
      await gate.promise;
      return res.writeHead(202).end();
    }
    if (seen.rpc.method === 'never') return;
    json(res, result(seen.rpc.id));
  });
  ({ host } = connect(server.url));
  await host.initialize();
  const list = host.ask('tools/list');
  await until(() => arrived.includes('notifications/initialized'));
  expect(arrived).toEqual(['initialize', 'notifications/initialized']);
  gate.resolve();
  await list;
  await host.send({ id: 'never', method: 'never' });
  await host.ask('ping');
  expect(arrived).toEqual(['initialize', 'notifications/initialized', 'tools/list', 'never', 'ping']);
});

test('when the channel is closed, what is open is answered once and the messages end', async () => {
  const { host } = await start(() => {});
  await host.send({ id: 'x', method: 'never' });
  await until(() => server.of('POST', 'never').length === 1);
  await host.channel.close();
  await host.ended;
  expect(host.answers('x')).toBe(1);
  expect(fault(host.heard.at(-1) ?? {})?.code).toBe('cancelled');
});
