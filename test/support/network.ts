import { readFileSync } from 'node:fs';
import { createServer as createHttp, type RequestListener, type Server } from 'node:http';
import { createServer as createHttps } from 'node:https';
import {
  type AddressInfo,
  connect,
  createServer as createTcp,
  type Socket,
  type Server as TcpServer,
} from 'node:net';
import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { DialRequest } from '../../src/base/world.ts';
import { createDialler, type DiallerOptions } from '../../src/node/dial.ts';

const folder = new URL('./certificates/', import.meta.url);

/** A certificate or key of the tests, in PEM. */
export const pem = (name: string): string => readFileSync(new URL(`test-${name}.pem`, folder), 'utf8');

export interface Listening {
  port: number;
  /** The sockets that are open now, and how many there ever were. */
  open: Set<Duplex>;
  accepted: number;
}

async function listen(server: TcpServer | Server): Promise<Listening> {
  const listening: Listening = { port: 0, open: new Set(), accepted: 0 };
  server.on('connection', (socket: Socket) => {
    listening.accepted++;
    listening.open.add(socket);
    socket.on('close', () => listening.open.delete(socket)).on('error', () => {});
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  listening.port = (server.address() as AddressInfo).port;
  onTestFinished(async () => {
    const closed = new Promise(resolve => server.close(resolve));
    for (const socket of listening.open) socket.destroy();
    await closed;
  });
  return listening;
}

export async function serveHttp(handler: RequestListener) {
  const listening = await listen(createHttp(handler));
  return Object.assign(listening, { url: `http://127.0.0.1:${listening.port}/` });
}

/** `chain`: names of the certificates that are presented, leaf first. */
export async function serveHttps(handler: RequestListener, chain = ['server', 'intermediate']) {
  const server = createHttps({ key: pem('key'), cert: chain.map(pem).join('') }, handler);
  const listening = await listen(server);
  return Object.assign(listening, { url: `https://127.0.0.1:${listening.port}/` });
}

/** A server below HTTP: what it does with a connection is up to the test. */
export async function serveTcp(handler: (socket: Socket) => void) {
  const listening = await listen(createTcp(handler));
  return Object.assign(listening, { url: `http://127.0.0.1:${listening.port}/` });
}

export interface ProxyLog {
  /** Request lines and Proxy-Authorization of what it was asked. */
  asked: { line: string; authorization: string | undefined }[];
}

/** A real HTTP proxy: CONNECT tunnels and absolute-form requests, every name being this machine. */
export async function serveProxy(options: { refuse?: number } = {}) {
  const log: ProxyLog = { asked: [] };
  const server = createHttp(async (request, response) => {
    const { method = '', url = '' } = request;
    log.asked.push({ line: `${method} ${url}`, authorization: request.headers['proxy-authorization'] });
    if (options.refuse) return void response.writeHead(options.refuse).end();
    const target = new URL(url);
    const inner = await fetch(`http://127.0.0.1:${target.port}${target.pathname}`);
    response.writeHead(inner.status, { 'x-through': 'proxy' }).end(await inner.text());
  });
  server.on('connect', (request, socket: Duplex, head: Buffer) => {
    log.asked.push({ line: `CONNECT ${request.url}`, authorization: request.headers['proxy-authorization'] });
    if (options.refuse) return void socket.end(`HTTP/1.1 ${options.refuse} No\r\n\r\n`);
    const port = Number(request.url?.split(':').at(-1));
    const upstream = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    });
    for (const side of [upstream, socket]) {
      side.on('error', () => {});
      side.on('close', () => {
        upstream.destroy();
        socket.destroy();
      });
    }
  });
  const listening = await listen(server);
  return Object.assign(listening, log, { url: `http://127.0.0.1:${listening.port}` });
}

export function dialler(options?: DiallerOptions) {
  const opened = createDialler(options);
  onTestFinished(() => opened.close());
  return {
    ...opened,
    get: (url: string, more: Partial<DialRequest> = {}) =>
      opened.dial({ method: 'GET', url, headers: [], ...more }),
  };
}

/** Resolves when `condition` holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setImmediate(resolve));
}

/** What a promise is rejected with. */
export async function faultOf(promise: Promise<unknown>) {
  const thrown = await promise.then(
    () => new Error('nothing was thrown'),
    error => error,
  );
  return thrown;
}
