import { isAddress } from '../base/address.ts';
import { Fault } from '../base/fault.ts';
import { asString } from '../base/json.ts';
import { isLoopbackHost } from '../base/text.ts';
import type { HeaderList, NetworkSettings, World } from '../base/world.ts';
import type { Examination, NameLookup, Probe, TlsLook } from '../checks/examination.ts';
import { View } from '../checks/view.ts';
import { discover } from '../oauth/discover.ts';
import { checkUrl } from '../oauth/identifier.ts';
import type { Exchange, ExchangeId, Span, TraceEvent } from '../trace/event.ts';
import type { Trace } from '../trace/trace.ts';
import {
  authorizeQuestion,
  endpointQuestions,
  freshQuestion,
  jwksQuestion,
  namedResourceQuestion,
  type Question,
  resourceQuestions,
  serverQuestions,
  strayQuestions,
} from './plan.ts';

/** What only the host of the doctor can see: names and certificates. */
export interface Instruments {
  lookUp(host: string): Promise<NameLookup>;
  lookAtTls(host: string, port: number): Promise<TlsLook>;
}

export interface ExamineOptions {
  network?: NetworkSettings | undefined;
  /** The user's own header fields, sent to the target's own origin only. */
  headers?: HeaderList | undefined;
  allowHttp?: boolean | undefined;
  signal?: AbortSignal | undefined;
  /** Milliseconds for one request, its body included; 10,000 unless told. */
  timeout?: number | undefined;
  instruments?: Instruments | undefined;
  /** Told what is being done. */
  onProgress?: ((doing: string) => void) | undefined;
}

/** Requests under way at once. */
const AT_ONCE = 8;
/** Bytes of an answer that are read. */
const LARGEST = 256 * 1024;
const MOST_REDIRECTS = 5;
const MOST_ISSUERS = 8;

/**
 * One pass over a target that changes nothing there: a server's URL, or an issuer's. What goes wrong is data;
 * the only thing thrown is the reason of `signal`.
 */
export async function examine(
  target: URL,
  kind: 'server' | 'issuer',
  span: Span,
  trace: Trace,
  world: Pick<World, 'now' | 'sleep'>,
  options: ExamineOptions = {},
): Promise<Examination> {
  return new Pass(target, kind, span, trace, world, options).run();
}

class Pass {
  readonly #target: URL;
  readonly #kind: 'server' | 'issuer';
  readonly #span: Span;
  readonly #trace: Trace;
  readonly #world: Pick<World, 'now' | 'sleep'>;
  readonly #options: ExamineOptions;
  readonly #startedAt: number;
  readonly #probes: Probe[] = [];
  readonly #exchanges = new Map<string, Exchange>();
  /** The exchanges of each span, in the order they began. */
  readonly #bySpan = new Map<string, ExchangeId[]>();
  readonly #names = new Map<string, Promise<NameLookup>>();
  readonly #tls = new Map<string, Promise<TlsLook>>();
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(
    target: URL,
    kind: 'server' | 'issuer',
    span: Span,
    trace: Trace,
    world: Pick<World, 'now' | 'sleep'>,
    options: ExamineOptions,
  ) {
    this.#target = target;
    this.#kind = kind;
    this.#span = span;
    this.#trace = trace;
    this.#world = world;
    this.#options = options;
    this.#startedAt = world.now();
  }

  async run(): Promise<Examination> {
    const stop = this.#trace.subscribe(event => this.#see(event));
    try {
      this.#instruments(this.#target);
      const [discovery] = await Promise.all([
        this.#kind === 'server' ? this.#discover() : undefined,
        this.#kind === 'server' ? this.#server() : this.#issuers([this.#target.href]),
      ]);
      this.#options.signal?.throwIfAborted();
      return await this.#examination(discovery);
    } finally {
      stop();
    }
  }

  #see(event: TraceEvent): void {
    if (event.kind !== 'exchange') return;
    const { id } = event.exchange;
    if (!this.#exchanges.has(id)) this.#bySpan.set(event.span, [...(this.#bySpan.get(event.span) ?? []), id]);
    this.#exchanges.set(id, event.exchange);
  }

