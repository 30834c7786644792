import { afterEach, expect, test } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import type { Fetched, FetchRequest, Purpose } from '../../src/trace/event.ts';
import { initialized, json, result, serve, type TestServer } from '../support/http-server.ts';
import { connect, fault, type Host } from '../support/mcp-host.ts';
import { PlainSpan } from '../support/span.ts';

let server: TestServer;
let host: Host | undefined;
afterEach(async () => {
  await host?.channel.close();
  await server.close();
});

/** A network without a way to the server for the next requests, or one that breaks off what was sent. */
class Troubled extends PlainSpan {
  troubles: Fault[] = [];
  override async fetch(purpose: Purpose, request: FetchRequest): Promise<Fetched> {
    const trouble = this.troubles.shift();
    if (trouble) throw trouble;
    return super.fetch(purpose, request);
  }
}

const noWay = () =>
  new Fault('net.failed', 'There is no way from here.', { data: { phase: 'connect', code: 'ENETUNREACH' } });
const broken = () => new Fault('net.failed', 'It closed the connection.', { data: { phase: 'head' } });

async function start() {
  server = await serve((seen, res) => {
    if (seen.rpc.method === 'initialize') return json(res, initialized(seen.rpc.id));
    if (seen.method === 'GET') return res.writeHead(405).end();
    if (seen.rpc.id === undefined) return res.writeHead(202).end();
    json(res, result(seen.rpc.id));
  });
  const span = new Troubled();
  const connected = connect(server.url, { span });
  host = connected.host;
  await host.initialize();
  await host.ask('first');
  return { host, span };
}

test('a request for which there was no connection is sent once more: it cannot have been carried out', async () => {
  const { host, span } = await start();
  span.troubles = [noWay()];
  expect((await host.ask('call')).result).toBeDefined();
  expect(server.of('POST', 'call')).toHaveLength(1);
});

test('and when there is none again, that is said, and not that it may have been carried out', async () => {
  const { host, span } = await start();
  span.troubles = [noWay(), noWay()];
  const answer = await host.ask('call');
  expect(fault(answer)?.code).toBe('net.failed');
  expect(answer.error?.message).toBe('There is no way from here.');
});

test('a request that was on its way is not sent again, and nobody can say what became of it', async () => {
  const { host, span } = await start();
  span.troubles = [broken()];
  const answer = await host.ask('call');
  expect(fault(answer)?.code).toBe('server.stream-lost');
  expect(answer.error?.message).toContain('may or may not have been carried out');
  expect(server.of('POST', 'call')).toHaveLength(0);
});
