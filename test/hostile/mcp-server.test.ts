import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import {
  type Handler,
  initialized,
  json,
  result,
  serve,
  stream,
  type TestServer,
} from '../support/http-server.ts';
import { connect, fault, type Host, until } from '../support/mcp-host.ts';
import { realSpan } from '../support/real-span.ts';
import { quicken } from '../support/span.ts';

let server: TestServer;
let host: Host | undefined;
afterEach(async () => {
  await host?.channel.close();
  host = undefined;
  await server.close();
});

/** A host at a server that is well-behaved until it is asked for what the test is about. */
async function start(post: Handler, get: Handler = (_seen, res) => res.writeHead(405).end()) {
  server = await serve((seen, res, req) => {
    if (seen.rpc.method === 'initialize') return json(res, initialized(seen.rpc.id));
    if (seen.rpc.method === 'notifications/initialized') return res.writeHead(202).end();
    return (seen.method === 'GET' ? get : post)(seen, res, req);
  });
  const { root, said } = realSpan();
  const { host: connected } = connect(server.url, { span: root, world: quicken(50) });
  host = connected;
  await connected.initialize();
  return { host: connected, said };
}

/** Writes a byte now and then, for as long as anybody listens. */
function dribble(res: ServerResponse, byte = 'x'): void {
  const timer = setInterval(() => res.write(byte), 5);
  res.once('close', () => clearInterval(timer));
}

/** A Fault as a host gets it must always name a way out. */
const named = (code: string, message: string | RegExp) => ({
  code,
  message: expect.stringMatching(message),
  remedy: expect.stringMatching(/\w/),
});

describe('a redirect of the MCP endpoint', () => {
  test('in a loop ends, and says so', async () => {
    const { host } = await start((seen, res) => res.writeHead(307, { location: seen.path }).end());
    expect(fault(await host.ask('x'))).toMatchObject(named('net.redirect', 'redirects'));
    expect(server.of('POST', 'x')).toHaveLength(4);
  });

  test.each([
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'http://169.254.169.254/',
    '//10.0.0.1/',
  ])('to %s is not followed', async location => {
    const { host } = await start((_seen, res) => res.writeHead(308, { location }).end());
    expect(fault(await host.ask('x'))).toMatchObject(named('net.redirect', 'not followed'));
    expect(server.of('POST', 'x')).toHaveLength(1);
  });

  test('cannot put a header field into the request that follows it', async () => {
    const { host } = await start((seen, res) =>
      seen.path === '/mcp'
        ? res.writeHead(307, { location: '/there%0d%0aX-Injected:%20yes\u00e9' }).end()
        : json(res, result(seen.rpc.id)),
    );
    expect((await host.ask('x')).result).toBeDefined();
    const [, followed] = server.of('POST', 'x');
    expect(followed?.path).toMatch(/^\/there%0d%0aX-Injected:%20yes/);
    expect(followed?.headers).not.toHaveProperty('x-injected');
  });
});

describe('header fields', () => {
  test('by the ten thousand, or of 64 KiB, are a Fault, and the next request is served', async () => {
    const { host } = await start((seen, res) => {
      const { method } = seen.rpc;
      if (method === 'many') for (let at = 0; at < 10_000; at++) res.setHeader(`x-${at}`, 'y');
      if (method === 'long') res.setHeader('www-authenticate', `Bearer ${'a="b", '.repeat(9_500)}`);
      json(res, result(seen.rpc.id), method === 'long' ? 401 : 200);
    });
    const tooLarge = named('net.too-large', 'header');
    expect(fault(await host.ask('many'))).toMatchObject(tooLarge);
    expect(fault(await host.ask('long'))).toMatchObject(tooLarge);
    expect((await host.ask('x')).result).toEqual({});
  });

  test.each(['\u00e9', 'a b', '\u00a0', 'a, b'])('with the session id %j end the attempt', async id => {
    server = await serve((seen, res) => {
      res.setHeader('mcp-session-id', id === 'a, b' ? ['a', 'b'] : id);
      json(res, initialized(seen.rpc.id));
    });
    const { root } = realSpan();
    ({ host } = connect(server.url, { span: root }));
    const answer = await host.ask('initialize', { protocolVersion: '2025-11-25', capabilities: {} });
    expect(fault(answer)).toMatchObject(named('server.not-mcp', 'gave the session an id'));
  });
});

describe('an error body', () => {
  test.each([500, 401, 404, 403])('that never ends holds nobody up: status %d', async status => {
    const { host } = await start((_seen, res) => {
      res.writeHead(status, { 'content-type': 'application/json' });
      dribble(res);
    });
    expect(fault(await host.ask('x'))).toMatchObject({ code: expect.stringMatching(/^server\./) });
  });

  test('that is a compressed bomb is read no further than it is of use', async () => {
    const bomb = gzipSync(gzipSync(Buffer.alloc(256 * 1024 * 1024)));
    const { host } = await start((_seen, res) => {
      res.writeHead(500, { 'content-type': 'application/json', 'content-encoding': 'gzip, gzip' }).end(bomb);
    });
    const before = process.memoryUsage.rss();
    expect(fault(await host.ask('x'))).toMatchObject(named('server.refused', 'failed with status 500'));
    expect(process.memoryUsage.rss() - before).toBeLessThan(128 * 1024 * 1024);
  });
});

