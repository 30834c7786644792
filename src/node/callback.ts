import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Fault } from '../base/fault.ts';
import { plain } from '../base/text.ts';
import type { CallbackAddress, CallbackArrival, CallbackPage, World } from '../base/world.ts';
import { type Ends, type Peer, peerOf } from './peer.ts';

/** A browser that waits for its page longer than this gets one that says so. Milliseconds. */
const PAGE_TIMEOUT = 60_000;
const MAX_URL = 32 * 1024;
/** Milliseconds a browser has for its request, and between two looks at who is over it. */
const SLOWEST = { requestTimeout: 10_000, headersTimeout: 10_000, connectionsCheckingInterval: 2_000 };

/** Somebody who waits for browsers at one path. */
interface Route {
  /** The redirect URI. */
  own: URL;
  onArrival: (arrival: CallbackArrival) => void;
}

/** Whose the far end of a connection is. */
type PeerOf = (ends: Ends) => Promise<Peer>;

/** One open port at one address, and every path that is waited for there. */
interface Door {
  server: Server;
  port: number;
  routes: Set<Route>;
}

/**
 * Listens on loopback for browsers that come back from a sign-in. Every address the host's name stands
 * for is bound, or none: `localhost` is two. Paths on one port share it, also where they name the host
 * differently. Throws `callback.port-in-use`, which names the program that holds the port where that can
 * be known. A browser of another user of this machine is refused where the system tells.
 */
