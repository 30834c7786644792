import { isAddress } from '../base/address.ts';
import { asString } from '../base/json.ts';
import type { HeaderList, NetworkSettings, World } from '../base/world.ts';
import { endpointsOf } from '../checks/endpoints.ts';
import type {
  Examination,
  MachineLook,
  NameLookup,
  Probe,
  ProxyLook,
  TlsLook,
} from '../checks/examination.ts';
import { isNoEndpoint } from '../checks/gate.ts';
import { View } from '../checks/view.ts';
import { discover } from '../oauth/discover.ts';
import { checkUrl } from '../oauth/identifier.ts';
import { deadline } from '../oauth/retrieve.ts';
import type { Exchange, ExchangeId, Span, TraceEvent } from '../trace/event.ts';
import type { Trace } from '../trace/trace.ts';
import { Asking } from './asking.ts';
import { kindOf, kindQuestions } from './kind.ts';
import { inOrder } from './order.ts';
import { endpointOf, type Overrides } from './overrides.ts';
import {
  authorizeQuestion,
  elsewhereQuestions,
  endpointQuestions,
  fallbackQuestions,
  freshQuestion,
  jwksQuestion,
  namedResourceQuestion,
  type Question,
  resourceQuestions,
  serverQuestions,
  strayQuestions,
  tokenPreflightQuestion,
} from './plan.ts';
import { belongs, type Step } from './steps.ts';

/** What only the host of the doctor can see: names, certificates, proxies and other bridges. */
export interface Instruments {
  lookUp(host: string): Promise<NameLookup>;
  /** `public`: no address on a private network is dialled. */
  lookAtTls(host: string, port: number, reach: 'any' | 'public'): Promise<TlsLook>;
  lookAtProxy(url: URL): ProxyLook;
  lookAtMachine?(target: URL): MachineLook;
}

export interface ExamineOptions {
  network?: NetworkSettings | undefined;
  /** The user's own header fields, sent to the target's own origin only. */
  headers?: HeaderList | undefined;
  allowHttp?: boolean | undefined;
  signal?: AbortSignal | undefined;
  /** Milliseconds for one request, its body included; 9,000 unless told. */
  timeout?: number | undefined;
  instruments?: Instruments | undefined;
  /** Asks only what this part of an examination, and the way there, wants. */
  only?: Step | undefined;
  /** Asked for the resource metadata in place of what the challenge names. */
  resourceMetadata?: string | undefined;
  /** Examined in place of the authorization servers that the resource metadata lists. */
  issuers?: readonly string[] | undefined;
  /** Endpoints, client, scopes and resource in place of what the servers say. */
  overrides?: Overrides | undefined;
  /** Told what is being done. */
  onProgress?: ((doing: string) => void) | undefined;
  /** Told of all questions so far, in the specification's order, whenever one begins or has its answer. */
  onProbes?: ((probes: readonly Probe[]) => void) | undefined;
}

/** Milliseconds for a connection: a host that is not there is reported before people give up waiting. */
const CONNECT = 7_000;
/** Milliseconds for a whole pass, whatever the hosts do. */
const TOTAL = 60_000;
const MOST_ISSUERS = 8;

/**
 * One pass over a target that changes nothing there: a server's URL, or an issuer's; without `kind` a few
 * questions find out which. What goes wrong is data; the only thing thrown is the reason of `signal`.
 */
export async function examine(
  target: URL,
  kind: 'server' | 'issuer' | undefined,
  span: Span,
  trace: Trace,
  world: Pick<World, 'now' | 'sleep'>,
  options: ExamineOptions = {},
): Promise<Examination> {
  return new Pass(target, kind, span, trace, world, options).run();
}

class Pass {
  readonly #target: URL;
  #kind: 'server' | 'issuer' | undefined;
  readonly #span: Span;
  readonly #trace: Trace;
  readonly #world: Pick<World, 'now' | 'sleep'>;
  readonly #options: ExamineOptions;
  readonly #startedAt: number;
  readonly #exchanges = new Map<string, Exchange>();
  /** The exchanges of each span, in the order they began. */
  readonly #bySpan = new Map<string, ExchangeId[]>();
  readonly #names = new Map<string, Promise<NameLookup>>();
  readonly #tls = new Map<string, Promise<TlsLook>>();
  readonly #limit: ReturnType<typeof deadline>;
  readonly #network: NetworkSettings;
  readonly #asking: Asking;
  /** What was asked already, by kind, address and what it is about. */
  readonly #asked = new Map<string, Promise<void>>();

