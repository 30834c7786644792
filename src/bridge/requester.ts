import { Fault } from '../base/fault.ts';
import { fieldText } from '../base/text.ts';
import type { HeaderList, NetworkSettings, World } from '../base/world.ts';
import type { Fetched, Purpose, Span } from '../trace/event.ts';
import { readBeginning } from './body.ts';
import type { Authorize } from './channel.ts';
import { CookieJar } from './cookies.ts';
import { headerRefused, isUnsent, redirected, refused } from './errors.ts';
import type { Guard } from './guard.ts';

export interface RequesterOptions {
  /** The MCP server's URL. */
  url: string;
  /** Header fields from the user, sent with each request. */
  headers: HeaderList;
  /** Names of those whose values are secrets. */
  secretHeaders: readonly string[];
  network?: NetworkSettings | undefined;
  /** Whether cookies of the server's are kept and sent back; unless told otherwise, they are. */
  cookies?: boolean | undefined;
  authorize: Authorize;
  span: Span;
  /** Whether the server may be asked at all. */
  guard?: Guard | undefined;
  world: Pick<World, 'now' | 'sleep' | 'scheduler'>;
}

export interface Ask {
  purpose: Purpose;
  method: 'GET' | 'POST' | 'DELETE';
  url: URL;
  /** Header fields of the protocol; they win over the user's of the same name. */
  headers: HeaderList;
  body?: Uint8Array;
  signal: AbortSignal;
  /** No request of a host waits for this. */
  background?: boolean;
  /** Told `true` whenever the request goes out, and `false` when it is certain that it was not taken. */
  onSent?: (sent: boolean) => void;
  /** Milliseconds for the head of the answer, unless the user says; without it, it may take for ever. */
  headTimeout?: number | undefined;
}

const MOST_REDIRECTS = 3;
/**
 * How often one message may be refused with 401 (without a token, with a new one, with that one renewed), and
 * with 403 for its scope, and still be tried again.
 */
const MOST_REFUSALS = { 401: 3, 403: 3 };
const PAUSE_BEFORE_SECOND_TRY = 500;
/** Units of work to send a request, its connection included. */
const REQUEST_COST = 60_000;

/** Sends requests with the user's headers and an access token, and has refusals dealt with. */
export class Requester {
  readonly #options: RequesterOptions;
  readonly #ownAuthorization: boolean;
  /** The user's own fields. */
  readonly #fields: HeaderList;
  #cookies: CookieJar | undefined;

  constructor(options: RequesterOptions) {
    this.#options = options;
    const has = (wanted: string) => options.headers.some(([name]) => name.toLowerCase() === wanted);
    this.#ownAuthorization = has('authorization');
    this.#fields = options.headers.map(([name, value]) => [name, fieldText(value)]);
    // A Cookie of the user's own is the only one.
    if (options.cookies !== false && !has('cookie')) this.#cookies = this.#emptyJar();
  }

  /** The session is lost; another may be on another machine. What late answers set is set in the old jar. */
  forgetCookies(): void {
    if (this.#cookies) this.#cookies = this.#emptyJar();
  }

  #emptyJar(): CookieJar {
    const { url, world } = this.#options;
    return new CookieJar(new URL(url), () => world.now());
  }

