import type { FaultJson } from '../base/fault.ts';
import { asStrings, isObject, type JsonObject, parseJson } from '../base/json.ts';
import { shownUrl } from '../base/text.ts';
import { bearer, namedResourceMetadata, parseChallenges } from '../oauth/challenge.ts';
import type { Challenge } from '../oauth/report.ts';
import type { Exchange, ExchangeId } from '../trace/event.ts';
import type { Examination, Probe, ProbeKind } from './examination.ts';

/** What was read out of bodies: a hundred rules look at the same answer, and it may be large. */
const PARSED = new WeakMap<Exchange, { json: JsonObject | undefined }>();

/** One answer as rules read it. */
export class Answer {
  readonly probe: Probe;
  readonly exchange: Exchange;

  constructor(probe: Probe, exchange: Exchange) {
    this.probe = probe;
    this.exchange = exchange;
  }

  get id(): ExchangeId {
    return this.exchange.id;
  }

  /** The address that was asked, as people may see it: without what may be a key in its query. */
  get place(): string {
    return shownUrl(this.probe.url);
  }

  /** Where it came from, after redirects. */
  get url(): string {
    return this.exchange.request.url;
  }

  /** 0 where there was no answer. */
  get status(): number {
    const { outcome } = this.exchange;
    return outcome.kind === 'answered' ? outcome.status : 0;
  }

  /** Why there was no answer. */
  get failure(): FaultJson | undefined {
    const { outcome } = this.exchange;
    return outcome.kind === 'failed' ? outcome.fault : undefined;
  }

  /** All fields of a name, as received. */
  fields(name: string): string[] {
    const { outcome } = this.exchange;
    if (outcome.kind !== 'answered') return [];
    return outcome.headers.flatMap(([each, value]) => (each.toLowerCase() === name ? [value] : []));
  }

  /** The first field of a name (in lower case). */
  field(name: string): string | undefined {
    return this.fields(name)[0];
  }

  get mediaType(): string | undefined {
    return this.field('content-type')?.split(';')[0]?.trim().toLowerCase();
  }

  /** The body as far as it was recorded. */
  get text(): string {
    const { outcome } = this.exchange;
    return outcome.kind === 'answered' ? (outcome.body?.text ?? '') : '';
  }

  /** Whether only the beginning of a body was recorded, so that it says nothing of what is in the rest. */
  get isCut(): boolean {
    const { outcome } = this.exchange;
    return outcome.kind === 'answered' && outcome.body?.cut === true;
  }

  get isHtml(): boolean {
    return (
      (this.mediaType === 'text/html' && !this.json) || /^\s*<(?:!doctype|html|head|body)\b/i.test(this.text)
    );
  }

  /** The body as a JSON object; `undefined` for anything else. */
  get json(): JsonObject | undefined {
    const known = PARSED.get(this.exchange);
    if (known) return known.json;
    const value = parseJson(this.text);
    const json = isObject(value) ? value : undefined;
    PARSED.set(this.exchange, { json });
    return json;
  }

  /** Of all schemes, in all WWW-Authenticate fields. */
  get challenges(): Challenge[] {
    return parseChallenges(this.fields('www-authenticate'));
  }

  /** The Bearer challenge: the first that names resource metadata, else the first. */
  get bearer(): Challenge | undefined {
    return bearer(this.challenges);
  }

  /** Whether a cache on the way says that it answered. */
  get isFromCache(): boolean {
    const hit = ['cf-cache-status', 'x-cache', 'x-cache-status', 'x-vercel-cache', 'cache-status'].some(
      name => /\bhit\b/i.test(this.field(name) ?? ''),
    );
    return hit || Number(this.field('age') ?? 0) > 0;
  }

  get isRedirect(): boolean {
    return [301, 302, 303, 307, 308].includes(this.status);
  }

