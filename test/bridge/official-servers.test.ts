import { randomUUID } from 'node:crypto';
import { InMemoryEventStore } from '@modelcontextprotocol/sdk/examples/shared/inMemoryEventStore.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { afterEach, describe, expect, test } from 'vitest';
import type { Transport as Choice } from '../../src/bridge/upstream.ts';
import { type Handler, json, serve, type TestServer } from '../support/http-server.ts';
import { connect, type Host, until } from '../support/mcp-host.ts';

/** The official server with an echo, a slow call with progress, and one that asks the host a question. */
async function official(transport: Transport): Promise<McpServer> {
  const server = new McpServer({ name: 'official', version: '1' }, { capabilities: { logging: {} } });
  server.registerTool('echo', {}, async () => ({ content: [{ type: 'text', text: 'hello' }] }));
  server.registerTool('slow', {}, async extra => {
    const progressToken = extra._meta?.progressToken;
    if (progressToken !== undefined) {
      const params = { progressToken, progress: 1, total: 2 };
      await extra.sendNotification({ method: 'notifications/progress', params });
    }
    return { content: [{ type: 'text', text: 'done' }] };
  });
  server.registerTool('ask', {}, async () => {
    const { content } = await server.server.createMessage({ messages: [], maxTokens: 1 });
    return {
      content: [
        Array.isArray(content) ? { type: 'text', text: '' } : (content as { type: 'text'; text: string }),
      ],
    };
  });
  server.registerTool('endless', {}, async extra => {
    await new Promise(resolve => extra.signal.addEventListener('abort', resolve, { once: true }));
    cancelled++;
    return { content: [] };
  });
  await server.connect(transport);
  return server;
}

let cancelled = 0;

/** Not every kind of server can do everything. */
const testIf = (can: boolean) => (can ? test : () => {});

interface Kind {
  name: string;
  handler: () => { handler: Handler; servers: McpServer[] };
  transport: Choice;
  stateless?: boolean;
  json?: boolean;
}

function streamable(options: { events?: boolean; json?: boolean; stateless?: boolean }) {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const servers: McpServer[] = [];
  const handler: Handler = async (seen, res, req) => {
    const id = seen.headers['mcp-session-id'];
    let transport = typeof id === 'string' ? sessions.get(id) : undefined;
    if (!transport) {
      if (!options.stateless && seen.rpc.method !== 'initialize') {
        return json(
          res,
          { jsonrpc: '2.0', id: null, error: { code: -32001, message: 'Session not found' } },
          404,
        );
      }
      transport = new StreamableHTTPServerTransport({
        ...(options.stateless ? {} : { sessionIdGenerator: () => randomUUID() }),
        enableJsonResponse: options.json ?? false,
        ...(options.events ? { eventStore: new InMemoryEventStore() } : {}),
        onsessioninitialized: session =>
          void sessions.set(session, transport as StreamableHTTPServerTransport),
      });
      servers.push(await official(transport as Transport));
    }
    await transport.handleRequest(req, res, seen.body ? seen.rpc : undefined);
  };
  return { handler, servers };
}

function sse() {
  const sessions = new Map<string, SSEServerTransport>();
  const servers: McpServer[] = [];
  const handler: Handler = async (seen, res, req) => {
    const url = new URL(seen.path, 'http://127.0.0.1');
    if (seen.method === 'GET') {
      const transport = new SSEServerTransport('/messages', res);
      sessions.set(transport.sessionId, transport);
      servers.push(await official(transport));
      return;
    }
    const transport = sessions.get(url.searchParams.get('sessionId') ?? '');
    if (!transport) return res.writeHead(404).end();
    await transport.handlePostMessage(req, res, seen.rpc);
  };
  return { handler, servers };
}

const kinds: Kind[] = [
  {
    name: 'stateful, with an event store',
    handler: () => streamable({ events: true }),
    transport: 'http-first',
  },
  { name: 'stateful, without an event store', handler: () => streamable({}), transport: 'http-only' },
  {
    name: 'stateful, answering in JSON',
    handler: () => streamable({ json: true }),
    transport: 'http-first',
    json: true,
  },
  {
    name: 'stateless',
    handler: () => streamable({ stateless: true }),
    transport: 'http-first',
    stateless: true,
  },
  {
    name: 'Streamable HTTP, asked for HTTP+SSE first',
    handler: () => streamable({}),
    transport: 'sse-first',
  },
  { name: 'HTTP+SSE, found by falling back', handler: sse, transport: 'http-first' },
  { name: 'HTTP+SSE, asked for', handler: sse, transport: 'sse-only' },
];

