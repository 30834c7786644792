import { lookup as systemLookup } from 'node:dns/promises';
import { request } from 'node:http';
import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls';
import { isPublicAddress } from '../base/address.ts';
import { Fault } from '../base/fault.ts';
import type { Connection } from '../base/world.ts';
import { connectFault, connectTimeoutFault, privateFault, proxyFault } from './dial-fault.ts';
import { hostOf, type NamedProxy, portOf, proxyAuthorization, shownProxy } from './proxy.ts';
import { certificateFault, handshakeFault, presentedChain, serverName } from './tls.ts';

interface Address {
  address: string;
  family: number;
}

/** Every address of a name. The system's resolver, unless another is given. */
export type Resolve = (host: string) => Promise<readonly Address[]>;

export const systemResolve: Resolve = host => systemLookup(host, { all: true });

/** Where a connection is to lead, and how. */
export interface Route {
  host: string;
  port: number;
  secure: boolean;
  /** A proxy that is asked for a tunnel, or that is itself at `host` and `port`. */
  proxy: NamedProxy | undefined;
  /** The route ends at the proxy, which is asked for whole URLs. */
  forwarded: boolean;
  reach: 'any' | 'public';
  /** IPv6 addresses are left out. */
  ipv4: boolean;
  /** Milliseconds for all of it: name, connection, tunnel and handshake. */
  timeout: number;
  resolve: Resolve;
  trust(): SecureContext;
}

/** TLS sessions of one route, so that a later connection costs a round trip less. */
export interface Resumption {
  session?: Buffer;
  /** A resumed session does not bring the chain along, so it is kept from the first handshake. */
  tls?: NonNullable<Connection['tls']>;
}

export interface Opened {
  socket: Socket;
  connection: Omit<Connection, 'reused'>;
}

/** The first of an event, an error, or the signal; the socket does not survive the last two. */
function until<T extends Socket>(
  socket: T,
  event: 'connect' | 'secureConnect',
  signal: AbortSignal,
  fault: (error: NodeJS.ErrnoException) => unknown,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = (done: () => void) => {
      signal.removeEventListener('abort', aborted);
      socket.off(event, opened).off('error', failed).off('close', closed);
      done();
    };
    const opened = () => settle(() => resolve(socket));
    const fail = (thrown: unknown) => {
      settle(() => reject(thrown));
      // A socket that is being given up may still report what went wrong with it.
      socket.on('error', () => {}).destroy();
    };
    const failed = (error: NodeJS.ErrnoException) => fail(fault(error));
    const closed = () =>
      failed(Object.assign(new Error('The connection was closed.'), { code: 'ECONNRESET' }));
    const aborted = () => fail(signal.reason);
    socket.once(event, opened).once('error', failed).once('close', closed);
    if (signal.aborted) aborted();
    else signal.addEventListener('abort', aborted, { once: true });
  });
}

/** Refuses a destination that is not public, as far as it can be told before dialling. */
function checkLiteral(host: string, reach: Route['reach']): void {
  if (reach === 'public' && isIP(host) !== 0 && !isPublicAddress(host)) throw privateFault(host, [host]);
}

/** Those of a name's addresses that may be dialled. */
export function allowedAddresses<T extends { address: string }>(
  addresses: readonly T[],
  reach: Route['reach'],
): T[] {
  return addresses.filter(({ address }) => reach === 'any' || isPublicAddress(address));
}

/** The fault for a place that `--ipv4` leaves no way to. */
function noIpv4(what: string): Fault {
  return new Fault('net.dns', `${what}, and --ipv4 allows no other than IPv4.`, {
    remedy: 'Leave --ipv4 out, or use a name with an IPv4 address.',
  });
}

/** Why none of a name's addresses may be dialled; `left`: those that are of the right family. */
function noAddress(name: string, all: readonly Address[], left: readonly Address[]): Error {
  if (left.length > 0) {
    return privateFault(
      name,
      left.map(({ address }) => address),
    );
  }
  if (all.length > 0) return noIpv4(`${name} has IPv6 addresses only`);
  return Object.assign(new Error(`No address for ${name}.`), { code: 'ENOTFOUND' });
}

