import { isObject, type JsonObject } from '../../src/base/json.ts';
import { prm, RESOURCE } from './discovery.ts';
import type { Handler } from './fake-world.ts';

/** One message as the server received it. */
export interface Received {
  text: string;
  method: string;
  token: string | undefined;
}

export interface McpInMemory {
  handle: Handler;
  received: Received[];
  /** Methods of the messages it took, in order. */
  methods(): string[];
  /** Tokens it has been shown and does not take. */
  revoked: Set<string>;
  /** What it needs beside a token; may be replaced while the test runs. */
  challenge: string;
  /** Whether it takes a token that was never revoked. */
  takes: (token: string) => boolean;
  /** Whether it asks for a token at all. */
  open: boolean;
  /** Set to refuse with 403 whoever lacks these scopes, by method. */
  demand: (method: string, token: string) => string | undefined;
  /** Answers in place of it. */
  instead: ((message: JsonObject) => Response | Promise<Response> | undefined) | undefined;
  /** The result of `initialize`. */
  initialized: JsonObject;
  /** The GET stream: 405 unless told. */
  stream: (() => Response) | undefined;
  gets: (string | undefined)[];
}

export interface McpOptions {
  url?: string;
  issuer?: string;
  capabilities?: JsonObject;
}

const json = (value: unknown) => Response.json(value);

/** An MCP server in memory (Streamable HTTP, answers as JSON) that takes bearer tokens. */
export function mcpInMemory(options: McpOptions = {}): McpInMemory {
  const { url = 'https://mcp.example/mcp', issuer = 'https://as.example' } = options;
  const { pathname } = new URL(url);
  const server: McpInMemory = {
    handle: () => new Response('', { status: 500 }),
    received: [],
    methods: () => server.received.map(({ method }) => method),
    revoked: new Set(),
    challenge: 'Bearer',
    takes: token => token.startsWith('access-token'),
    open: false,
    demand: () => undefined,
    instead: undefined,
    initialized: {
      protocolVersion: '2025-11-25',
      capabilities: options.capabilities ?? { tools: { listChanged: true } },
      serverInfo: { name: 'in memory', version: '7' },
    },
    stream: undefined,
    gets: [],
  };

  const refuse = (status: number, challenge: string) =>
    new Response('', { status, headers: { 'www-authenticate': challenge } });

  const answer = (message: JsonObject): Response => {
    const reply = (result: JsonObject) => json({ jsonrpc: '2.0', id: message.id ?? null, result });
    const { params } = message;
    switch (message.method) {
      case 'initialize':
        return reply(server.initialized);
      case 'ping':
        return reply({});
      case 'tools/list':
        return reply({ tools: [{ name: 'echo', inputSchema: { type: 'object' } }] });
      case 'tools/call':
        return reply({ content: [], echoed: isObject(params) ? (params.arguments ?? null) : null });
      default:
        return json({
          jsonrpc: '2.0',
          id: message.id ?? null,
          error: { code: -32601, message: 'Method not found' },
        });
    }
  };

  server.handle = async request => {
    const path = new URL(request.url).pathname;
    if (path === RESOURCE + pathname) return json(prm(url, issuer));
    if (path !== pathname) return new Response('Not found', { status: 404 });
    const token = request.headers.get('authorization')?.replace('Bearer ', '');
    const admitted =
      server.open || (token !== undefined && server.takes(token) && !server.revoked.has(token));
    if (request.method === 'GET') server.gets.push(token);
    if (!admitted) return refuse(401, server.challenge);
    if (request.method === 'GET') return server.stream?.() ?? new Response('', { status: 405 });
    if (request.method !== 'POST') return new Response(null, { status: 204 });
    const text = await request.text();
    const message = JSON.parse(text) as JsonObject;
    const method = typeof message.method === 'string' ? message.method : '';
    const scope = server.demand(method, token ?? '');
    if (scope !== undefined) return refuse(403, `Bearer error="insufficient_scope", scope="${scope}"`);
    server.received.push({ text, method, token });
    const instead = await server.instead?.(message);
    if (instead) return instead;
    if (message.id === undefined || message.method === undefined) return new Response(null, { status: 202 });
    return answer(message);
  };
  return server;
}
