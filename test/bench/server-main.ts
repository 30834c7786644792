import { randomUUID } from 'node:crypto';
import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { asString, isObject, type Json } from '../../src/base/json.ts';
import { startAuthorizationServer } from '../../src/lab/authorization-server.ts';
import { newCounters, toolName } from '../../src/lab/mcp-counters.ts';
import { McpFront } from '../../src/lab/mcp-front.ts';
import { loadSdk } from '../../src/lab/sdk.ts';
import { sendLarge } from './large-answer.ts';

/**
 * The server everybody is measured against, in a process of its own: MCP servers of the official SDK behind
 * one authorization server. Told over IPC how many of each kind there are to be; ends with its parent.
 */
export interface ServerPlan {
  /** Servers that answer with JSON, and those that answer with event streams. */
  json: number;
  sse: number;
}

export interface ServerPlaces {
  issuer: string;
  json: string[];
  sse: string[];
}

/** What may be asked of it: the requests it got since it was last asked. */
export type ServerQuestion = { plan: ServerPlan } | { requests: true };
export type ServerReply = { places: ServerPlaces } | { requests: string[] };

const sdk = await loadSdk();

/** Every HTTP request of this process; those with a message in them bear its method. */
let requests: { text: string }[] = [];
const entries = new WeakMap<IncomingMessage, { text: string }>();
subscribe('http.server.request.start', message => {
  const { request } = message as { request: IncomingMessage };
  const entry = { text: `${request.method} ${request.url?.split('?')[0]}` };
  entries.set(request, entry);
  requests.push(entry);
});

async function start(plan: ServerPlan): Promise<ServerPlaces> {
  const authorization = await startAuthorizationServer({ tokenLife: 24 * 3600, accessTokens: 'opaque' });
  const listen = async (count: number, enableJsonResponse: boolean) => {
    const urls: string[] = [];
    for (let n = 0; n < count; n++) urls.push((await startServer(enableJsonResponse)).url);
    return urls;
  };
  function startServer(enableJsonResponse: boolean): Promise<McpFront> {
    const sessions = new Map<string, StreamableHTTPServerTransport>();
    async function serve(req: IncomingMessage, res: ServerResponse, body: Json | undefined): Promise<void> {
      const entry = entries.get(req);
      if (entry && isObject(body)) entry.text = `POST ${asString(body.method) ?? 'answer'}`;
      if (isObject(body) && toolName(body) === 'big') return sendLarge(res, body, enableJsonResponse);
      const id = req.headers['mcp-session-id'];
      const known = id === undefined ? undefined : sessions.get(String(id));
      if (id !== undefined && !known) return void res.writeHead(404).end();
      const transport = known ?? (await open());
      await transport.handleRequest(req, res, body);
      if (req.method === 'DELETE') sessions.delete(String(id));
    }
    async function open(): Promise<StreamableHTTPServerTransport> {
      const transport = new sdk.StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        enableJsonResponse,
        onsessioninitialized: id => void sessions.set(id, transport),
      });
      // The SDK's own class does not meet its interface under exactOptionalPropertyTypes.
      await newServer().connect(transport as Transport);
      return transport;
    }
    const counters = newCounters();
    return McpFront.listen({ paths: ['/mcp'], authorization, scopes: ['mcp'], counters, serve });
  }
  return {
    issuer: authorization.issuer,
    json: await listen(plan.json, true),
    sse: await listen(plan.sse, false),
  };
}

function newServer() {
  const { McpServer, types } = sdk;
  const mcp = new McpServer({ name: 'bench', version: '1.0.0' }, { capabilities: { tools: {} } });
  const { server } = mcp;
  const inputSchema = { type: 'object' as const };
  server.setRequestHandler(types.ListToolsRequestSchema, () => ({
    tools: ['echo', 'big'].map(name => ({ name, description: `The tool ${name}.`, inputSchema })),
  }));
  server.setRequestHandler(types.CallToolRequestSchema, ({ params }) => ({
    content: [{ type: 'text', text: String(params.arguments?.text ?? '') }],
  }));
  return mcp;
}

process.on('message', async (question: ServerQuestion) => {
  const reply: ServerReply =
    'plan' in question
      ? { places: await start(question.plan) }
      : { requests: requests.map(({ text }) => text) };
  if ('requests' in question) requests = [];
  process.send?.(reply);
});
process.on('disconnect', () => process.exit());
