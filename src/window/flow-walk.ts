import type { LoginEvent } from '../api/contract.ts';
import type { FlowArrow, FlowEvent } from '../api/window.ts';
import type { Onlooker, Sight } from '../broker/onlooker.ts';
import type { Target } from '../broker/settings.ts';
import { type Parameter, shownParameter } from '../oauth/asking.ts';
import type { SignInHosts } from '../oauth/authorization-endpoint.ts';
import { namedResourceMetadata, parseChallenges } from '../oauth/challenge.ts';
import type { Grant } from '../oauth/grant.ts';
import type { DiscoveryReport, ServerMetadata } from '../oauth/report.ts';
import type { Link } from '../oauth/sign-in.ts';
import { resourceMetadataPlaces } from '../oauth/well-known.ts';
import type { Exchange, ExchangeId, TraceEvent } from '../trace/event.ts';
import type { Trace } from '../trace/trace.ts';
import { type ArrowName, FlowChart } from './flow-chart.ts';
import { challengeFields, fieldsOf, lineOf, resourceFields, serverFields } from './flow-fields.ts';
import { tokenClaims } from './token-claims.ts';

/** Which arrow a request belongs to. */
const BY_PURPOSE: Partial<Record<Exchange['purpose'], ArrowName>> = {
  'resource-metadata': 'resource-metadata',
  'server-metadata': 'server-metadata',
  registration: 'registration',
  device: 'device',
  token: 'token',
};

/** One sign-in as a window watches or walks it. It waits where {@link FlowWalk.goOn} is to be pressed. */
export class FlowWalk implements Onlooker {
  readonly #tell: (event: FlowEvent) => void;
  readonly #server: URL;
  readonly #isWalked: boolean;
  readonly #recorded: Trace;
  readonly #now: () => number;
  readonly #chart: FlowChart;
  readonly #spans = new Set<string>();
  readonly #exchanges = new Map<ExchangeId, Exchange>();
  readonly #waiting = new Set<() => void>();
  readonly #stop: () => void;
  #issuer: ServerMetadata | undefined;
  #hasListened = false;
  #isGranted = false;
  #isTold = false;
  /** It waits because it is walked, and not for somebody to open the tab. */
  #isPaused = false;
  #isClosed = false;
  /** The page is on another site than the issuer, and that was confirmed. */
  #isConfirmed = false;

  constructor(
    tell: (event: FlowEvent) => void,
    { server }: Target,
    how: 'at-once' | 'step-by-step',
    recorded: Trace,
    now: () => number,
  ) {
    this.#tell = tell;
    this.#server = new URL(server);
    this.#isWalked = how === 'step-by-step';
    this.#recorded = recorded;
    this.#now = now;
    this.#chart = new FlowChart(tell);
    this.#stop = recorded.subscribe(event => this.#record(event));
  }

  /** Before anything is sent. */
  async begin(): Promise<void> {
    this.#chart.draw('asked', { state: 'done' });
    const fields = fieldsOf([['method', 'initialize']]);
    this.#chart.draw('request', { title: lineOf('POST', this.#server.href), state: 'next', fields });
    await this.#pause('request');
  }