let server: TestServer | undefined;
let host: Host | undefined;
afterEach(async () => {
  await host?.channel.close();
  await server?.close();
});

describe.each(kinds)('an official server, $name', kind => {
  async function start() {
    const { handler, servers } = kind.handler();
    server = await serve(handler);
    const connected = connect(server.url, { transport: kind.transport });
    host = connected.host;
    const answer = await host.initialize();
    expect(answer.result?.serverInfo).toMatchObject({ name: 'official' });
    return { ...connected, server, servers };
  }

  test('lists and calls tools, 50 calls at once', async () => {
    const { host } = await start();
    expect((await host.ask('tools/list')).result?.tools).toHaveLength(4);
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => host.ask('tools/call', { name: 'echo', arguments: {} })),
    );
    expect(answers.map(({ result }) => result?.content)).toEqual(
      Array.from({ length: 50 }, () => [{ type: 'text', text: 'hello' }]),
    );
    expect(host.heard).toHaveLength(52);
  });

  testIf(!kind.json)('passes progress on before the answer', async () => {
    const { host } = await start();
    await host.ask('tools/call', { name: 'slow', arguments: {}, _meta: { progressToken: 't' } }, 'slow');
    const order = host.heard.slice(1).map(one => one.method ?? one.id);
    expect(order).toEqual(['notifications/progress', 'slow']);
  });

  testIf(!(kind.stateless || kind.json))(
    'carries a question of the server to the host and the answer back',
    async () => {
      const { host } = await start();
      const call = host.ask('tools/call', { name: 'ask', arguments: {} }, 'ask');
      const question = await host.hears(one => one.method === 'sampling/createMessage');
      await host.send({
        id: question.id,
        result: { role: 'assistant', model: 'm', content: { type: 'text', text: 'an answer' } },
      });
      expect((await call).result?.content).toEqual([{ type: 'text', text: 'an answer' }]);
    },
  );

  testIf(!kind.stateless)('tells the server of a cancel, and the host hears no answer', async () => {
    const { host } = await start();
    const before = cancelled;
    await host.send({ id: 'x', method: 'tools/call', params: { name: 'endless', arguments: {} } });
    await until(() => server?.of('POST', 'tools/call').length === 1);
    await host.ask('ping');
    await host.send({ method: 'notifications/cancelled', params: { requestId: 'x' } });
    await until(() => cancelled > before);
    await host.ask('ping');
    expect(host.answers('x')).toBe(0);
  });

  testIf(!kind.stateless)('hears what the server says unasked', async () => {
    const { host, server, servers } = await start();
    await until(() => server.of('GET').length > 0);
    await host.ask('ping');
    servers[0]?.sendToolListChanged();
    await host.hears(one => one.method === 'notifications/tools/list_changed');
  });

  test('ends the session when the channel is closed', async () => {
    const { host, server, upstream } = await start();
    const { sessionId } = upstream;
    await host.channel.close();
    await host.ended;
    const deletes = server.of('DELETE').map(({ headers }) => headers['mcp-session-id']);
    expect(deletes).toEqual(sessionId === undefined ? [] : [sessionId]);
  });
});

test('no request goes out that nobody needs: three for a start, then one a call', async () => {
  server = await serve(streamable({}).handler);
  const connected = connect(server.url);
  host = connected.host;
  await host.initialize();
  await until(() => server?.of('GET').length === 1);
  await host.ask('tools/list');
  await host.channel.close();
  expect(connected.span.requests.map(({ purpose, method }) => `${purpose} ${method}`)).toEqual([
    'mcp POST',
    'mcp POST',
    'mcp-stream GET',
    'mcp POST',
    'mcp-session-end DELETE',
  ]);
  expect(connected.span.notes).toEqual([]);
});
