import { isAddress, isPublicAddress } from '../base/address.ts';
import { isLoopbackHost } from '../base/text.ts';
import type { HeaderList, NetworkSettings, World } from '../base/world.ts';
import type { Probe } from '../checks/examination.ts';
import { checkUrl } from '../oauth/identifier.ts';
import { deadline } from '../oauth/retrieve.ts';
import type { ExchangeId, Span } from '../trace/event.ts';
import { Host, Turns } from './host.ts';
import type { Question } from './plan.ts';
import { LARGEST, read } from './read.ts';

export interface AskingOptions {
  network?: NetworkSettings | undefined;
  /** The user's own header fields, sent to the target's own origin only. */
  headers?: HeaderList | undefined;
  /** Milliseconds for one request, its body included; {@link REQUEST} unless told. */
  timeout?: number | undefined;
  /** Told of each question that is done, and how many there are so far. */
  onAsked?: ((done: number, all: number) => void) | undefined;
  /** Told of all questions whenever one begins or has its answer. */
  onProbes?: ((probes: readonly Probe[]) => void) | undefined;
  /** Told of each address before it is asked. */
  onAddress?: ((url: URL) => void) | undefined;
}

/** Milliseconds for one request: a host that takes connections and says nothing is reported within ten seconds. */
const REQUEST = 9_000;
/** Requests under way at once, whatever the host. */
const AT_ONCE = 48;
/** Milliseconds for HEAD: a server that streams on GET may never answer it, and nothing depends on it. */
const HEAD = 4_000;
const MOST_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];

/**
 * Asks questions of hosts: side by side but politely, within bounds, none of a host that is known to be dead.
 * Throws nothing; what came back is in the exchanges of the probes.
 */
export class Asking {
  /** In the order they were begun. */
  readonly probes: Probe[] = [];
  readonly #target: URL;
  readonly #span: Span;
  readonly #world: Pick<World, 'now' | 'sleep'>;
  readonly #options: AskingOptions;
  /** The exchanges of a span, in the order they began. */
  readonly #exchangesOf: (span: string) => readonly ExchangeId[];
  readonly #over: AbortSignal;
  readonly #hosts = new Map<string, Host>();
  readonly #turns = new Turns(AT_ONCE);
  readonly #aside: Promise<unknown>[] = [];
  /** Where the target answered from. */
  #address: string | undefined;
  #done = 0;
  #all = 0;

  constructor(
    target: URL,
    span: Span,
    world: Pick<World, 'now' | 'sleep'>,
    over: AbortSignal,
    exchangesOf: (span: string) => readonly ExchangeId[],
    options: AskingOptions,
  ) {
    this.#target = target;
    this.#span = span;
    this.#world = world;
    this.#over = over;
    this.#exchangesOf = exchangesOf;
    this.#options = options;
  }

  /** Whether the target was asked and nothing came back. */
  get isTargetDead(): boolean {
    return this.#host(this.#target).isDead;
  }

  /** Asks, follows redirects of a GET hop by hop for the record, and reads what comes. */
  async ask(question: Question): Promise<void> {
    const { kind, url, because, about } = question;
    const probe = { kind, url, because, ...(about === undefined ? {} : { about }) };
    const place = this.probes.push({ ...probe, exchanges: [] }) - 1;
    this.#all++;
    this.#options.onProbes?.(this.probes);
    const host = this.#host(new URL(url));
    await host.turns.take();
    await this.#turns.take();
    try {
      const exchanges = await this.#askTwice(question);
      this.probes[place] = { ...probe, exchanges, ...(exchanges.length === 0 ? { notAsked: true } : {}) };
    } finally {
      this.#turns.give();
      host.turns.give();
      this.#options.onAsked?.(++this.#done, this.#all);
      this.#options.onProbes?.(this.probes);
    }
  }

  /** Leaves probes out of the record, and answers which. Only while no question is under way. */
  forget(which: (probe: Probe) => boolean): Probe[] {
    const dropped = this.probes.filter(which);
    this.probes.splice(0, this.probes.length, ...this.probes.filter(each => !which(each)));
    return dropped;
  }