  #discover() {
    this.#options.onProgress?.('Doing what a client does');
    const { network, headers, allowHttp, signal, timeout } = this.#options;
    return discover(this.#target, this.#span, {
      network,
      headers,
      allowHttp,
      signal,
      timeout,
      sleep: this.#world.sleep,
    });
  }

  async #server(): Promise<void> {
    this.#options.onProgress?.(`Asking ${this.#target.host}`);
    const early = resourceQuestions(this.#target).map(each => this.#ask(each));
    await Promise.all(endpointQuestions(this.#target).map(each => this.#ask(each)));
    await Promise.all(early);
    await this.#askNamed();
    if (this.#view().resourceDocuments.length === 0)
      await Promise.all(strayQuestions(this.#target).map(each => this.#ask(each)));
    const documents = this.#view().resourceDocuments;
    const cached = documents.find(({ isFromCache }) => isFromCache);
    const fresh = cached && this.#ask(freshQuestion(cached.url, this.#startedAt));
    // What strayed no client finds; where it leads tells why all the same.
    const readable = documents.length > 0 ? documents : this.#view().strayDocuments;
    const listed = readable.flatMap(({ json }) => {
      const servers = json?.authorization_servers;
      return Array.isArray(servers) ? servers.flatMap(each => asString(each) ?? []) : [];
    });
    // A server of 2025-03-26 is its own authorization server, and many others are as well.
    const issuers = listed.length > 0 ? [...new Set(listed)] : [this.#target.origin];
    await Promise.all([this.#issuers(issuers.slice(0, MOST_ISSUERS)), fresh]);
  }

  /** Asks at the address in the challenge, or takes the answer from there that is known already. */
  async #askNamed(): Promise<void> {
    const checked = checkUrl(this.#view().named ?? '', { allowHttp: true });
    if (!checked.ok) return;
    const question = namedResourceQuestion(checked.url.href);
    const same = this.#probes.find(({ kind, url }) => kind.startsWith('resource-') && url === question.url);
    if (!same) return this.#ask(question);
    const { kind, url, because } = question;
    this.#probes.push({ kind, url, because, exchanges: same.exchanges });
  }

  async #issuers(issuers: readonly string[]): Promise<void> {
    this.#options.onProgress?.(
      `Asking ${issuers.length === 1 ? 'the authorization server' : 'the authorization servers'}`,
    );
    await Promise.all(
      issuers.map(async issuer => {
        const checked = checkUrl(issuer, { allowHttp: true });
        if (!checked.ok) return;
        await Promise.all(serverQuestions(checked.url, issuer).map(each => this.#ask(each)));
        const [document] = this.#view().serverDocuments(issuer);
        const jwks = asString(document?.json?.jwks_uri);
        const authorize = asString(document?.json?.authorization_endpoint);
        await Promise.all([
          ...(jwks && checkUrl(jwks, { allowHttp: true }).ok ? [this.#ask(jwksQuestion(jwks, issuer))] : []),
          ...(authorize && checkUrl(authorize, { allowHttp: true }).ok
            ? [this.#ask(authorizeQuestion(authorize, issuer))]
            : []),
        ]);
      }),
    );
  }

  /** Asks, follows redirects of a GET hop by hop for the record, and reads what comes. Throws nothing. */
  async #ask(question: Question): Promise<void> {
    await this.#turn();
    const span = this.#span.span(`${question.kind}: ${question.because}`);
    try {
      let url: URL | undefined = new URL(question.url);
      for (let hop = 0; url && hop <= MOST_REDIRECTS; hop++) {
        this.#instruments(url);
        url = await this.#once(question, url, span);
      }
    } catch {
      // What failed is in the exchange.
    } finally {
      this.#done();
    }
    const { kind, because, about } = question;
    this.#probes.push({
      kind,
      url: question.url,
      because,
      ...(about === undefined ? {} : { about }),
      exchanges: this.#bySpan.get(span.id) ?? [],
    });
  }

  /** One request. Answers where it redirects to, when that is to be followed. */
  async #once(question: Question, url: URL, span: Span): Promise<URL | undefined> {
    const home = url.origin === this.#target.origin;
    const own = home ? (this.#options.headers ?? []) : [];
    const { timeout = 10_000, signal, network } = this.#options;
    const limit = AbortSignal.any([AbortSignal.timeout(timeout), ...(signal ? [signal] : [])]);
    const { response } = await span.fetch('probe', {
      method: question.method,
      url: url.href,
      headers: [...question.headers, ...own],
      secretHeaders: own.map(([name]) => name),
      ...(question.body === undefined ? {} : { body: new TextEncoder().encode(question.body) }),
      // Documents of a public target have no business on the user's own network.
      reach: home || this.#isPrivate ? 'any' : 'public',
      headTimeout: timeout,
      network,
      signal: limit,
    });
    await read(response, limit);
    await this.#endSession(response, own, span);
    const to = response.headers.get('location');
    const next = to === null ? null : URL.parse(to, url);
    const follows = question.method === 'GET' && [301, 302, 303, 307, 308].includes(response.status);
    return follows && next && checkUrl(next.href, { allowHttp: true }).ok ? next : undefined;
  }

  /** A session that a probe opened is not left behind. */
  async #endSession(response: Response, own: HeaderList, span: Span): Promise<void> {
    const session = response.headers.get('mcp-session-id');
    if (session === null || !response.ok) return;
    await this.#span
      .span(`End the session of ${span.id}`)
      .fetch('mcp-session-end', {
        method: 'DELETE',
        url: response.url || this.#target.href,
        headers: [['mcp-session-id', session], ...own],
        secretHeaders: own.map(([name]) => name),
        network: this.#options.network,
        signal: AbortSignal.timeout(this.#options.timeout ?? 10_000),
      })
      .then(({ response: ended }) => ended.body?.cancel())
      .catch(() => {});
  }

  get #isPrivate(): boolean {
    const { hostname } = this.#target;
    return isLoopbackHost(hostname) || isAddress(hostname);
  }

  #instruments(url: URL): void {
    const { instruments } = this.#options;
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (!instruments) return;
    if (!isAddress(host) && !this.#names.has(host)) this.#names.set(host, instruments.lookUp(host));
    const port = Number(url.port || 443);
    const place = `${host}:${port}`;
    if (url.protocol === 'https:' && !this.#tls.has(place))
      this.#tls.set(place, instruments.lookAtTls(host, port));
  }

  #turn(): Promise<void> | undefined {
    if (this.#running < AT_ONCE) {
      this.#running++;
      return undefined;
    }
    return new Promise(resolve => this.#waiting.push(resolve));
  }

  #done(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#running--;
  }

  #view(): View {
    return new View(this.#plain([], []));
  }

  async #examination(discovery: Examination['discovery']): Promise<Examination> {
    const [names, tls] = await Promise.all([settled(this.#names), settled(this.#tls)]);
    return { ...this.#plain(names, tls), ...(discovery ? { discovery } : {}) };
  }

  #plain(names: readonly NameLookup[], tls: readonly TlsLook[]): Examination {
    return {
      schema: 1,
      target: this.#target.href,
      kind: this.#kind,
      startedAt: this.#startedAt,
      finishedAt: this.#world.now(),
      probes: this.#probes,
      exchanges: Object.fromEntries(this.#exchanges),
      names,
      tls,
    };
  }
}

async function settled<T>(looks: ReadonlyMap<string, Promise<T>>): Promise<T[]> {
  const results = await Promise.allSettled(looks.values());
  return results.flatMap(each => (each.status === 'fulfilled' ? [each.value] : []));
}

/** Reads a body so that it is recorded; a stream without end is left after its beginning. */
async function read(response: Response, signal: AbortSignal): Promise<void> {
  if (!response.body) return;
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  const reader = response.body.getReader();
  const stop = () => void reader.cancel(signal.reason).catch(() => {});
  signal.addEventListener('abort', stop);
  try {
    for (let size = 0; ; ) {
      const { done, value } = await reader.read();
      if (done) return;
      size += value.byteLength;
      if (size > LARGEST || isStream) break;
    }
    await reader.cancel().catch(() => {});
  } catch (error) {
    throw Fault.of(error, 'net.failed');
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