/** A TCP connection to the first address that answers, IPv6 and IPv4 tried in turn (RFC 8305). */
async function openTcp(
  { host, port, reach, ipv4, resolve }: Pick<Route, 'host' | 'port' | 'reach' | 'ipv4' | 'resolve'>,
  signal: AbortSignal,
): Promise<Opened> {
  checkLiteral(host, reach);
  if (ipv4 && isIP(host) === 6) throw noIpv4(`${host} is an IPv6 address`);
  const begun = performance.now();
  let resolved: number | undefined;
  // The check is made on the very addresses that are dialled, so no second answer of the resolver can slip by.
  const lookup: LookupFunction = (name, options, done) => {
    resolve(name).then(
      all => {
        resolved = performance.now();
        const addresses = ipv4 ? all.filter(({ family }) => family === 4) : all;
        const allowed = allowedAddresses(addresses, reach);
        const [first] = allowed;
        if (first === undefined) done(noAddress(name, all, addresses) as NodeJS.ErrnoException, []);
        else if (options.all) done(null, allowed);
        else done(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => done(error, []),
    );
  };
  const socket = connect({
    host,
    port,
    lookup,
    autoSelectFamily: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
  });
  await until(socket, 'connect', signal, error => connectFault(host, port, error));
  const ended = performance.now();
  return {
    socket,
    connection: {
      ...(socket.remoteAddress === undefined ? {} : { address: socket.remoteAddress }),
      ...(socket.remoteFamily === undefined ? {} : { family: socket.remoteFamily === 'IPv6' ? 6 : 4 }),
      ...(resolved === undefined ? {} : { dns: resolved - begun }),
      connect: ended - (resolved ?? begun),
    },
  };
}

/**
 * TLS over a connection that is there. Verification is done here and not by the socket itself, because a
 * socket that refuses a certificate throws it away, and the chain is what tells the cases apart. Nothing
 * is written before the check.
 */
async function openTls(
  socket: Socket,
  host: string,
  port: number,
  context: SecureContext,
  signal: AbortSignal,
  resumption: Resumption,
): Promise<{ socket: TLSSocket; tls: NonNullable<Connection['tls']>; tlsHandshake: number }> {
  const begun = performance.now();
  const servername = serverName(host);
  const secured = connectTls({
    socket,
    host,
    ...(servername === undefined ? {} : { servername }),
    secureContext: context,
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: false,
    ...(resumption.session ? { session: resumption.session } : {}),
  });
  secured.on('session', session => {
    if (secured.authorized) resumption.session = session;
  });
  await until(secured, 'secureConnect', signal, error => handshakeFault(host, port, error));
  if (!secured.authorized) {
    const fault = certificateFault(host, secured);
    secured.on('error', () => {}).destroy();
    throw fault;
  }
  const resumed = secured.isSessionReused() ? resumption.tls : undefined;
  const tls = resumed ?? { protocol: secured.getProtocol() ?? 'unknown', chain: presentedChain(secured) };
  resumption.tls = tls;
  return { socket: secured, tls, tlsHandshake: performance.now() - begun };
}

/** Asks the proxy for a tunnel. RFC 9110 §9.3.6. */
function openTunnel(
  socket: Socket,
  proxy: NamedProxy,
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<Socket> {
  const target = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  const credentials = proxyAuthorization(proxy);
  return new Promise((resolve, reject) => {
    const asked = request({
      method: 'CONNECT',
      path: target,
      headers: {
        host: target,
        connection: 'keep-alive',
        ...(credentials ? { 'proxy-authorization': credentials } : {}),
      },
      createConnection: () => socket,
    });
    const fail = (thrown: unknown) => {
      signal.removeEventListener('abort', aborted);
      reject(thrown);
      socket.on('error', () => {}).destroy();
    };
    const aborted = () => fail(signal.reason);
    signal.addEventListener('abort', aborted, { once: true });
    asked.on('error', cause =>
      fail(proxyFault(proxy, connectFault(hostOf(proxy.url), portOf(proxy.url), cause, target))),
    );
    asked.on('connect', ({ statusCode = 0 }, tunnel: Socket, head) => {
      if (statusCode < 200 || statusCode > 299) {
        fail(refusedByProxy(proxy, target, statusCode));
        return;
      }
      signal.removeEventListener('abort', aborted);
      if (head.byteLength > 0) tunnel.unshift(head);
      resolve(tunnel);
    });
    asked.end();
  });
}

/** The `net.failed` fault for a proxy that answers itself instead of leading on. */
export function refusedByProxy(proxy: NamedProxy, target: string, status: number): Fault {
  const authentication = status === 407;
  return new Fault(
    'net.failed',
    `The proxy ${shownProxy(proxy)}, set by ${proxy.variable}, answers ${status} when asked for ${target}.`,
    {
      remedy: authentication
        ? `It wants a name and a password: set them in ${proxy.variable}, as in http://name:password@proxy:3128.`
        : 'Ask its operator to allow this address, or list the host in NO_PROXY if it can be reached directly.',
      data: { proxy: shownProxy(proxy), status: String(status), phase: 'connect' },
    },
  );
}

/** A connection to the proxy itself. */
async function openProxy(route: Route, { url }: NamedProxy, signal: AbortSignal): Promise<Opened> {
  const [host, port] = [hostOf(url), portOf(url)];
  const opened = await openTcp({ ...route, host, port, reach: 'any' }, signal);
  if (url.protocol !== 'https:') return opened;
  const { socket } = await openTls(opened.socket, host, port, route.trust(), signal, {});
  return { ...opened, socket };
}

/** What fails on the way to a proxy is the proxy's, and no fault of the server behind it. */
async function blaming<T>(proxy: NamedProxy, signal: AbortSignal, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (thrown) {
    throw thrown instanceof Fault && !signal.aborted ? proxyFault(proxy, thrown) : thrown;
  }
}

async function openAll(route: Route, resumption: Resumption, signal: AbortSignal): Promise<Opened> {
  const { proxy, host, port } = route;
  if (!proxy || route.forwarded) {
    const opened = await openTcp(route, signal);
    if (!route.secure) return opened;
    const { socket, ...tls } = await openTls(opened.socket, host, port, route.trust(), signal, resumption);
    return { socket, connection: { ...opened.connection, ...tls } };
  }
  await checkBehindProxy(route);
  const opened = await blaming(proxy, signal, openProxy(route, proxy, signal));
  // The address is the proxy's and says nothing of the server, so it is left out.
  const { dns, connect: connected = 0 } = opened.connection;
  const connection = {
    viaProxy: shownProxy(proxy),
    ...(dns === undefined ? {} : { dns }),
    connect: connected,
  };
  const tunnel = await openTunnel(opened.socket, proxy, host, port, signal);
  if (!route.secure) return { socket: tunnel, connection };
  const { socket: secured, ...tls } = await openTls(tunnel, host, port, route.trust(), signal, resumption);
  return { socket: secured, connection: { ...connection, ...tls } };
}

/**
 * Behind a proxy the proxy resolves names, and what it finds cannot be seen. So that a server's metadata
 * cannot point it at this network all the same, a name that is private from here is refused, too.
 * Throws `net.private-address`.
 */
export async function checkBehindProxy({ host, reach, resolve }: Pick<Route, 'host' | 'reach' | 'resolve'>) {
  checkLiteral(host, reach);
  if (reach === 'any' || isIP(host) !== 0) return;
  // Behind a proxy many machines cannot resolve outside names at all; that is no reason to refuse.
  const addresses = await resolve(host).catch(() => []);
  const hidden = addresses.map(({ address }) => address).filter(address => !isPublicAddress(address));
  if (hidden.length > 0) throw privateFault(host, hidden);
}

/**
 * Opens a connection within the route's time. Throws `net.dns`, `net.refused`, `net.timeout`, `net.tls`,
 * `net.private-address` or `net.failed`, or the signal's reason.
 */
export async function openConnection(
  route: Route,
  resumption: Resumption,
  signal: AbortSignal,
): Promise<Opened> {
  const clock = new AbortController();
  const timer = setTimeout(() => clock.abort(connectTimeoutFault(route)), route.timeout);
  const either = AbortSignal.any([signal, clock.signal]);
  try {
    const opening = openAll(route, resumption, either);
    return await (route.proxy && route.forwarded ? blaming(route.proxy, either, opening) : opening);
  } finally {
    clearTimeout(timer);
  }
}
