import { createServer, IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Fault } from '../base/fault.ts';

/** An HTTP server that nobody outside this machine can reach. */
export interface LoopbackServer {
  readonly origin: string;
  readonly port: number;
  /** Ends every connection, open streams included. */
  close(): Promise<void>;
}

export type Handler = (req: IncomingMessage, res: ServerResponse) => Promise<void>;

/** The lab is for a few dozen bridges on one machine, not for a crowd. */
const MAX_CONNECTIONS = 1024;

/**
 * Listens on 127.0.0.1. A request that names another host, or comes from a page of another origin, is
 * refused (DNS rebinding). `behind` is the port of whatever stands before it, if anything does. Throws
 * `net.failed` when the port cannot be had.
 */
export async function listenOnLoopback(
  port: number,
  handler: Handler,
  behind?: number,
): Promise<LoopbackServer> {
  let origin = '';
  const server = createServer((req, res) => {
    const from = req.headers.origin;
    if (`http://${req.headers.host}` !== origin || (from !== undefined && from !== origin)) {
      answer(res, 421, 'text/plain; charset=utf-8', `This is ${origin}, and it answers to that name only.\n`);
      return;
    }
    handler(req, res).catch(() => {
      if (!res.headersSent) answer(res, 500, 'text/plain; charset=utf-8', 'The lab failed.\n');
      else res.destroy();
    });
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listen(server, port);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Fault('internal', 'The lab has no port.');
  origin = `http://127.0.0.1:${behind ?? address.port}`;
  return {
    origin,
    port: address.port,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', cause => {
      const message = `The lab cannot listen on port ${port} of 127.0.0.1.`;
      reject(new Fault('net.failed', message, { cause, remedy: 'Choose another port, or leave it out.' }));
    });
    server.listen(port, '127.0.0.1', () => resolve());
  });
}

/** Sends a whole answer, and never lets it be stored. */
export function answer(
  res: ServerResponse,
  status: number,
  type: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  res.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store', ...headers }).end(body);
}

/** Sends a value as JSON. */
export function answerJson(
  res: ServerResponse,
  status: number,
  value: unknown,
  headers?: Readonly<Record<string, string>>,
): void {
  answer(res, status, 'application/json', JSON.stringify(value), headers);
}

/**
 * Reads a request's body. `undefined` means that it was longer than `limit` bytes: the rest is dropped
 * and the connection ends with the answer.
 */
export async function readBody(req: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** The same request with its body still to be read, after the lab has read it for itself. */
export function withBody(req: IncomingMessage, body: Buffer): IncomingMessage {
  const copy = new IncomingMessage(req.socket);
  copy.method = req.method ?? 'GET';
  copy.url = req.url ?? '/';
  copy.headers = req.headers;
  copy.rawHeaders = req.rawHeaders;
  copy.httpVersion = req.httpVersion;
  copy.complete = true;
  copy.push(body);
  copy.push(null);
  return copy;
}
