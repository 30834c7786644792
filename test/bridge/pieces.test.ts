import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { initialized, json, result, serve, stream, type TestServer } from '../support/http-server.ts';
import { connect, fault, type Host, until } from '../support/mcp-host.ts';

let server: TestServer | undefined;
let host: Host | undefined;
afterEach(async () => {
  await host?.channel.close();
  await server?.close();
});

const BLOCK = 'x'.repeat(1024 * 1024);
const begin = (id: unknown) => `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"text":"${BLOCK}`;
const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

/** A server that answers `big` as the test says, and everything else at once. */
async function connected(big: (res: ServerResponse, id: unknown) => unknown, asEvents = false) {
  server = await serve((seen, res) => {
    const { id, method } = seen.rpc;
    if (seen.method === 'GET') return res.writeHead(405).end();
    if (id === undefined) return res.writeHead(202).end();
    if (method !== 'big' && method !== 'tools/list')
      return json(res, method === 'initialize' ? initialized(id) : result(id));
    res.writeHead(200, { 'content-type': asEvents ? 'text/event-stream' : 'application/json' });
    return big(res, id);
  });
  const connection = connect(server.url);
  ({ host } = connection);
  await host.initialize();
  return { ...connection, host };
}

describe.each([
  ['JSON', false],
  ['events', true],
])('a large answer in %s', (_kind, asEvents) => {
  const [before, after] = asEvents ? ['id: 1\ndata: ', '\n\n'] : ['', ''];

  test('is overtaken by a small one, and passes unchanged', async () => {
    const going: ServerResponse[] = [];
    const { host } = await connected((res, id) => {
      res.write(before + begin(id));
      going.push(res);
    }, asEvents);
    await host.send({ id: 'big', method: 'big' });
    await until(() => host.unfinished === 1);
    await host.ask('small');
    expect(host.answers('big')).toBe(0);
    going[0]?.end(`"}}${after}`);
    await host.hears(one => one.id === 'big');
    expect(text(host.raw.find(({ id }) => id === '"big"')?.bytes)).toBe(`${begin('big')}"}}`);
  });

  test('that breaks off in the middle is one error, and nothing is left of it', async () => {
    const { host } = await connected((res, id) => {
      res.write((asEvents ? 'data: ' : '') + begin(id));
      void until(() => host.unfinished === 1).then(() => res.destroy());
    }, asEvents);
    const answer = await host.ask('big', {}, 'big');
    expect(fault(answer)?.code).toBe('server.stream-lost');
    expect(host.unfinished).toBe(0);
    await host.ask('small');
    expect(host.answers('big')).toBe(1);
  });

  test('that nobody waits for any more goes nowhere', async () => {
    const { host } = await connected((res, id) => {
      res.write(before + begin(id));
    }, asEvents);
    await host.send({ id: 'big', method: 'big' });
    await until(() => host.unfinished === 1);
    await host.send({ method: 'notifications/cancelled', params: { requestId: 'big' } });
    await until(() => host.unfinished === 0);
    await host.ask('small');
    expect(host.answers('big')).toBe(0);
  });

  test('to another id than the one that is open is left out', async () => {
    const { host, span } = await connected(res => res.end(`${before}${begin('other')}"}}${after}`), asEvents);
    const cancel = { method: 'notifications/cancelled', params: { requestId: 'big' } };
    await host.send({ id: 'big', method: 'big' });
    await until(() => span.notes.some(note => /not to be passed on/.test(note)));
    await host.send(cancel);
    expect(host.heard.filter(({ id }) => id === 'other')).toEqual([]);
    expect(host.unfinished).toBe(0);
  });
});

test('a large answer that is resumed comes whole, and once', async () => {
  server = await serve((seen, res) => {
    const { id, method } = seen.rpc;
    if (seen.method === 'GET') {
      if (seen.headers['last-event-id'] !== 'e1') return res.writeHead(405).end();
      return stream(res, `data: ${begin('big')}"}}`);
    }
    if (id === undefined) return res.writeHead(202).end();
    if (method === 'initialize') return json(res, initialized(id));
    stream(res, 'id: e1\nretry: 1');
    res.write(`data: ${begin(id)}`, () => setTimeout(() => res.destroy(), 20));
  });
  ({ host } = connect(server.url));
  await host.initialize();
  await host.send({ id: 'big', method: 'big' });
  await host.hears(one => one.id === 'big');
  expect(text(host.raw.find(({ id }) => id === '"big"')?.bytes)).toBe(`${begin('big')}"}}`);
  expect(host.unfinished).toBe(0);
});

test('an event of another type that is no message goes nowhere, however large, and whatever comes first in it', async () => {
  const { host } = await connected((res, id) => {
    res.write(`data: {"progress":"${BLOCK}"}\nevent: other\n\n`);
    res.end(`data: ${JSON.stringify(result(id))}\n\n`);
  }, true);
  expect((await host.ask('big')).result).toEqual({});
  expect(host.unfinished).toBe(0);
});

test('one large answer goes at a time, unless its server stops in the middle', async () => {
  const going: ServerResponse[] = [];
  const { host } = await connected((res, id) => {
    res.write(begin(id));
    going.push(res);
  });
  await host.send({ id: 'a', method: 'big' });
  await until(() => host.unfinished === 1);
  await host.send({ id: 'b', method: 'big' });
  await until(() => going.length === 2);
  await host.ask('small');
  going[1]?.end('"}}');
  // The first stands still; the clock of this world makes that a short wait.
  await host.hears(one => one.id === 'b');
  expect(host.answers('a')).toBe(0);
  going[0]?.end('"}}');
  await host.hears(one => one.id === 'a');
});

test('an answer that is looked into is kept whole up to 4 MiB, and refused beyond', async () => {
  let blocks = 2;
  const { host } = await connected((res, id) => res.end(`${begin(id)}${BLOCK.repeat(blocks)}"}}`));
  expect((await host.ask('tools/list')).error).toBeUndefined();
  expect(host.pieces).toBe(0);
  blocks = 5;
  expect(fault(await host.ask('tools/list'))?.code).toBe('net.too-large');
  expect(host.unfinished).toBe(0);
});

test('line breaks between the values of a large answer are spaces, and a byte order mark is left out', async () => {
  const { host } = await connected((res, id) =>
    res.end(`\ufeff{\r\n"id":${JSON.stringify(id)},\n"result":["${BLOCK}",\n1]\n}`),
  );
  await host.send({ id: 5, method: 'big' });
  await host.hears(one => one.id === 5);
  expect(text(host.raw.at(-1)?.bytes)).toBe(`{  "id":5, "result":["${BLOCK}", 1] }`);
});
