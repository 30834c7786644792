import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Port } from '../api/port.ts';
import { newNonce, PROOF_TIME } from '../api/window-proof.ts';
import { Fault } from '../base/fault.ts';
import { asString, isObject, parseJson } from '../base/json.ts';
import { isOtherUser } from './peer.ts';
import { readWindow, WINDOW_HEADERS, type WindowFile } from './window-files.ts';
import { webSocketPort } from './window-port.ts';
import { WindowSessions } from './window-session.ts';

/** Cookies know no ports, so the name has it: each installation's window has a cookie of its own. */
const COOKIE = 'keybridge';
const PROTOCOL = 'keybridge';
/** What a page puts into the proofs. */
const NONCE = /^[\w-]{43}$/;
/** Bytes of one message from a window: a pasted configuration is the largest. */
const LARGEST = 16 * 1024 * 1024;
/** Milliseconds in which a window takes what is still on its way to it when the port closes. */
const LAST_WORDS = 1_000;
const MAX_HEADERS = 16 * 1024;
/** Milliseconds. */
const SLOWEST = { requestTimeout: 10_000, headersTimeout: 10_000, connectionsCheckingInterval: 2_000 };

export interface WindowServer {
  readonly port: number;
  /** Windows open just now. */
  readonly windows: number;
  /** An address that opens the window once, within a minute. */
  address(): string;
  close(): Promise<void>;
}

export interface WindowServerOptions {
  /** The installation's secret. */
  secret: Uint8Array;
  /** The port to have if it is free; 0 for any. */
  port: number;
  /** Serves one window until its port closes. */
  serve(port: Port): void;
  /** The number of windows is another. */
  changed(): void;
  files?: ReadonlyMap<string, WindowFile>;
  /** Whether another user of this machine is at the far end. */
  isStranger?(socket: Socket): boolean;
}

/**
 * Serves the window to browsers of this machine, on 127.0.0.1 only. A ticket in the address is exchanged for
 * a cookie, and for a key that only pages of this port can read, for cookies do not know ports. The key is never
 * sent: each side of a WebSocket proves that it knows it, ours first. Host and Origin have to be exactly ours. Throws `callback.port-in-use` when no port can be had.
 */
export async function serveWindow(options: WindowServerOptions): Promise<WindowServer> {
  const sessions = new WindowSessions(options.secret);
  const { files = readWindow(), isStranger = isOtherUser } = options;
  const server = createServer({ maxHeaderSize: MAX_HEADERS, ...SLOWEST });
  const port = await listen(server, options.port).catch(() => listen(server, 0));
  const host = `127.0.0.1:${port}`;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: LARGEST, perMessageDeflate: false });
  const connections = new Set<Socket>();
  const windows = new Set<WebSocket>();

  server.on('connection', socket => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
  });
  server.on('request', (request, response) => {
    // Another name for this machine may be a stranger's: DNS can be made to say anything.
    if (request.headers.host !== host) return refuse(response, 421, 'This address is not served here.');
    if (request.method !== 'GET') return refuse(response, 405, 'Only GET is served here.');
    // Any page may ask for `//`, which is no address; what were thrown here nobody would answer.
    const url = URL.parse(request.url ?? '/', `http://${host}`);
    if (!url) return refuse(response, 400, 'This is no address.');
    const ticket = url.searchParams.get('ticket');
    // Other users may read the address in the browser's argument list, and be faster.
    if (url.pathname === '/' && ticket !== null)
      return isStranger(request.socket) ? refuse(response, 403, OPEN_ANEW) : redeem(ticket, response);
    if (!sessions.knows(cookieOf(request, port))) return refuse(response, 403, OPEN_ANEW);
    const file = files.get(url.pathname);
    if (!file) return refuse(response, 404, 'There is nothing here.');
    const cache = url.pathname === '/' ? 'no-store' : 'private, max-age=31536000, immutable';
    response.writeHead(200, { ...WINDOW_HEADERS, 'content-type': file.type, 'cache-control': cache });
    response.end(file.bytes);
  });

  function redeem(ticket: string, response: ServerResponse): void {
    const session = sessions.redeem(ticket);
    if (!session) {
      refuse(response, 403, OPEN_ANEW);
      return;
    }
    response.writeHead(303, {
      ...WINDOW_HEADERS,
      'cache-control': 'no-store',
      'set-cookie': `${COOKIE}-${port}=${session.cookie}; HttpOnly; SameSite=Strict; Path=/`,
      // A fragment stays in the browser.
      location: `/#key=${session.key}`,
    });
    response.end();
  }

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // From here on nobody else listens for it, and one that breaks off must not be an error of the whole process.
    socket.on('error', () => socket.destroy());
    const [protocol, nonce = '', ...more] = (request.headers['sec-websocket-protocol'] ?? '').split(/,\s*/);
    const cookie = cookieOf(request, port);
    const meeting = { window: nonce, core: newNonce(), host };
    const proof = sessions.proof(cookie, 'core', meeting);
    const mayKnock =
      request.headers.host === host &&
      request.headers.origin === `http://${host}` &&
      request.url === '/api' &&
      protocol === PROTOCOL &&
      NONCE.test(nonce) &&
      more.length === 0 &&
      proof !== undefined &&
      !isStranger(request.socket);
    if (!mayKnock) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (window: WebSocket) => {
      const late = setTimeout(() => window.terminate(), PROOF_TIME);
      window.on('error', () => window.terminate());
      window.once('close', () => clearTimeout(late));
      window.once('message', data => {
        clearTimeout(late);
        const said = parseJson(String(data));
        const theirs = isObject(said) ? asString(said.proof) : undefined;
        if (!sessions.isProved(cookie, meeting, theirs ?? '')) return window.close(1008);
        windows.add(window);
        options.serve(webSocketPort(window));
        options.changed();
        window.on('close', () => {
          windows.delete(window);
          options.changed();
        });
      });
      // Ours first: a page says nothing to whoever listens here in our place.
      window.send(JSON.stringify({ nonce: meeting.core, proof }));
    });
  });

  return {
    port,
    get windows() {
      return windows.size;
    },
    address: () => `http://${host}/?ticket=${sessions.ticket()}`,
    close: async () => {
      for (const window of sockets.clients) window.close(1001);
      const closed = new Promise<void>(resolve => server.close(() => resolve()));
      for (const socket of connections) socket.destroySoon();
      // A window that does not read must not keep another broker waiting.
      const late = setTimeout(() => {
        for (const socket of connections) socket.destroy();
      }, LAST_WORDS);
      await closed;
      clearTimeout(late);
    },
  };
}

const OPEN_ANEW = 'This window has to be opened by Keybridge: run `keybridge open`, or open its app.';

function listen(server: ReturnType<typeof createServer>, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) =>
      reject(
        new Fault('callback.port-in-use', 'No port could be had for the window.', {
          remedy: 'Close what holds it, then try again.',
          cause: error,
        }),
      );
    server.once('error', failed);
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      server.off('error', failed);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function cookieOf(request: IncomingMessage, port: number): string {
  const name = `${COOKIE}-${port}=`;
  for (const each of (request.headers.cookie ?? '').split(/;\s*/)) {
    if (each.startsWith(name)) return each.slice(name.length);
  }
  return '';
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    ...WINDOW_HEADERS,
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    connection: 'close',
  });
  response.end(`${text}\n`);
}
