import { createHash } from 'node:crypto';
import type { SecureContext } from 'node:tls';
import { Fault } from '../base/fault.ts';
import type { Scheduler } from '../base/scheduler.ts';
import { plain } from '../base/text.ts';
import type { Dialled, DialRequest, NetworkSettings, World } from '../base/world.ts';
import { checkBehindProxy, type Resolve, type Route, systemResolve } from './dial-connect.ts';
import { send } from './dial-exchange.ts';
import { timeoutFault } from './dial-fault.ts';
import { Lines } from './dial-lines.ts';
import { hostOf, type NamedProxy, portOf, proxyAuthorization, proxyFor } from './proxy.ts';
import { trust } from './tls.ts';

/** Milliseconds for a connection: name, TCP, tunnel and TLS. */
const CONNECT_TIMEOUT = 10_000;
/** Milliseconds for a response's head when the request does not say. */
const HEAD_TIMEOUT = 300_000;
/** Places kept connections to; the one used longest ago gives way. */
const MOST_PLACES = 256;
/** Sets of certificates kept ready. Each costs a few megabytes. */
const MOST_TRUSTS = 16;

export interface DiallerOptions {
  connectTimeout?: number;
  /** Used for requests that set no `headTimeout` of their own. */
  headTimeout?: number;
  /** Told of what is read, for whom, and asked where it comes in many small pieces. */
  scheduler?: Scheduler;
  /** In place of the system's resolver. */
  resolve?: Resolve;
}

export interface Dialler {
  dial: World['dial'];
  /** Ends every connection. Answers still being read break off. */
  close(): Promise<void>;
}

/** A map that forgets what was used longest ago. */
class Recent<T> {
  readonly #entries = new Map<string, T>();
  readonly #limit: number;
  readonly #forget: (value: T) => void;

  constructor(limit: number, forget: (value: T) => void = () => {}) {
    this.#limit = limit;
    this.#forget = forget;
  }

  get(key: string, make: () => T): T {
    const value = this.#entries.get(key) ?? make();
    this.#entries.delete(key);
    this.#entries.set(key, value);
    for (const [oldest, forgotten] of this.#entries) {
      if (this.#entries.size <= this.#limit) break;
      this.#entries.delete(oldest);
      this.#forget(forgotten);
    }
    return value;
  }

  values(): T[] {
    return [...this.#entries.values()];
  }
}

function parse(text: string): URL {
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol) && url.hostname !== '') return url;
  throw new Fault('net.failed', `${plain(text, 100)} is not an http or https URL.`);
}

/**
 * The road to the network: HTTP/1.1 over undici, one shared pool for the whole broker. Connections are
 * shared by requests with the same proxies, certificates and reach, and by no others.
 */
export function createDialler(options: DiallerOptions = {}): Dialler {
  const { connectTimeout = CONNECT_TIMEOUT, headTimeout = HEAD_TIMEOUT, resolve = systemResolve } = options;
  const trusts = new Recent<SecureContext>(MOST_TRUSTS);
  const places = new Recent<Lines>(MOST_PLACES, lines => lines.close());
  const bodies = new Recent<{ open: number }>(MOST_PLACES);
  let closed = false;

  const linesFor = (url: URL, proxy: NamedProxy | undefined, request: DialRequest): Lines => {
    const { reach = 'any', network } = request;
    // Plain HTTP through a proxy is asked of the proxy itself, one place for all such hosts.
    const forwarded = proxy !== undefined && url.protocol === 'http:';
    const place = forwarded ? proxy.url : url;
    const ca = fingerprintOf(network);
    const { connectTimeout: timeout = connectTimeout, ipv4 = false } = network ?? {};
    const way = [forwarded, proxy?.url.href, proxy?.variable, forwarded ? 'any' : reach, ca, timeout, ipv4];
    const key = JSON.stringify([place.origin, ...way]);
    const route: Route = {
      host: hostOf(place),
      port: portOf(place),
      secure: place.protocol === 'https:',
      proxy,
      forwarded,
      reach: forwarded ? 'any' : reach,
      ipv4,
      timeout,
      resolve,
      trust: () => trusts.get(ca, () => trust(network?.extraCa)),
    };
    return places.get(key, () => new Lines(place.origin, route));
  };

  const dial = async (request: DialRequest): Promise<Dialled> => {
    request.signal?.throwIfAborted();
    if (closed) throw new Fault('cancelled', 'Keybridge has ended its connections.');
    const url = parse(request.url);
    const proxy = proxyFor(url, request.network);
    const forward = proxy !== undefined && url.protocol === 'http:' ? proxy : undefined;
    // A limit of the user's begins with the request, so the connection's own does not use it up.
    const limit = request.headTimeout ?? (request.network?.headersTimeout === undefined ? headTimeout : 0);
    const clock = new AbortController();
    const late = () => clock.abort(timeoutFault(hostOf(url), 'answer', limit));
    const timer = limit > 0 ? setTimeout(late, limit) : undefined;
    try {
      if (forward) await checkBehindProxy({ host: hostOf(url), reach: request.reach ?? 'any', resolve });
      const credentials = forward && proxyAuthorization(forward);
      return await send({
        request,
        url,
        lines: linesFor(url, proxy, request),
        forward,
        extra: credentials ? ['proxy-authorization', credentials] : [],
        headSignal: clock.signal,
        bodies: bodies.get(url.origin, () => ({ open: 0 })),
        reading: units => options.scheduler?.account(url.origin, 'reading', units),
      });
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    dial,
    close: async () => {
      closed = true;
      for (const lines of places.values()) lines.destroy();
    },
  };
}

/** A shim's settings stay one object for all its requests, and its certificates may be many. */
const fingerprints = new WeakMap<NetworkSettings, string>();

function fingerprintOf(network: NetworkSettings | undefined): string {
  if (!network?.extraCa) return '';
  const known = fingerprints.get(network);
  if (known !== undefined) return known;
  const fingerprint = createHash('sha256').update(network.extraCa).digest('base64');
  fingerprints.set(network, fingerprint);
  return fingerprint;
}