  constructor(
    target: URL,
    kind: 'server' | 'issuer' | undefined,
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
    const { network, headers, timeout, signal, onProgress } = options;
    this.#limit = deadline(TOTAL, world.sleep, 'The pass took too long and was ended.');
    this.#network = { ...network, connectTimeout: Math.min(network?.connectTimeout ?? CONNECT, CONNECT) };
    const over = signal ? AbortSignal.any([this.#limit.signal, signal]) : this.#limit.signal;
    this.#asking = new Asking(target, span, world, over, id => this.#bySpan.get(id) ?? [], {
      network: this.#network,
      headers,
      timeout,
      onAddress: url => this.#instruments(url),
      onAsked: (done, all) => onProgress?.(`${done} of ${all} questions answered`),
      onProbes: probes => options.onProbes?.(inOrder(probes)),
    });
  }

  async run(): Promise<Examination> {
    const stop = this.#trace.subscribe(event => this.#see(event));
    try {
      this.#instruments(this.#target);
      const dead = new AbortController();
      const { only } = this.#options;
      this.#kind ??= only === undefined || only === 'asm' ? await this.#findKind() : 'server';
      const asClient = this.#kind === 'server' && (only === undefined || only === 'prm' || only === 'asm');
      const client = asClient ? this.#discover(dead.signal) : undefined;
      await (this.#kind === 'server' ? this.#server() : this.#issuer());
      if (this.#asking.isTargetDead) dead.abort();
      const discovery = await client;
      await this.#asking.settled();
      this.#options.signal?.throwIfAborted();
      return await this.#examination(discovery);
    } finally {
      this.#limit.end();
      stop();
    }
  }

  #see(event: TraceEvent): void {
    if (event.kind !== 'exchange') return;
    const { id } = event.exchange;
    if (!this.#exchanges.has(id)) this.#bySpan.set(event.span, [...(this.#bySpan.get(event.span) ?? []), id]);
    this.#exchanges.set(id, event.exchange);
  }

  /** What a client finds; nothing where the pass is over before it is. */
  async #discover(dead: AbortSignal) {
    this.#options.onProgress?.('Doing what a client does');
    const { headers, allowHttp, signal, timeout } = this.#options;
    return discover(this.#target, this.#span, {
      network: this.#network,
      headers,
      allowHttp,
      signal: AbortSignal.any([dead, this.#limit.signal, ...(signal ? [signal] : [])]),
      timeout,
      sleep: this.#world.sleep,
    }).catch(() => undefined);
  }

  async #server(): Promise<void> {
    this.#options.onProgress?.(`Asking ${this.#target.host}`);
    const ask = (questions: readonly Question[]) => Promise.all(questions.map(each => this.#ask(each)));
    const endpoint = endpointQuestions(this.#target);
    const isOpening = ({ kind }: Question) => kind.startsWith('post-');
    // What other questions wait for is asked first; of the rest nothing depends.
    const openings = ask(endpoint.filter(isOpening));
    const resource = ask(resourceQuestions(this.#target));
    const rest = ask(endpoint.filter(each => !isOpening(each)));
    await openings;
    const refused = this.#view().openings;
    const isLost = refused.length > 0 && refused.every(isNoEndpoint);
    const elsewhere = isLost ? ask(elsewhereQuestions(this.#target)) : undefined;
    await Promise.all([this.#askNamed(resource), resource]);
    if (this.#view().resourceDocuments.length === 0) await ask(strayQuestions(this.#target));
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
    const found = listed.length > 0 ? [...new Set(listed)] : [this.#target.origin];
    const { issuers: given = [] } = this.#options;
    const issuers = given.length > 0 ? given : found;
    const tried = issuers.slice(0, MOST_ISSUERS);
    const fallback = ask(fallbackQuestions(this.#target, tried));
    await Promise.all([this.#issuers(tried), fallback, fresh, rest, elsewhere]);
  }

  /** The answers that tell are kept for what the target turns out to be; the others say nothing of it. */
  async #findKind(): Promise<'server' | 'issuer'> {
    this.#options.onProgress?.(`Looking what ${this.#target.host} is`);
    const typed = this.#typed;
    await Promise.all(kindQuestions(this.#target, typed).map(each => this.#ask(each)));
    const kind = kindOf(this.#view(), typed);
    const dropped = this.#asking.forget(probe => probe.kind.startsWith('server-') === (kind === 'server'));
    for (const probe of dropped) this.#asked.delete(keyOf(probe));
    return kind;
  }

  /** The target as an issuer. */
  get #typed(): string {
    const { origin, pathname, href } = this.#target;
    return pathname === '/' ? origin : href;
  }

  /** The target is an issuer. Whether a slash ends it is for its own document to say, not for who typed it. */
  async #issuer(): Promise<void> {
    const typed = this.#typed;
    await this.#issuers([typed]);
    const own = asString(this.#view().serverDocuments(typed)[0]?.json?.issuer);
    if (own === undefined || own.replace(/\/$/, '') !== typed.replace(/\/$/, '')) return;
    for (const probe of this.#asking.probes) if (probe.about === typed) probe.about = own;
  }

  /** One question, where it is part of what was asked for, and once only. */
  async #ask(question: Question): Promise<void> {
    const { only } = this.#options;
    if (only !== undefined && !belongs(question.kind, only)) return;
    const key = keyOf(question);
    const asked = this.#asked.get(key) ?? this.#asking.ask(question);
    this.#asked.set(key, asked);
    await asked;
  }

  /** Asks at the address in the challenge, or takes the answer from there that `resource` brings anyway. */
  async #askNamed(resource: Promise<unknown>): Promise<void> {
    const { resourceMetadata } = this.#options;
    const checked = checkUrl(resourceMetadata ?? this.#view().named ?? '', { allowHttp: true });
    if (!checked.ok) return;
    const question = namedResourceQuestion(checked.url.href, resourceMetadata !== undefined);
    const { kind, url, because } = question;
    const same = () =>
      this.#asking.probes.find(each => each.kind.startsWith('resource-') && each.url === url);
    if (!same()) return this.#ask(question);
    await resource;
    this.#asking.probes.push({ kind, url, because, exchanges: same()?.exchanges ?? [] });
  }

  async #issuers(issuers: readonly string[]): Promise<void> {
    this.#options.onProgress?.(
      `Asking ${issuers.length === 1 ? 'the authorization server' : 'the authorization servers'}`,
    );
    await Promise.all(
      issuers.map(async (issuer, index) => {
        const checked = checkUrl(issuer, { allowHttp: true });
        if (!checked.ok) return;
        await Promise.all(serverQuestions(checked.url, issuer).map(each => this.#ask(each)));
        const [document] = this.#view().serverDocuments(issuer);
        for (const { url } of endpointsOf(document?.json ?? {}))
          if (/^https?:$/.test(url.protocol)) this.#instruments(url);
        const keys = asString(document?.json?.jwks_uri);
        const overrides = index === 0 ? this.#options.overrides : {};
        const [token, page] = (['token_endpoint', 'authorization_endpoint'] as const).map(name => ({
          url: endpointOf(name, document?.json, overrides),
          byUser: overrides?.endpoints?.[name] !== undefined,
        }));
        const further = [
          ...(keys && checkUrl(keys, { allowHttp: true }).ok ? [jwksQuestion(keys, issuer)] : []),
          ...(token?.url ? [tokenPreflightQuestion(token.url, issuer, token.byUser)] : []),
          ...(page?.url ? [authorizeQuestion(page.url, issuer, page.byUser)] : []),
        ];
        await Promise.all(further.map(each => this.#ask(each)));
      }),
    );
  }

  #instruments(url: URL): void {
    const { instruments } = this.#options;
    const host = url.hostname.replace(/^\[|\]$/g, '');
    // Behind a proxy the names are the proxy's to resolve, and the way there is not ours to go.
    if (!instruments || instruments.lookAtProxy(url).used) return;
    if (!isAddress(host) && !this.#names.has(host)) this.#names.set(host, kept(instruments.lookUp(host)));
    const port = Number(url.port || 443);
    const place = `${host}:${port}`;
    if (url.protocol === 'https:' && !this.#tls.has(place))
      this.#tls.set(place, kept(instruments.lookAtTls(host, port, this.#asking.reach(url))));
  }

  #view(): View {
    return new View(this.#plain([], []));
  }

  async #examination(discovery: Examination['discovery']): Promise<Examination> {
    const [names, tls] = await Promise.all([settled(this.#names), settled(this.#tls)]);
    const { instruments } = this.#options;
    const proxy = instruments?.lookAtProxy(this.#target);
    const machine = this.#kind === 'server' ? instruments?.lookAtMachine?.(this.#target) : undefined;
    return {
      ...this.#plain(names, tls),
      ...(discovery ? { discovery } : {}),
      ...(proxy ? { proxy } : {}),
      ...(machine ? { machine } : {}),
    };
  }

  #plain(names: readonly NameLookup[], tls: readonly TlsLook[]): Examination {
    return {
      schema: 1,
      target: this.#target.href,
      kind: this.#kind ?? 'server',
      startedAt: this.#startedAt,
      finishedAt: this.#world.now(),
      probes: inOrder(this.#asking.probes),
      // Of a body that has just ended the trace may know more than it has told.
      exchanges: Object.fromEntries(
        [...this.#exchanges].map(([id, exchange]) => [id, this.#trace.exchange(id) ?? exchange]),
      ),
      names,
      tls,
    };
  }
}

function keyOf({ kind, url, about = '' }: Pick<Question, 'kind' | 'url' | 'about'>): string {
  return `${kind} ${url} ${about}`;
}

/** A look that fails is left out at the end, and must not end the process before. */
function kept<T>(look: Promise<T>): Promise<T> {
  look.catch(() => {});
  return look;
}

async function settled<T>(looks: ReadonlyMap<string, Promise<T>>): Promise<T[]> {
  const results = await Promise.allSettled(looks.values());
  return results.flatMap(each => (each.status === 'fulfilled' ? [each.value] : []));
}
