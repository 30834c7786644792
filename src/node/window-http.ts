import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Port } from '../api/port.ts';
import { type Meeting, newNonce, PROOF_TIME } from '../api/window-proof.ts';
import { Fault } from '../base/fault.ts';
import { asString, isObject, parseJson } from '../base/json.ts';
import { canTell, type Ends, type Peer, peerOf } from './peer.ts';
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
/** Bytes of header fields: the cookies of pages at all other ports of this machine come along, 180 of 4 KiB at most. */
const MAX_HEADERS = 1024 * 1024;
/** Programs connected at once. */
const MOST_CONNECTIONS = 256;
/** Milliseconds. */
const SLOWEST = { requestTimeout: 10_000, headersTimeout: 10_000, connectionsCheckingInterval: 2_000 };

export interface WindowServer {
  readonly port: number;
  /** Windows open just now. */
  readonly windows: number;
  /** An address that opens the window once, within a minute, for whoever knows it. Never part of an argument list. */
  address(): string;
  /**
   * An address for an argument list, which others may read: it opens the window once, within a minute, for a
   * connection that is known to be this user's own. `undefined` where the system does not say whose one is.
   */
  ownAddress(): Promise<string | undefined>;
  /** An address for a page on disk to lead to: from there the browser counts as coming from this very port. */
  landing(): string;
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
  /** Whose the far end of a connection is. */
  peer?(ends: Ends): Promise<Peer>;
  /** This ticket was used. */
  entered?(ticket: string): void;
}

/**
 * Serves the window to browsers of this machine, on 127.0.0.1 only. A ticket in the address is exchanged for
 * a cookie, and for a key that only pages of this port can read, for cookies do not know ports. The key is never
 * sent: each side of a WebSocket proves that it knows it, ours first. Host and Origin have to be exactly ours. Throws `callback.port-in-use` when no port can be had.
 */
export async function serveWindow(options: WindowServerOptions): Promise<WindowServer> {
  const sessions = new WindowSessions(options.secret);
  const { files = readWindow(), peer = ends => peerOf(ends) } = options;
  const server = createServer({ maxHeaderSize: MAX_HEADERS, ...SLOWEST });
  const port = await listen(server, options.port).catch(() => listen(server, 0));
  const host = `127.0.0.1:${port}`;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: LARGEST, perMessageDeflate: false });
  const connections = new Set<Socket>();
  const windows = new Set<WebSocket>();
  server.maxConnections = MOST_CONNECTIONS;

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
    const ticket = url.searchParams.get('ticket') ?? url.searchParams.get('entry');
    if (url.pathname === '/landing' && NONCE.test(ticket ?? '')) return land(ticket ?? '', response);
    // Strangers are looked for only where there is something to be had: it takes a moment, and they may ask often.
    if (url.pathname === '/' && ticket !== null) {
      if (!sessions.isGood(ticket, 'own')) return refuse(response, 403, OPEN_ANEW);
      return void peer(request.socket).then(whose => redeem(ticket, whose, response));
    }
    if (sessions.known(cookiesOf(request, port)).length === 0) return refuse(response, 403, OPEN_ANEW);
    void peer(request.socket).then(whose => {
      if (whose === 'other') return refuse(response, 403, OPEN_ANEW);
      const file = files.get(url.pathname);
      if (!file) return refuse(response, 404, 'There is nothing here.');
      const cache = url.pathname === '/' ? 'no-store' : 'private, max-age=31536000, immutable';
      response.writeHead(200, { ...WINDOW_HEADERS, 'content-type': file.type, 'cache-control': cache });
      response.end(file.bytes);
    });
  });

  /** Browsers send no SameSite=Strict cookie on a way that begins at a file, also not behind a redirect. */
  function land(ticket: string, response: ServerResponse): void {
    response.writeHead(200, {
      ...WINDOW_HEADERS,
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      refresh: `0; url=/?ticket=${ticket}`,
    });
    response.end('<!doctype html><title>Keybridge</title>');
  }

  function redeem(ticket: string, whose: Peer, response: ServerResponse): void {
    const session = sessions.redeem(ticket, whose);
    if (!session) {
      refuse(response, 403, OPEN_ANEW);
      return;
    }
    options.entered?.(ticket);
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
    const cookies = sessions.known(cookiesOf(request, port));
    const meeting = { window: nonce, core: newNonce(), host };
    const mayKnock =
      request.headers.host === host &&
      request.headers.origin === `http://${host}` &&
      request.url === '/api' &&
      protocol === PROTOCOL &&
      NONCE.test(nonce) &&
      more.length === 0 &&
      cookies.length > 0;
    const refused = () =>
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    if (!mayKnock) {
      refused();
      return;
    }
    void peer(request.socket).then(whose => {
      if (whose === 'other') refused();
      else meet(request, socket, head, cookies, meeting);
    });
  });

  function meet(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    cookies: readonly string[],
    meeting: Meeting,
  ): void {
    sockets.handleUpgrade(request, socket, head, (window: WebSocket) => {
      const late = setTimeout(() => window.terminate(), PROOF_TIME);
      window.on('error', () => window.terminate());
      window.once('close', () => clearTimeout(late));
      window.once('message', data => {
        clearTimeout(late);
        const said = parseJson(String(data));
        const theirs = isObject(said) ? asString(said.proof) : undefined;
        const isProved = cookies.some(cookie => sessions.isProved(cookie, meeting, theirs ?? ''));
        if (!isProved) return window.close(1008);
        windows.add(window);
        options.serve(webSocketPort(window));
        options.changed();
        window.on('close', () => {
          windows.delete(window);
          options.changed();
        });
      });
      // Ours first: a page says nothing to whoever listens here in our place. One for each cookie, of which any may
      // have been put there by a page at another port.
      const [proof, ...more] = cookies.map(cookie => sessions.proof(cookie, 'core', meeting));
      window.send(JSON.stringify({ nonce: meeting.core, proof, ...(more.length > 0 ? { more } : {}) }));
    });
  }

  return {
    port,
    get windows() {
      return windows.size;
    },
    address: () => `http://${host}/?ticket=${sessions.ticket()}`,
    ownAddress: async () =>
      (await canTell({ address: '127.0.0.1', port }))
        ? `http://${host}/?entry=${sessions.ticket({ ownOnly: true })}`
        : undefined,
    landing: () => `http://${host}/landing?ticket=${sessions.ticket()}`,
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
    const failed = (error: Error) => {
      const { message, remedy = 'Close what holds it, then try again.' } = Fault.of(error);
      const said = `No port could be had for the window. ${message}`;
      reject(new Fault('callback.port-in-use', said, { remedy, cause: error }));
    };
    server.once('error', failed);
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      server.off('error', failed);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Every cookie of our name, of which pages at other ports may have set some. */
function cookiesOf(request: IncomingMessage, port: number): string[] {
  const name = `${COOKIE}-${port}=`;
  const all = (request.headers.cookie ?? '').split(';').map(each => each.trim());
  return all.filter(each => each.startsWith(name)).map(each => each.slice(name.length));
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