export function callbackListener(peer: PeerOf = ends => peerOf(ends)): World['listenForCallback'] {
  const doors = new Map<string, Promise<Door>>();

  async function open(host: string, port: number): Promise<Door> {
    const known = doors.get(`${host} ${port}`);
    if (known) return known;
    const opening = openDoor(host, port, peer);
    // Whoever comes while it opens waits for the same one.
    if (port !== 0) doors.set(`${host} ${port}`, opening);
    try {
      const door = await opening;
      doors.set(`${host} ${door.port}`, opening);
      return door;
    } catch (error) {
      doors.delete(`${host} ${port}`);
      throw error;
    }
  }

  async function leave(host: string, door: Door, route: Route): Promise<void> {
    door.routes.delete(route);
    if (door.routes.size > 0) return;
    doors.delete(`${host} ${door.port}`);
    await closeServer(door.server);
  }

  return async (address, onArrival) => {
    // Browsers resolve every name under localhost to this machine; the system's resolver may not. RFC 6761 §6.3.
    const isName = /(^|\.)localhost$/.test(address.host);
    const hosts = isName ? ['127.0.0.1', '::1'] : [address.host.replace(/^\[|\]$/g, '')];
    const entered: { host: string; door: Door; route: Route }[] = [];
    const close = async () => {
      await Promise.all(entered.splice(0).map(({ host, door, route }) => leave(host, door, route)));
    };
    let port = address.port;
    try {
      for (const host of hosts) {
        let door: Door;
        try {
          door = await open(host, port);
        } catch (error) {
          // A machine without IPv6 has nothing another program could hold there.
          const code = (error as NodeJS.ErrnoException).code;
          if (entered.length > 0 && (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT')) continue;
          throw error;
        }
        port = door.port;
        const route: Route = { own: new URL(redirectUriOf(address, port)), onArrival };
        door.routes.add(route);
        entered.push({ host, door, route });
      }
    } catch (error) {
      await close();
      throw portFault(port, error);
    }
    return { redirectUri: redirectUriOf(address, port), port, close };
  };
}

function redirectUriOf({ host, path }: CallbackAddress, port: number): string {
  return `http://${host === '::1' ? '[::1]' : host}:${port}${path}`;
}

async function openDoor(host: string, port: number, peer: PeerOf): Promise<Door> {
  const server = createServer({ maxHeaderSize: MAX_URL, ...SLOWEST });
  const routes = new Set<Route>();
  server.on('request', (request, response) => void answer(request, response, routes, peer));
  await listen(server, host, port);
  return { server, port: (server.address() as AddressInfo).port, routes };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  routes: ReadonlySet<Route>,
  peer: PeerOf,
): Promise<void> {
  const host = request.headers.host ?? '';
  // A page elsewhere whose name was pointed at this machine (DNS rebinding) comes with that name.
  const named = [...routes].filter(({ own }) => namesOf(own).includes(host));
  // Put together, not resolved: `//name/callback` is a path, and `http://name/callback` is none.
  const url = URL.parse(`http://${host}${request.url}`);
  const here = named.filter(({ own }) => own.pathname === url?.pathname);
  const route = here.find(({ own }) => own.host === host) ?? here[0];
  if (!route || request.method !== 'GET') {
    refuse(response, named.length === 0 || !url ? 421 : route ? 405 : 404);
    return;
  }
  // Other users can read the link in the browser's argument list, and bring a code of their own account with its state.
  if ((await peer(request.socket)) === 'other') {
    refuse(response, 403);
    return;
  }
  const timer = setTimeout(() => {
    send(response, {
      status: 504,
      title: 'The sign-in takes long',
      text: 'The authorization server has not answered yet. Keybridge goes on; you can close this tab.',
    });
  }, PAGE_TIMEOUT);
  response.once('close', () => clearTimeout(timer));
  const arrived = new URL(route.own.origin + request.url);
  route.onArrival({ url: arrived, answer: page => send(response, page) });
}

/** The names a redirect URI may be followed by. */
function namesOf(own: URL): string[] {
  const port = own.port === '' ? '' : `:${own.port}`;
  return [own.host, `127.0.0.1${port}`, `localhost${port}`, `[::1]${port}`];
}

function refuse(response: ServerResponse, status: number): void {
  const allow = status === 405 ? { allow: 'GET' } : {};
  response
    .writeHead(status, {
      'content-type': 'text/plain; charset=utf-8',
      'cross-origin-resource-policy': 'same-origin',
      connection: 'close',
      ...allow,
    })
    .end();
}

const STYLE = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{margin:0;min-height:100vh;display:grid;place-items:center;background:Canvas;color:CanvasText}main{max-width:30rem;padding:2rem}h1{font-size:1.4rem;margin:0 0 .5rem}p{margin:0;opacity:.85}small{display:block;margin-top:2rem;opacity:.6}`;

/** No script, no foreign resource, nothing from the request: only our own two sentences. */
function send(response: ServerResponse, page: CallbackPage): void {
  if (response.headersSent) return;
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(page.title)} · Keybridge</title><style>${STYLE}</style><main><h1>${escapeHtml(page.title)}</h1><p>${escapeHtml(page.text)}</p><small>Keybridge</small></main></html>`;
  response
    .writeHead(page.location === undefined ? page.status : 303, {
      ...(page.location === undefined ? {} : { location: page.location }),
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      // A page elsewhere must not even learn that it could be loaded.
      'cross-origin-resource-policy': 'same-origin',
      connection: 'close',
    })
    .end(html);
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

function portFault(port: number, error: unknown): Fault {
  const code = (error as NodeJS.ErrnoException).code;
  if (code !== 'EADDRINUSE' && code !== 'EACCES') return Fault.of(error);
  const holder = code === 'EADDRINUSE' ? holderOf(port) : undefined;
  return new Fault(
    'callback.port-in-use',
    code === 'EACCES'
      ? `The callback port ${port} may not be used by ordinary programs.`
      : `The callback port ${port} is held by ${holder ?? 'another program'}.`,
    { remedy: 'End that program, or register another port.', cause: error, data: { port: String(port) } },
  );
}

/** The program that listens on a port, where the system lets us look (Linux, the user's own programs). */
function holderOf(port: number): string | undefined {
  try {
    const hex = port.toString(16).toUpperCase().padStart(4, '0');
    const rows = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap(readRows);
    const inode = rows
      .map(row => row.trim().split(/\s+/))
      .find(row => row[1]?.endsWith(`:${hex}`) && row[3] === '0A')?.[9];
    if (!inode) return undefined;
    for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
      const folder = `/proc/${pid}/fd`;
      try {
        if (readdirSync(folder).some(fd => readlinkSync(`${folder}/${fd}`) === `socket:[${inode}]`)) {
          return `${plain(readFileSync(`/proc/${pid}/comm`, 'utf8'), 40)} (process ${pid})`;
        }
      } catch {
        // Another user's process, or one that ended meanwhile.
      }
    }
  } catch {
    // Not Linux.
  }
  return undefined;
}

/** The rows of a table of the kernel; none where there is no such table (no IPv6). */
function readRows(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}
