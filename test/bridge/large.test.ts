import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { Mailbox } from '../../src/bridge/mailbox.ts';
import { message } from '../../src/bridge/scan.ts';
import { initialized, json, result, serve, type TestServer } from '../support/http-server.ts';
import { connect, type Host } from '../support/mcp-host.ts';

let server: TestServer | undefined;
let host: Host | undefined;
afterEach(async () => {
  await host?.channel.close();
  await server?.close();
});

const MEGABYTE = 1024 * 1024;
const SIZE = 100;

/** An answer of a hundred megabytes with many small values in it, written as fast as it is read. */
async function write(res: ServerResponse, id: unknown, asEvents: boolean): Promise<void> {
  res.writeHead(200, { 'content-type': asEvents ? 'text/event-stream' : 'application/json' });
  res.write(`${asEvents ? 'data: ' : ''}{"jsonrpc":"2.0","result":{"list":[`);
  const chunk = Buffer.from('{"a":"b","c":[1,2,3]},\\'.slice(0, -1).repeat(MEGABYTE / 22));
  for (let count = 0; count < SIZE; count++) if (!res.write(chunk)) await once(res, 'drain');
  res.end(`0]},"id":${JSON.stringify(id)}}${asEvents ? '\n\n' : ''}`);
}

test.each([false, true])(
  'an answer of 100 MB passes, and holds up no echo beside it (events: %s)',
  async asEvents => {
    server = await serve((seen, res) => {
      const { id, method } = seen.rpc;
      if (seen.method === 'GET') return res.writeHead(405).end();
      if (id === undefined) return res.writeHead(202).end();
      if (method === 'big') return write(res, id, asEvents);
      return json(res, method === 'initialize' ? initialized(id) : result(id));
    });
    ({ host } = connect(server.url));
    const other = connect(server.url);
    await Promise.all([host.initialize(), other.host.initialize()]);
    await host.send({ id: 'big', method: 'big' });
    let slowest = 0;
    const arrived = () => host?.raw.find(({ id }) => id === '"big"');
    while (!arrived()) {
      const start = performance.now();
      await other.host.ask('echo');
      slowest = Math.max(slowest, performance.now() - start);
    }
    const answer = arrived();
    expect(answer?.kind).toBe('response');
    expect(answer?.bytes.length).toBeGreaterThan((SIZE - 1) * MEGABYTE);
    // Reading, writing and joining share this one process, so this is far from what a host would see.
    expect(slowest).toBeLessThan(1000);
    // Nobody on the way held more than a piece of it.
    expect(host.pieces).toBeGreaterThan(SIZE);
    expect(host.unfinished).toBe(0);
    await other.host.channel.close();
  },
);

test('who fills a mailbox faster than it is emptied has to wait, and nothing is lost', async () => {
  const box = new Mailbox();
  const each = message({ jsonrpc: '2.0', method: 'x', params: { text: 'y'.repeat(MEGABYTE) } });
  let pushed = 0;
  const filling = (async () => {
    for (; pushed < 100; pushed++) await box.push(each);
    box.end();
  })();
  await new Promise(resolve => setTimeout(resolve, 0));
  expect(pushed).toBeLessThan(20);
  let read = 0;
  for await (const _ of box) read++;
  await filling;
  expect(read).toBe(100);
});
