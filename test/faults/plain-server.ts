import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Request {
  id?: string | number;
  method?: string;
  params?: { name?: string; arguments?: { text?: string }; clientInfo?: { name?: string } };
}

/**
 * A small MCP server over Streamable HTTP that lets everybody in, resumes nothing, and has the faults of
 * real ones at the turn of a switch.
 */
export interface PlainServer {
  readonly url: string;
  /** Every request, as `METHOD what`. */
  readonly requests: readonly string[];
  /** The name of the client in each `initialize`. */
  readonly clients: readonly string[];
  readonly sessions: ReadonlySet<string>;
  readonly streams: number;
  /** Breaks the connection in the middle of the next answer to a tool call. */
  breakNextAnswer(): void;
  /** Forgets every session; from then on their ids are refused with 400. */
  forgetSessions(): void;
  /** Ends the stream for messages of the server's own. */
  endStreams(): void;
  /** Says on the server's own stream that the tools have changed. */
  announce(): void;
  close(): Promise<void>;
}

export async function startPlainServer(): Promise<PlainServer> {
  const requests: string[] = [];
  const clients: string[] = [];
  const sessions = new Set<string>();
  const streams = new Set<ServerResponse>();
  let breaksNext = false;

  const answer = async (req: IncomingMessage, res: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const body = (text === '' ? {} : JSON.parse(text)) as Request;
    requests.push(`${req.method} ${body.method ?? req.url}`);
    if (!req.url?.startsWith('/mcp')) return res.writeHead(404).end();
    const session = String(req.headers['mcp-session-id'] ?? '');
    if (body.method !== 'initialize' && !sessions.has(session)) {
      return json(res, 400, {
        error: { code: -32000, message: 'Bad Request: No valid session ID provided' },
      });
    }
    if (req.method === 'GET') {
      res.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      streams.add(res);
      res.once('close', () => streams.delete(res));
      return undefined;
    }
    if (req.method === 'DELETE') {
      sessions.delete(session);
      return res.writeHead(200).end();
    }
    if (body.id === undefined) return res.writeHead(202).end();
    if (body.method === 'initialize') {
      const id = randomUUID();
      sessions.add(id);
      clients.push(body.params?.clientInfo?.name ?? '');
      res.setHeader('mcp-session-id', id);
      const serverInfo = { name: 'plain', version: '1' };
      const capabilities = { tools: { listChanged: true } };
      return json(res, 200, {
        id: body.id,
        result: { protocolVersion: '2025-06-18', serverInfo, capabilities },
      });
    }
    if (body.method === 'tools/call' && breaksNext) {
      breaksNext = false;
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write(': soon\n\n', () => res.destroy());
      return undefined;
    }
    const said = body.params?.arguments?.text ?? '';
    const content = [{ type: 'text', text: said.length > 1000 ? `${said.length} characters` : said }];
    const result =
      body.method === 'tools/call' ? { content } : body.method === 'tools/list' ? { tools: [] } : {};
    return json(res, 200, { id: body.id, result });
  };

  const server = createServer((req, res) => void answer(req, res));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    requests,
    clients,
    sessions,
    get streams() {
      return streams.size;
    },
    breakNextAnswer: () => {
      breaksNext = true;
    },
    forgetSessions: () => {
      sessions.clear();
      for (const each of streams) each.destroy();
      streams.clear();
    },
    endStreams: () => {
      for (const each of streams) each.end();
      streams.clear();
    },
    announce: () => {
      const message = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' });
      for (const each of streams) each.write(`data: ${message}\n\n`);
    },
    close: async () => {
      const closed = new Promise<void>(resolve => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function json(res: ServerResponse, status: number, body: object): void {
  res.writeHead(status, { 'content-type': 'application/json' });
  res.end(JSON.stringify({ jsonrpc: '2.0', id: null, ...body }));
}