describe('an answer', () => {
  test('that is a compressed bomb is broken off', async () => {
    const bomb = gzipSync(Buffer.alloc(300 * 1024 * 1024));
    const { host } = await start((seen, res) =>
      seen.rpc.method === 'bomb'
        ? res.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bomb)
        : json(res, result(seen.rpc.id)),
    );
    expect(fault(await host.ask('bomb'))).toMatchObject(named('net.too-large', 'more than'));
    expect((await host.ask('x')).result).toEqual({});
  });

  test.each([
    ['a web page', 'text/html', '<html><script>alert(1)</script>'],
    ['a web page that calls itself JSON', 'application/json', '<html>'],
    ['nothing', 'application/json', ''],
    ['JSON of another kind', 'application/json', '{"error":"nope"}'],
    ['half a message', 'application/json', '{"jsonrpc":"2.0","id":1,"result":{'],
    ['a message for somebody else', 'application/json', '{"jsonrpc":"2.0","id":"never asked","result":{}}'],
    ['bytes that are no text', 'application/octet-stream', '\u0000\u0001'],
  ])('that is %s is a Fault', async (_what, type, body) => {
    const { host } = await start((_seen, res) => res.writeHead(200, { 'content-type': type }).end(body));
    expect(fault(await host.ask('x', {}, 'mine'))).toMatchObject(named('server.not-mcp', ''));
    expect(host.answers('mine')).toBe(1);
    expect(host.heard.some(({ id }) => id === 'never asked')).toBe(false);
  });

  test.each([
    ['nested 100,000 levels deep', id => `{"id":${id},"result":${'['.repeat(1e5)}${']'.repeat(1e5)}}`],
    ['with its keys twice', id => `{"id":"other","id":${id},"result":1,"result":{"last":true}}`],
    [
      'with numbers beyond all bounds',
      id => `{"id":${id},"result":{"a":1e400,"b":-1e400,"c":${'9'.repeat(5_000)}}}`,
    ],
    [
      'with __proto__ and constructor',
      id => `{"__proto__":{"id":7},"constructor":{},"id":${id},"result":{"__proto__":1}}`,
    ],
    ['with a lone surrogate', id => `{"id":${id},"result":{"a":"\\ud800"}}`],
  ] satisfies [string, (id: string) => string][])('%s passes as it came', async (_what, text) => {
    const { host } = await start((seen, res) => {
      res.writeHead(200, { 'content-type': 'application/json' }).end(text(JSON.stringify(seen.rpc.id)));
    });
    await host.send({ id: 'mine', method: 'x' });
    await until(() => host.raw.some(({ kind, id }) => kind === 'response' && id === '"mine"'));
    expect(new TextDecoder().decode(host.raw.at(-1)?.bytes)).toBe(text('"mine"'));
  });
});

describe('an event stream', () => {
  test('of notifications without end keeps no other call waiting, and ends with the host', async () => {
    let listening = 0;
    const { host } = await start((seen, res) => {
      if (seen.rpc.method !== 'flood') return json(res, result(seen.rpc.id));
      listening++;
      res.once('close', () => listening--);
      stream(res);
      const line = `data: ${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/message', params: {} })}\n\n`;
      const pour = () => {
        while (!res.destroyed && res.write(line));
      };
      res.on('drain', pour);
      pour();
    });
    await host.send({ id: 'flood', method: 'flood' });
    await until(() => host.heard.length > 1_000);
    expect((await host.ask('x')).result).toEqual({});
    expect(host.answers('flood')).toBe(0);
    await host.channel.close();
    await until(() => listening === 0);
    await host.ended;
    expect(host.answers('flood')).toBe(1);
  });

  test('is resumed with its id as UTF-8, and an id no header field carries is none', async () => {
    const ids: unknown[] = [];
    const { host } = await start(
      (seen, res) => {
        stream(res, seen.rpc.method === 'odd' ? 'id: a\u0001b\ndata:' : 'id: \u00fc\ud83d\ude00\ndata:');
        res.write(': bye\n\n', () => res.destroy());
      },
      (seen, res) => {
        if (seen.headers['last-event-id'] === undefined) return res.writeHead(405).end();
        ids.push(Buffer.from(String(seen.headers['last-event-id']), 'latin1').toString());
        stream(res, `data: ${JSON.stringify(result('good'))}`);
      },
    );
    expect((await host.ask('x', {}, 'good')).result).toEqual({});
    expect(ids).toEqual(['\u00fc\ud83d\ude00']);
    expect(fault(await host.ask('odd'))).toMatchObject(named('server.stream-lost', 'may or may not'));
    expect(ids).toHaveLength(1);
  });

  test('with a line of 100,000 levels, a million empty events and words of no meaning harms nobody', async () => {
    const { host } = await start((seen, res) => {
      stream(res);
      res.write('\n'.repeat(1_000_000));
      res.write(`data: ${'['.repeat(1e5)}\n\ndata: nonsense\n\nevent: endpoint\ndata: http://10.0.0.1/\n\n`);
      res.write(`data: ${JSON.stringify(result('never asked'))}\n\n`);
      res.end(`data: ${JSON.stringify(result(seen.rpc.id))}\n\n`);
    });
    expect((await host.ask('x')).result).toEqual({});
    expect(host.heard.some(({ id }) => id === 'never asked')).toBe(false);
  });
});
