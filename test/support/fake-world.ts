import { isAddress, isPublicAddress } from '../../src/base/address.ts';
import { Fault } from '../../src/base/fault.ts';
import { Scheduler } from '../../src/base/scheduler.ts';
import { isLoopbackHost } from '../../src/base/text.ts';
import type {
  CallbackArrival,
  CallbackPage,
  Dialled,
  DialRequest,
  Files,
  SecretVault,
  World,
} from '../../src/base/world.ts';
import { type FakeClock, fakeClock } from './fake-clock.ts';

/** A server in memory. What it throws is a connection that broke. */
export type Handler = (request: Request, dialled: DialRequest) => Response | Promise<Response>;

export interface FakeServer {
  handle: Handler;
  /** The address its name resolves to; a public one unless told, or the literal one. */
  address?: string;
  /** The proxy it is reached by; `address` is then the proxy's. */
  viaProxy?: string;
}

export interface FakeWorldOptions {
  /** Servers by origin. An origin that is not listed does not resolve. */
  servers?: Readonly<Record<string, Handler | FakeServer>>;
  /** Milliseconds since the epoch. */
  now?: number;
}

export interface FakeWorld extends World {
  clock: FakeClock;
  /** Adds or replaces a server while the test runs. */
  mount(origin: string, server: Handler | FakeServer): void;
  /** Everything that was dialled, in order. */
  dials: readonly DialRequest[];
  /** URLs given to the browser. Nothing happens to them until `browse`. */
  opened: readonly URL[];
  /** From now on another program holds the port. */
  occupy(port: number): void;
  /** Follows a URL as a browser does, by GET, to the first page or the callback; returns that page. */
  browse(url: URL | string): Promise<CallbackPage>;
}

const PUBLIC_ADDRESS = '20.0.0.1';

function addressOf(hostname: string, server: FakeServer): string {
  if (server.address !== undefined) return server.address;
  if (isAddress(hostname)) return hostname.replace(/^\[|\]$/g, '');
  return isLoopbackHost(hostname) ? '127.0.0.1' : PUBLIC_ADDRESS;
}

/** Rejects as soon as the signal says so, whatever the promise does. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** A World in memory: servers are functions, the clock is turned by hand, nothing leaves the process. */
export function fakeWorld(options: FakeWorldOptions = {}): FakeWorld {
  const clock = fakeClock(options.now);
  const servers = new Map<string, FakeServer>();
  const listeners = new Map<string, (arrival: CallbackArrival) => void>();
  const dials: DialRequest[] = [];
  const opened: URL[] = [];
  const occupied = new Set<number>();
  let nextPort = 40_000;
  let seed = 1;

  const randomByte = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % 256;
  };
  const mount = (origin: string, server: Handler | FakeServer) => {
    servers.set(new URL(origin).origin, typeof server === 'function' ? { handle: server } : server);
  };
  for (const [origin, server] of Object.entries(options.servers ?? {})) mount(origin, server);

  async function dial(request: DialRequest): Promise<Dialled> {
    request.signal?.throwIfAborted();
    dials.push(request);
    const url = new URL(request.url);
    const server = servers.get(url.origin);
    if (!server) throw new Fault('net.dns', `The name ${url.hostname} does not resolve.`);
    const address = addressOf(url.hostname, server);
    if (request.reach === 'public' && !isPublicAddress(address)) {
      throw new Fault('net.private-address', `${url.hostname} is at ${address}, which is not public.`);
    }
    const answer = new Request(request.url, {
      method: request.method,
      headers: request.headers.map(([name, value]) => [name, value]),
      ...(request.body ? { body: Uint8Array.from(request.body) } : {}),
      redirect: 'manual',
    });
    const handled = (async () => server.handle(answer, request))().catch(thrown => {
      throw Fault.of(thrown, 'net.failed');
    });
    const patience = new AbortController();
    const tooLate = async (ms: number): Promise<never> => {
      await clock.sleep(ms, patience.signal);
      throw new Fault('net.timeout', `No answer within ${ms} ms.`);
    };
    try {
      const race = request.headTimeout ? Promise.race([handled, tooLate(request.headTimeout)]) : handled;
      const response = await orAborted(race, request.signal ?? undefined);
      const family = address.includes(':') ? 6 : 4;
      const viaProxy = server.viaProxy === undefined ? {} : { viaProxy: server.viaProxy };
      const connection = { address, family, reused: false, ...viaProxy } as const;
      return { response, headers: [...response.headers], connection };
    } finally {
      patience.abort();
    }
  }

  async function browse(target: URL | string): Promise<CallbackPage> {
    let url = new URL(target);
    for (let hop = 0; hop < 20; hop++) {
      const listener = listeners.get(url.origin + url.pathname);
      if (listener && url.searchParams.has('state')) {
        const here = url;
        return new Promise(resolve => listener({ url: here, answer: resolve }));
      }
      const { response } = await dial({ method: 'GET', url: url.href, headers: [['accept', 'text/html']] });
      const location = response.headers.get('location');
      if (location === null || response.status < 300 || response.status > 399) {
        return { status: response.status, title: '', text: await response.text() };
      }
      url = new URL(location, url);
    }
    throw new Error('The browser was redirected more than 20 times.');
  }

  return {
    clock,
    mount,
    dials,
    opened,
    occupy: port => void occupied.add(port),
    browse,
    dial,
    now: clock.now,
    sleep: clock.sleep,
    scheduler: new Scheduler(work => void setImmediate(work)),
    // The same bytes in every run, never the same twice in one.
    random: bytes => Uint8Array.from({ length: bytes }, randomByte),
    openBrowser: async url => void opened.push(url),
    listenForCallback: async ({ host, port, path }, onArrival) => {
      const bound = port === 0 ? nextPort++ : port;
      const redirectUri = `http://${host}:${bound}${path}`;
      if (occupied.has(bound) || listeners.has(redirectUri)) {
        throw new Fault('callback.port-in-use', `Port ${bound} is in use.`);
      }
      listeners.set(redirectUri, onArrival);
      return { redirectUri, port: bound, close: async () => void listeners.delete(redirectUri) };
    },
    vault: memoryVault(),
    files: memoryFiles(),
  };
}

/** A vault that forgets. */
export function memoryVault(): SecretVault {
  const secrets = new Map<string, Uint8Array>();
  return {
    kind: 'memory',
    get: async name => secrets.get(name)?.slice(),
    set: async (name, secret) => void secrets.set(name, secret.slice()),
    delete: async name => void secrets.delete(name),
  };
}

/** A state folder that forgets. */
export function memoryFiles(): Files {
  const files = new Map<string, Uint8Array>();
  return {
    read: async name => files.get(name)?.slice(),
    replace: async (name, bytes) => void files.set(name, bytes.slice()),
  };
}
