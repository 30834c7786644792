import { afterEach, describe, expect, it } from 'vitest';
import type { Refusal } from '../../src/bridge/channel.ts';
import type { UpstreamOptions } from '../../src/bridge/upstream.ts';
import {
  data,
  type Handler,
  initialized,
  json,
  result,
  type Seen,
  serve,
  stream,
  type TestServer,
} from '../support/http-server.ts';
import { connect, type Host, until } from '../support/mcp-host.ts';
import { quicken } from '../support/span.ts';

let server: TestServer;
let host: Host | undefined;
afterEach(async () => {
  await host?.channel.close();
  await server.close();
});

/** A clock 100 times as fast as ours: a ping is sent every 50 ms and waited for 300 ms. */
const world = quicken(100);
const INTERVAL = 5000;
const pings = () => server.of('POST', 'ping');

describe('over Streamable HTTP', () => {
  /** A server whose answers to pings and whose stream are the test's. */
  async function start(ping: Handler, get?: Handler, options: Partial<UpstreamOptions> = {}) {
    let sessions = 0;
    const state = { current: '', inits: () => server.of('POST', 'initialize').length };
    server = await serve((seen, res, req) => {
      const { id, method } = seen.rpc;
      if (method === 'initialize') {
        state.current = `s${++sessions}`;
        return json(res, initialized(id), 200, { 'mcp-session-id': state.current });
      }
      if (seen.headers['mcp-session-id'] !== state.current) return res.writeHead(404).end();
      if (seen.method === 'GET') return get ? get(seen, res, req) : res.writeHead(405).end();
      if (seen.method === 'DELETE' || id === undefined) return res.writeHead(202).end();
      return method === 'ping' ? ping(seen, res, req) : json(res, result(id));
    });
    const connected = connect(server.url, { world, pingInterval: INTERVAL, ...options });
    host = connected.host;
    await host.initialize();
    return { ...connected, state };
  }

  it.each<[string, (seen: Seen) => object]>([
    ['a result', ({ rpc }) => result(rpc.id)],
    [
      'the error that there is no such method',
      ({ rpc }) => ({ jsonrpc: '2.0', id: rpc.id, error: { code: -32601, message: 'Method not found' } }),
    ],
  ])('pings go out for as long as the host is there, and %s is not told to it', async (_what, answer) => {
    const { host, span } = await start((seen, res) => json(res, answer(seen)));
    await until(() => pings().length >= 4);
    const ids = pings().map(({ rpc }) => rpc.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^keybridge-ping-/);
    expect((await host.ask('call')).result).toEqual({});
    expect(host.heard).toHaveLength(2);
    expect(span.notes.filter(note => note.includes('ping'))).toEqual([]);
    await host.channel.close();
    await host.ended;
    const count = pings().length;
    await world.sleep(3 * INTERVAL);
    expect(pings()).toHaveLength(count);
  });

  it('none goes out unless it is asked for, nor before the host has said that it is initialized', async () => {
    await start((seen, res) => json(res, result(seen.rpc.id)), undefined, { pingInterval: undefined });
    await world.sleep(2 * INTERVAL);
    expect(pings()).toEqual([]);
    const silent = connect(server.url, { world, pingInterval: INTERVAL });
    await silent.host.ask('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: {} });
    await world.sleep(2 * INTERVAL);
    expect(pings()).toEqual([]);
    await silent.host.channel.close();
  });

  it('one that meets a lost session begins another, stream and all, before the host asks for anything', async () => {
    const { host, state } = await start(
      (seen, res) => json(res, result(seen.rpc.id)),
      (_seen, res) => stream(res, data({ jsonrpc: '2.0', method: `notifications/of-${state.current}` })),
    );
    await host.hears(({ method }) => method === 'notifications/of-s1');
    state.current = 'forgotten';
    await host.hears(({ method }) => method === 'notifications/of-s2');
    expect(state.inits()).toBe(2);
    expect(server.of('POST').filter(({ rpc }) => rpc.method === 'call')).toEqual([]);
  });

  it('one that is not answered opens the server’s stream anew, from where it was', async () => {
    let opened = 0;
    const { host, span } = await start(
      (seen, res) => (opened < 2 ? undefined : json(res, result(seen.rpc.id))),
      (seen, res) => {
        const from = String(seen.headers['last-event-id']);
        stream(res, `id: e${++opened}\n${data({ jsonrpc: '2.0', method: `notifications/from-${from}` })}`);
      },
    );
    await host.hears(({ method }) => method === 'notifications/from-undefined');
    await host.hears(({ method }) => method === 'notifications/from-e1');
    expect(span.notes.join('\n')).toMatch(/pinged in vain\. There was no answer to it within 30 s/);
    expect((await host.ask('call')).result).toEqual({});
  });

  it('one that is refused for want of a sign-in asks nobody for it, and pings go on', async () => {
    const refusals: Refusal[] = [];
    const { host } = await start((_seen, res) => res.writeHead(401).end(), undefined, {
      authorize: async refusal => {
        if (refusal) {
          refusals.push(refusal);
          throw new Error('A sign-in is needed.');
        }
        return 'token';
      },
    });
    await until(() => refusals.length >= 2);
    for (const { background, status } of refusals) expect([background, status]).toEqual([true, 401]);
    expect((await host.ask('call')).result).toEqual({});
  });
});

describe('over HTTP+SSE', () => {
  /** The server says what `answer` makes of a message on the newest stream. */
  async function start(answer: (seen: Seen, streams: number) => object | undefined) {
    const streams: Parameters<Handler>[1][] = [];
    server = await serve((seen, res) => {
      if (seen.method === 'GET') {
        streams.push(res);
        return stream(res, 'event: endpoint\ndata: /mcp');
      }
      res.writeHead(202).end();
      const { id, method } = seen.rpc;
      const said = method === 'initialize' ? initialized(id) : answer(seen, streams.length);
      if (said && id !== undefined) stream(streams.at(-1) as (typeof streams)[0], data(said));
    });
    const connected = connect(server.url, { world, pingInterval: INTERVAL, transport: 'sse-only' });
    host = connected.host;
    await host.initialize();
    return { ...connected, streams };
  }

  it('pings are answered on the stream, and the host hears of none', async () => {
    const { host, streams } = await start(({ rpc }) => result(rpc.id));
    await until(() => pings().length >= 4);
    expect(host.heard).toHaveLength(1);
    expect(streams).toHaveLength(1);
  });

  it('one that is not answered has the stream opened anew and the session begun again', async () => {
    const { host } = await start(({ rpc }, streams) => (streams > 1 ? result(rpc.id) : undefined));
    await until(() => server.of('POST', 'notifications/initialized').length === 2);
    expect((await host.ask('call')).result).toEqual({});
    expect(host.heard).toHaveLength(2);
  });

  it('a server that is silent over a call is left to it', async () => {
    const { host, span, streams } = await start(() => undefined);
    void host.ask('call');
    await until(() => span.notes.filter(note => note.includes('in vain')).length === 2);
    expect(streams).toHaveLength(1);
    expect(host.heard).toHaveLength(1);
  });
});