  /** Resolves when what was begun beside the questions has ended, too. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#aside);
  }

  /** Once more where the host says to come back later; the first answer is kept as a probe of its own. */
  async #askTwice(question: Question): Promise<readonly ExchangeId[]> {
    const { kind, url, because } = question;
    for (let again = false; ; again = true) {
      const span = this.#span.span(`${kind}: ${because}`);
      const isLimited = await this.#hops(question, span).catch(() => false);
      const exchanges = this.#exchangesOf(span.id);
      if (!isLimited || again) return exchanges;
      this.probes.push({
        kind: 'limited',
        url,
        about: kind,
        because: 'The host wanted us to come back later, and we did.',
        exchanges,
      });
    }
  }

  /** Whether the host wants to be asked again later. */
  async #hops(question: Question, span: Span): Promise<boolean> {
    let url: URL | undefined = new URL(question.url);
    for (let hop = 0; url && hop <= MOST_REDIRECTS; hop++) {
      const host = this.#host(url);
      if (!(await host.isWorthAsking())) return false;
      await host.pause(this.#over);
      this.#over.throwIfAborted();
      this.#options.onAddress?.(url);
      const next: URL | 'later' | undefined = await this.#once(question, url, host, span);
      if (next === 'later') return true;
      url = next;
    }
    return false;
  }

  /** One request. Answers where it redirects to, when that is to be followed. */
  async #once(question: Question, url: URL, host: Host, span: Span): Promise<URL | 'later' | undefined> {
    const home = url.origin === this.#target.origin;
    const own = home ? (this.#options.headers ?? []) : [];
    const { timeout: longest = REQUEST, network } = this.#options;
    const timeout = question.method === 'HEAD' ? Math.min(longest, HEAD) : longest;
    const limit = deadline(timeout, this.#world.sleep, `No whole answer within ${timeout} ms.`);
    const signal = AbortSignal.any([limit.signal, this.#over]);
    let answered = false;
    host.begin();
    try {
      const { response, connection } = await span.fetch('probe', {
        method: question.method,
        url: url.href,
        headers: [...question.headers, ...own],
        secretHeaders: own.map(([name]) => name),
        recorded: LARGEST,
        ...(question.body === undefined ? {} : { body: new TextEncoder().encode(question.body) }),
        reach: this.reach(url),
        headTimeout: timeout,
        network,
        signal,
      });
      answered = true;
      // Behind a proxy the address is the proxy's and says nothing.
      if (home && connection.viaProxy === undefined) this.#address ??= connection.address;
      await read(response, question.method === 'POST', this.#world.sleep, signal);
      this.#endSession(response, url, own, span);
      if (response.status === 429 && host.postpone(response.headers.get('retry-after'))) return 'later';
      const to = response.headers.get('location');
      const next = to === null ? null : URL.parse(to, url);
      const follows = question.method === 'GET' && REDIRECTS.includes(response.status);
      return follows && next && checkUrl(next.href, { allowHttp: true }).ok ? next : undefined;
    } finally {
      host.end(answered);
      limit.end();
    }
  }

  /** A session that a probe opened is not left behind. */
  #endSession(response: Response, { href: url }: URL, own: HeaderList, span: Span): void {
    const session = response.headers.get('mcp-session-id');
    if (session === null || !response.ok) return;
    const limit = deadline(this.#options.timeout ?? REQUEST, this.#world.sleep, 'The session did not end.');
    this.#aside.push(
      this.#span
        .span(`End the session of ${span.id}`)
        .fetch('mcp-session-end', {
          method: 'DELETE',
          url,
          headers: [['mcp-session-id', session], ...own],
          secretHeaders: own.map(([name]) => name),
          network: this.#options.network,
          signal: limit.signal,
        })
        .then(({ response: ended }) => ended.body?.cancel())
        .catch(() => {})
        .finally(limit.end),
    );
  }

  /**
   * How far a request may reach. A public server has no business naming places on the user's own network; a
   * server on that network may.
   */
  reach({ origin }: URL): 'any' | 'public' {
    const { hostname } = this.#target;
    if (origin === this.#target.origin || isLoopbackHost(hostname)) return 'any';
    const address = isAddress(hostname) ? hostname : this.#address;
    return address === undefined || isPublicAddress(address) ? 'public' : 'any';
  }

  #host({ origin }: URL): Host {
    const host = this.#hosts.get(origin) ?? new Host(this.#world);
    this.#hosts.set(origin, host);
    return host;
  }
}
