import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as a test server saw it. */
export interface Seen {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
  /** The body as JSON, or an empty object. */
  rpc: { id?: string | number | null; method?: string; params?: Record<string, unknown>; result?: unknown };
}

export interface TestServer {
  url: string;
  readonly seen: Seen[];
  /** The requests seen of one HTTP method, and of one JSON-RPC method where it is given. */
  of(method: string, rpcMethod?: string): Seen[];
  /** Breaks all connections. */
  breakAll(): void;
  close(): Promise<void>;
}

export type Handler = (seen: Seen, res: ServerResponse, req: IncomingMessage) => unknown;

/** A server on 127.0.0.1 that answers as the test says. */
export async function serve(handler: Handler, path = '/mcp'): Promise<TestServer> {
  const seen: Seen[] = [];
  const server = createServer(async (req, res) => {
    res.on('error', () => {});
    const pieces: Buffer[] = [];
    try {
      for await (const piece of req) pieces.push(piece as Buffer);
    } catch {
      return;
    }
    const body = Buffer.concat(pieces).toString();
    const one: Seen = { method: req.method ?? '', path: req.url ?? '', headers: req.headers, body, rpc: {} };
    try {
      one.rpc = JSON.parse(body);
    } catch {}
    seen.push(one);
    await handler(one, res, req);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${path}`,
    seen,
    of: (method, rpcMethod) =>
      seen.filter(one => one.method === method && (rpcMethod === undefined || one.rpc.method === rpcMethod)),
    breakAll: () => server.closeAllConnections(),
    close: () => {
      server.closeAllConnections();
      return new Promise(resolve => server.close(() => resolve()));
    },
  };
}

/** Answers with JSON. */
export function json(
  res: ServerResponse,
  body: unknown,
  status = 200,
  headers: Record<string, string> = {},
): void {
  res.writeHead(status, { 'content-type': 'application/json', ...headers });
  res.end(JSON.stringify(body));
}

/** Begins an event stream; each `event` is sent as it stands, with the blank line after it. */
export function stream(res: ServerResponse, ...events: string[]): void {
  if (!res.headersSent) res.writeHead(200, { 'content-type': 'text/event-stream' });
  res.flushHeaders();
  for (const event of events) res.write(`${event}\n\n`);
}

/** `data:` with JSON in it. */
export const data = (body: unknown): string => `data: ${JSON.stringify(body)}`;

/** A JSON-RPC result. */
export const result = (id: unknown, value: unknown = {}) => ({ jsonrpc: '2.0', id, result: value });

/** The result of `initialize`. */
export const initialized = (id: unknown, protocolVersion = '2025-11-25') =>
  result(id, { protocolVersion, capabilities: {}, serverInfo: { name: 'test', version: '1' } });