  /** Where a redirect leads, made absolute. */
  get location(): URL | undefined {
    const field = this.field('location');
    if (field === undefined) return undefined;
    // What stands for a secret has a "#" in it, behind which no parameter would be seen.
    const whole = field.replace(/\[redacted (\d+) #([\da-f]+)\]/g, '[redacted%20$1%20$2]');
    return URL.parse(whole, this.exchange.request.url) ?? undefined;
  }
}

/** An examination as rules look at it. */
export class View {
  readonly examination: Examination;
  /** The target as a URL. */
  readonly target: URL;

  constructor(examination: Examination) {
    this.examination = examination;
    this.target = new URL(examination.target);
  }

  /** Every first answer to probes of these kinds. */
  answers(...kinds: ProbeKind[]): Answer[] {
    return this.examination.probes
      .filter(({ kind }) => kinds.includes(kind))
      .flatMap(probe => this.#hops(probe, 1));
  }

  /** The first answer to the first probe of a kind. */
  answer(kind: ProbeKind, about?: string): Answer | undefined {
    return this.answers(kind).find(({ probe }) => about === undefined || probe.about === about);
  }

  /** The answers along a probe's redirects, the first one included. */
  hops(probe: Probe): Answer[] {
    return this.#hops(probe, probe.exchanges.length);
  }

  /** The last answer of a probe, after its redirects. */
  final(kind: ProbeKind, about?: string): Answer | undefined {
    const probe = this.examination.probes.find(
      each => each.kind === kind && (about === undefined || each.about === about),
    );
    return probe && this.hops(probe).at(-1);
  }

  #hops(probe: Probe, count: number): Answer[] {
    return probe.exchanges.slice(0, count).flatMap(id => {
      const exchange = this.examination.exchanges[id];
      return exchange ? [new Answer(probe, exchange)] : [];
    });
  }

  /** The last answer of every probe of these kinds, after redirects. */
  finals(...kinds: ProbeKind[]): Answer[] {
    return kinds.flatMap(kind =>
      this.examination.probes
        .filter(each => each.kind === kind)
        .flatMap(each => this.hops(each).at(-1) ?? []),
    );
  }

  /** What came back where a client begins, nobody signed in: to `{}`, to `initialize`, to 2026-07-28. */
  get openings(): Answer[] {
    return this.answers('post-empty', 'post-initialize', 'post-modern');
  }

  /** The refusals of unauthenticated requests: those with a challenge first. */
  get refusals(): Answer[] {
    const refusals = this.openings.filter(({ status }) => status === 401);
    const [told, untold] = [true, false].map(has =>
      refusals.filter(({ challenges }) => challenges.length > 0 === has),
    );
    return [...(told ?? []), ...(untold ?? [])];
  }

  /** The refusal of an unauthenticated request, where there was one. */
  get refusal(): Answer | undefined {
    return this.refusals[0];
  }

  /** The address of the resource metadata as the challenge has it. */
  get named(): string | undefined {
    return this.refusals.map(({ challenges }) => namedResourceMetadata(challenges)).find(each => each);
  }

  /** Whether the server lets everybody in. */
  get isOpen(): boolean {
    return this.answers('post-initialize', 'post-modern').some(
      ({ status, json, mediaType, text }) =>
        status >= 200 &&
        status < 300 &&
        (json ? json.result !== undefined : mediaType === 'text/event-stream' && !/"error"\s*:/.test(text)),
    );
  }

  /** Resource metadata wherever it was found as JSON with a `resource` or `authorization_servers`, the best first. */
  get resourceDocuments(): Answer[] {
    return this.#metadata('resource-named', 'resource-path', 'resource-root');
  }

  /** Those that clients read: what stands at the root counts only where there is no other. */
  get readDocuments(): Answer[] {
    const before = this.resourceDocuments.filter(({ probe }) => probe.kind !== 'resource-root');
    return before.length > 0 ? before : this.resourceDocuments;
  }

  /** Resource metadata where no client looks for it. */
  get strayDocuments(): Answer[] {
    return this.#metadata('resource-elsewhere');
  }

  #metadata(...kinds: ProbeKind[]): Answer[] {
    const found = this.finals(...kinds).filter(describesResource);
    // The challenge usually names an address that is asked anyway.
    return found.filter(({ id }, index) => found.findIndex(other => other.id === id) === index);
  }

  /**
   * The issuers examined, in order. What the host of a server without a sign-in publishes for other purposes is
   * none of them unless metadata names it.
   */
  get issuers(): string[] {
    const kinds = this.examination.probes.filter(({ kind }) => kind.startsWith('server-'));
    const all = [...new Set(kinds.flatMap(({ about }) => about ?? []))];
    if (this.examination.kind === 'issuer' || !this.isOpen || this.refusal) return all;
    const listed = [...this.resourceDocuments, ...this.strayDocuments].flatMap(({ json }) =>
      strings(json?.authorization_servers),
    );
    return all.filter(each => each !== this.target.origin || listed.includes(each));
  }

  /** The metadata documents of an issuer that were found as JSON, in the specification's order. */
  serverDocuments(issuer: string): Answer[] {
    const kinds: ProbeKind[] = ['server-oauth', 'server-openid-inserted', 'server-openid-appended'];
    return kinds
      .flatMap(kind => this.final(kind, issuer) ?? [])
      .filter(({ status, json }) => status === 200 && json?.issuer !== undefined);
  }
}

/** The strings of a list, the first 1,000; none for anything else. */
export function strings(value: unknown): string[] {
  return asStrings(value) ?? [];
}

/** Whether an answer is resource metadata, right or not. */
export function describesResource({ status, json }: Answer): boolean {
  return status === 200 && (json?.resource !== undefined || json?.authorization_servers !== undefined);
}

/** Whether an answer is the metadata of an authorization server, right or not. */
export function describesServer({ status, json }: Answer): boolean {
  return status === 200 && [json?.issuer, json?.authorization_endpoint, json?.token_endpoint].some(Boolean);
}