  /**
   * The response to a request; any status but a redirect, 401 and 403 `insufficient_scope`.
   * Throws `net.*`, `server.refused`, `server.cut-off`, `server.header-refused`, what authorize throws, or the signal's reason.
   */
  async ask(ask: Ask): Promise<Fetched> {
    const { authorize, guard } = this.#options;
    if (guard?.refusal) throw guard.refusal;
    const refusals = { 401: 0, 403: 0 };
    // Those of now: a farewell to a session that is lost belongs to the machine it was on.
    const jar = this.#cookies;
    let token = this.#ownAuthorization ? undefined : await authorize(undefined, ask.signal);
    for (;;) {
      ask.signal.throwIfAborted();
      const fetched = await this.#follow(ask, token, jar);
      const { response, exchange, connection } = fetched;
      const challenges = fetched.headers.flatMap(([name, value]) =>
        name.toLowerCase() === 'www-authenticate' ? [value] : [],
      );
      const status = refusalIn(response.status, challenges, token);
      if (status === 0) return fetched;
      ask.onSent?.(false);
      await readBeginning(response, ask.signal, this.#options.world);
      if (this.#ownAuthorization) throw headerRefused(status, [exchange]);
      if (++refusals[status] > MOST_REFUSALS[status]) throw refused(status, null, [exchange]);
      const refusal = {
        status,
        challenges,
        token,
        exchange,
        background: ask.background,
        address: connection.address,
      };
      token = await authorize(refusal, ask.signal);
    }
  }

  /** Follows redirects that keep method and body, within the origin. RFC 9110 §15.4. */
  async #follow(ask: Ask, token: string | undefined, jar: CookieJar | undefined): Promise<Fetched> {
    let { url } = ask;
    for (let hops = 0; ; hops++) {
      const fetched = await this.#sendSurely(ask, url, token, jar);
      const { response, exchange } = fetched;
      if (![301, 302, 303, 307, 308].includes(response.status)) return fetched;
      ask.onSent?.(false);
      await readBeginning(response, ask.signal, this.#options.world);
      const location = URL.parse(response.headers.get('location') ?? '', url) ?? undefined;
      const keepsMethod = response.status === 307 || response.status === 308;
      if (!location || !keepsMethod || location.origin !== url.origin || hops === MOST_REDIRECTS) {
        throw redirected(response.status, location, [exchange]);
      }
      this.#options.span.note(`Followed a redirect (${response.status}) within ${url.origin}.`);
      url = location;
    }
  }

  async #sendSurely(
    ask: Ask,
    url: URL,
    token: string | undefined,
    jar: CookieJar | undefined,
  ): Promise<Fetched> {
    for (let again = true; ; again = false) {
      try {
        return await this.#send(ask, url, token, jar);
      } catch (error) {
        if (!(error instanceof Fault) || !isUnsent(error)) throw error;
        ask.onSent?.(false);
        if (!again) throw error;
        this.#options.span.note(`${error.message} Nothing was sent, so it is tried once more.`);
        await this.#options.world.sleep(PAUSE_BEFORE_SECOND_TRY, ask.signal);
      }
    }
  }

  async #send(ask: Ask, url: URL, token: string | undefined, jar: CookieJar | undefined): Promise<Fetched> {
    const { secretHeaders, network, span, guard, world } = this.#options;
    await world.scheduler.account(url.origin, 'messages', REQUEST_COST);
    ask.signal.throwIfAborted();
    const own: [string, string][] = ask.headers.map(([name, value]) => [name, value]);
    if (token !== undefined) own.push(['Authorization', `Bearer ${token}`]);
    const cookie = jar?.field(url);
    if (cookie !== undefined) own.push(['Cookie', cookie]);
    const taken = new Set([...own.map(([name]) => name.toLowerCase()), 'content-length']);
    ask.onSent?.(true);
    const fetched = await span.fetch(ask.purpose, {
      method: ask.method,
      url: url.href,
      headers: [...this.#fields.filter(([name]) => !taken.has(name.toLowerCase())), ...own],
      body: ask.body,
      signal: guard ? AbortSignal.any([ask.signal, guard.signal]) : ask.signal,
      network,
      secretHeaders,
      // A tool may run for hours before its answer begins.
      headTimeout: network?.headersTimeout === undefined ? (ask.headTimeout ?? 0) : 0,
    });
    jar?.take(url, fetched.headers);
    return fetched;
  }
}

/**
 * What a status asks of us: 401 a token, 403 more rights, 0 nothing. Gateways say 403 where 401 is meant: to
 * a request without a token, with a Bearer challenge, or of a token that they call invalid.
 */
function refusalIn(status: number, challenges: readonly string[], token: string | undefined): 401 | 403 | 0 {
  if (status === 401) return 401;
  if (status !== 403) return 0;
  if (challenges.some(isStepUp)) return 403;
  const meant = challenges.some(each => /\bbearer\b/i.test(each) && (token === undefined || isInvalid(each)));
  return meant ? 401 : 0;
}

function isInvalid(challenge: string): boolean {
  return /\berror\s*=\s*"?invalid_token\b/i.test(challenge);
}

/** RFC 6750 §3.1: the token is good, and its scope does not suffice. */
function isStepUp(challenge: string): boolean {
  return /\bbearer\b/i.test(challenge) && /\berror\s*=\s*"?insufficient_scope\b/i.test(challenge);
}