  /** Lets it take its next step. */
  goOn(): void {
    if (this.#waiting.size === 0) return;
    this.#tell({ kind: 'going-on' });
    this.#free();
  }

  /** It is over: nothing waits any more, now or later, and nothing is drawn. */
  close(): void {
    this.#isClosed = true;
    this.#stop();
    this.#free();
  }

  /** Marks where it failed. */
  fail(): void {
    this.#chart.fail();
  }

  /** What the login says by itself. */
  hear(event: LoginEvent): void {
    // Whoever looks on is asked by {@link FlowWalk.confirm}.
    if (event.kind === 'confirm') return;
    if (event.kind === 'signed-in') {
      this.#chart.done('request', 'call');
      this.#chart.draw('ready', { state: 'done' });
    }
    if (event.kind === 'link') {
      this.#chart.done('open');
      if (!this.#chart.arrow('consent')) this.#chart.draw('consent', { state: 'running' });
    }
    this.#tell(event);
  }

  async confirm({ server, issuer, page, token }: SignInHosts): Promise<void> {
    await this.#wait('authorization', { server, issuer, authorize: page, token });
    this.#isConfirmed = true;
  }

  async beforeBrowser({ url }: Link): Promise<void> {
    // Whose hosts are involved has been shown and confirmed a moment ago.
    if (this.#isConfirmed && !this.#isWalked) {
      this.#chart.draw('open', { state: 'running' });
      return;
    }
    const issuer = URL.parse(this.#issuer?.issuer ?? '')?.host ?? url.host;
    await this.#wait('authorization', { server: this.#server.host, issuer, authorize: url.host });
    this.#chart.draw('open', { state: 'running' });
  }

  see(sight: Sight, isPast = false): Promise<void> | void {
    if (this.#isClosed) return;
    if (!isPast) this.#overtaken();
    switch (sight.step) {
      case 'begun':
        this.#spans.add(sight.span);
        return;
      case 'refused':
        return this.#refused(sight.refusal.exchange);
      case 'discovering':
        this.#spans.add(sight.span);
        return;
      case 'discovered':
        if (isPast) this.#catchUp();
        return this.#discovered(sight.report);
      case 'listening':
        if (this.#hasListened) this.#chart.again();
        this.#hasListened = true;
        return;
      case 'asking':
        return this.#asking(sight.purpose, sight.endpoint, sight.parameters, isPast);
      case 'registered': {
        const fields = fieldsOf([['client_id', sight.clientId]]);
        if (this.#chart.arrow('registration')) this.#chart.done('registration');
        else this.#chart.draw('registration', { state: 'skipped', fields });
        this.#tell({ kind: 'registered', clientId: sight.clientId, source: sight.source });
        return;
      }
      case 'authorize':
        return this.#authorize(sight);
      case 'arrived':
        return this.#arrived(sight.parameters);
      case 'granted':
        return this.#granted(sight.grant);
    }
  }

  /** What it waited for has gone on without it. */
  #overtaken(): void {
    if (this.#waiting.size === 0) return;
    if (this.#isPaused)
      this.#tell({ kind: 'note', text: 'It went on by itself: an app waits for this sign-in.' });
    this.goOn();
  }

  async #refused(exchange: ExchangeId): Promise<void> {
    if (this.#isGranted) this.#chart.again();
    else this.#chart.done('request');
    this.#isGranted = false;
    this.#isTold = false;
    const seen = this.#known(exchange);
    const status = seen?.outcome.kind === 'answered' ? String(seen.outcome.status) : '';
    this.#chart.draw('challenge', { title: status, state: 'done', fields: challengeFields(seen), exchange });
    if (!this.#isWalked) return;
    const [first] = this.#places(seen);
    this.#chart.draw('resource-metadata', {
      title: lineOf('GET', first?.url ?? ''),
      state: 'next',
      fields: fieldsOf(this.#places(seen).map(({ url }): Parameter => ['url', url])),
    });
    await this.#pause('resource-metadata');
  }

  #places(refused: Exchange | undefined) {
    const headers = refused?.outcome.kind === 'answered' ? refused.outcome.headers : [];
    const values = headers.filter(([name]) => name.toLowerCase() === 'www-authenticate');
    const named = namedResourceMetadata(parseChallenges(values.map(([, value]) => value)));
    const url = named === undefined ? undefined : (URL.parse(named) ?? ('unusable' as const));
    return resourceMetadataPlaces(this.#server, url);
  }

  #discovered(report: DiscoveryReport): void {
    this.#issuer = report.chosen;
    const { found } = report.resourceMetadata;
    this.#chart.draw('resource-metadata', {
      state: found ? 'done' : 'skipped',
      fields: resourceFields(report),
    });
    if (report.chosen) this.#chart.draw('server-metadata', { state: 'done', fields: serverFields(report) });
  }

  async #asking(
    purpose: 'registration' | 'device' | 'token',
    endpoint: string,
    parameters: readonly Parameter[],
    isPast: boolean,
  ): Promise<void> {
    const fields = fieldsOf(parameters);
    // A second registration, or a second code, is a second try.
    if (purpose !== 'token' && this.#chart.isOver(purpose)) this.#chart.again();
    this.#chart.draw(purpose, { title: lineOf('POST', endpoint), state: 'next', fields });
    if (!isPast) await this.#pause(purpose === 'device' ? 'authorization' : purpose);
    if (this.#chart.arrow(purpose)?.state === 'next') this.#chart.draw(purpose, { state: 'running' });
  }

  #authorize({ url, userCode }: Link): void {
    this.#chart.done('device');
    if (userCode !== undefined) {
      this.#chart.draw('consent', { title: url.host, state: 'running' });
      return;
    }
    const title = lineOf('GET', url.href);
    const fields = fieldsOf([...url.searchParams].map(shownParameter));
    this.#chart.draw('open', { title, state: 'next', fields });
  }

  #arrived(parameters: readonly Parameter[]): void {
    this.#chart.done('open', 'consent');
    // A browser may be back before it is known to have opened.
    if (!this.#chart.arrow('consent')) this.#chart.draw('consent', { state: 'done' });
    if (parameters.length === 0) return;
    const isRefusal = parameters.some(([name]) => name === 'error');
    this.#chart.draw('callback', { state: isRefusal ? 'failed' : 'done', fields: fieldsOf(parameters) });
  }

  async #granted(grant: Grant): Promise<void> {
    if (this.#isGranted) return;
    this.#isGranted = true;
    this.#chart.done('open', 'consent', 'token');
    if (!this.#isTold) {
      const last = this.#chart.arrow('token')?.exchanges.at(-1);
      const answer = last === undefined ? undefined : this.#known(last);
      this.#isTold = true;
      this.#tell({ kind: 'claims', ...tokenClaims(grant, answer, this.#now()) });
    }
    this.#chart.draw('call', {
      title: lineOf('POST', this.#server.href),
      state: 'next',
      fields: [
        ...fieldsOf([['method', 'initialize']]),
        {
          name: 'Authorization',
          value: `Bearer (hidden, ${grant.accessToken.length} characters)`,
          term: 'bearer',
        },
      ],
    });
    if (this.#chart.arrow('request')?.state === 'next') this.#chart.draw('request', { state: 'skipped' });
    await this.#pause('call');
    this.#chart.draw('call', { state: 'running' });
  }

  async #pause(before: FlowArrow['kind']): Promise<void> {
    if (!this.#isWalked) return;
    const waited = this.#wait(before);
    this.#isPaused = true;
    await waited;
  }

  #wait(
    before: FlowArrow['kind'],
    hosts?: { server: string; issuer: string; authorize: string; token?: string },
  ): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    this.#isPaused = false;
    this.#tell({ kind: 'waiting', before, ...(hosts ? { hosts } : {}) });
    return new Promise(resolve => this.#waiting.add(resolve));
  }

  #free(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  #catchUp(): void {
    this.#tell({ kind: 'note', text: 'A sign-in to this server was under way already; this joins it.' });
    for (const event of this.#recorded.since()) this.#record(event);
  }

  /** An exchange as it is known now: of a body that has just ended the trace may know more than it has told. */
  #known(id: ExchangeId): Exchange | undefined {
    return this.#recorded.exchange(id) ?? this.#exchanges.get(id);
  }

  #record(event: TraceEvent): void {
    if (event.kind === 'span' && this.#spans.has(event.started.parent ?? ''))
      this.#spans.add(event.started.id);
    if (event.kind !== 'exchange' || !this.#spans.has(event.span)) return;
    const { exchange } = event;
    const isNew = !this.#exchanges.has(exchange.id);
    this.#exchanges.set(exchange.id, exchange);
    if (!isNew) return;
    const { id, purpose, request } = exchange;
    const name = purpose === 'mcp' ? (this.#isGranted ? 'call' : 'request') : BY_PURPOSE[purpose];
    if (name === undefined) return;
    const state = this.#chart.arrow(name)?.state;
    // What follows the first call of a server is no part of the sign-in.
    if (purpose === 'mcp' && state === 'done') return;
    if (name === 'server-metadata') this.#chart.done('resource-metadata');
    const title = lineOf(request.method, request.url);
    this.#chart.draw(name, {
      exchange: id,
      ...(this.#chart.arrow(name)?.exchanges.length ? {} : { title }),
      ...(state === undefined || state === 'next' ? { state: 'running' } : {}),
    });
  }
}
