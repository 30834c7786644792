import { isAddress, isPublicAddress } from '../base/address.ts';
import { Fault } from '../base/fault.ts';
import { GatheredBytes } from '../base/gathered-bytes.ts';
import { isLoopbackHost } from '../base/text.ts';
import type { Connection, HeaderList, NetworkSettings, World } from '../base/world.ts';
import type { Fetched, Purpose, Span } from '../trace/event.ts';
import { checkUrl, quoteUrl } from './identifier.ts';
import type { Document, Judgement } from './metadata.ts';
import type { Attempt, AttemptProblem, Search } from './report.ts';
import type { Place } from './well-known.ts';

/** Bytes of one metadata document; the body is broken off beyond them. */
const LARGEST = 1024 * 1024;
/** Bytes of an error page. */
const LARGEST_PAGE = 64 * 1024;
const MOST_REDIRECTS = 5;

/** What all requests of one discovery have in common. */
export interface Inquiry {
  span: Span;
  /** The MCP server. Its own origin may be asked whatever its address, and with the user's headers. */
  server: {
    url: URL;
    /** The address it answered from, as soon as that is known. */
    address?: string | undefined;
  };
  /** Set by the user to lift or impose the rule that depends on the server's address. */
  reach?: 'any' | 'public' | undefined;
  headers: HeaderList;
  network?: NetworkSettings | undefined;
  allowHttp: boolean;
  /** Milliseconds for one request, its body included. */
  timeout: number;
  sleep: World['sleep'];
  /** The user's own; only this one makes discovery throw. */
  signal?: AbortSignal | undefined;
  /** Discovery's time is up, or nobody waits for the answer any more. */
  over: AbortSignal;
}

/** A signal that comes after `ms`, unless ended before. */
export function deadline(ms: number, sleep: World['sleep'], message: string) {
  const timer = new AbortController();
  const ended = new AbortController();
  sleep(ms, ended.signal).then(
    () => timer.abort(new Fault('net.timeout', message)),
    () => {},
  );
  return { signal: timer.signal, end: () => ended.abort() };
}

/**
 * How far a request to an address out of metadata may reach. A public server has no business naming
 * places on the user's own network; a server on that network may. Checklist item 24.
 */
export function reachOf({ server, reach }: Pick<Inquiry, 'server' | 'reach'>): 'any' | 'public' {
  if (reach) return reach;
  const { hostname } = server.url;
  if (isLoopbackHost(hostname)) return 'any';
  const address = isAddress(hostname) ? hostname : server.address;
  return address === undefined || isPublicAddress(address) ? 'public' : 'any';
}

function isHome(inquiry: Inquiry, url: string): boolean {
  return URL.parse(url)?.origin === inquiry.server.url.origin;
}

/** Remembers the server's address. Behind a proxy the address is the proxy's and says nothing. */
export function learnAddress({ server }: Inquiry, connection: Connection): void {
  if (connection.viaProxy === undefined) server.address ??= connection.address;
}

/** The body's bytes. Throws `net.too-large`, or the signal's reason, and then breaks the body off. */
export async function readBounded(
  response: Response,
  limit: number,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = response.body?.getReader();
  const bytes = new GatheredBytes();
  // A body that never moves again does not hear the signal: cancelling ends the pending read.
  const stop = () => void reader?.cancel(signal.reason).catch(() => {});
  signal.addEventListener('abort', stop);
  try {
    signal.throwIfAborted();
    while (reader) {
      const { done, value } = await reader.read();
      signal.throwIfAborted();
      if (done) break;
      bytes.push(value);
      if (bytes.size > limit) {
        throw new Fault('net.too-large', `The answer is larger than ${limit} bytes and was broken off.`);
      }
    }
  } catch (thrown) {
    void reader?.cancel(thrown).catch(() => {});
    throw thrown;
  } finally {
    signal.removeEventListener('abort', stop);
  }
  return bytes.take() as Uint8Array<ArrayBuffer>;
}

/** Lets go of a body that nobody wants. */
export function discard(response: Response): void {
  void response.body?.cancel().catch(() => {});
}

/** Where a redirect leads, or why it is not followed. */
function redirection(fetched: Fetched, from: string, allowHttp: boolean): { next: string } | { no: string } {
  const location = fetched.response.headers.get('location');
  const url = location === null ? undefined : URL.parse(location, from);
  if (!url) return { no: 'It redirects without saying where to.' };
  // The fragment stays with us. From http to http nothing is lost, so that is followed where http was.
  url.hash = '';
  const checked = checkUrl(url.href, { allowHttp: allowHttp || from.startsWith('http:') });
  if (checked.ok) return { next: url.href };
  return { no: `It redirects to an address that is not asked: it ${checked.reason}.` };
}

/** What a status other than 200 means for a well-known address. */
function refused(status: number): Pick<Attempt, 'result' | 'detail'> {
  if (status === 404 || status === 410) return { result: 'absent', detail: 'There is nothing here.' };
  if (status === 401 || status === 403) {
    return { result: 'absent', detail: `It answers ${status}; metadata must be readable without a sign-in.` };
  }
  if (status === 429) return { result: 'unreachable', detail: 'It answers 429: too many requests.' };
  if (status >= 500) return { result: 'unreachable', detail: `It answers ${status}: the server failed.` };
  return { result: 'absent', detail: `It answers ${status} where 200 is due.` };
}

function networkProblem(fault: Fault): AttemptProblem {
  return fault.code.startsWith('net.') ? (fault.code as AttemptProblem) : 'net.failed';
}

/** What one request came to. */
interface Answer<T> {
  attempt: Attempt;
  /** Where it redirected to. */
  next?: string;
  value?: T;
}

/** One request, with the rules for its address, its time and its size. Throws only when the user's signal does. */
async function ask<T>(
  { url, because }: Place,
  purpose: Purpose,
  judge: (document: Document) => Judgement<T>,
  inquiry: Inquiry,
): Promise<Answer<T>> {
  const asked: Pick<Attempt, 'url' | 'because' | 'exchange' | 'status'> = { url, because };
  const limit = deadline(inquiry.timeout, inquiry.sleep, `No whole answer within ${inquiry.timeout} ms.`);
  const signal = AbortSignal.any([limit.signal, inquiry.over, ...(inquiry.signal ? [inquiry.signal] : [])]);
  try {
    signal.throwIfAborted();
    const home = isHome(inquiry, url);
    const fetched = await inquiry.span.fetch(purpose, {
      method: 'GET',
      url,
      headers: [['accept', 'application/json'], ...(home ? inquiry.headers : [])],
      secretHeaders: inquiry.headers.map(([name]) => name),
      reach: home ? 'any' : reachOf(inquiry),
      headTimeout: inquiry.timeout,
      network: inquiry.network,
      signal,
    });
    const { response } = fetched;
    asked.exchange = fetched.exchange;
    asked.status = response.status;
    if (home) learnAddress(inquiry, fetched.connection);
    if ([301, 302, 303, 307, 308].includes(response.status)) {
      discard(response);
      const to = redirection(fetched, url, inquiry.allowHttp);
      if ('no' in to) return { attempt: { ...asked, result: 'invalid', problem: 'redirect', detail: to.no } };
      const detail = `It redirects to ${quoteUrl(to.next)}.`;
      return { attempt: { ...asked, result: 'redirected', detail }, next: to.next };
    }
    if (response.status !== 200) {
      // The page is read for the trace: it may tell which proxy or firewall wrote it.
      await readBounded(response, LARGEST_PAGE, signal).catch(() => {});
      return { attempt: { ...asked, problem: 'status', ...refused(response.status) } };
    }
    const bytes = await readBounded(response, LARGEST, signal);
    const judged = judge({ url, contentType: response.headers.get('content-type') ?? undefined, bytes });
    if (!judged.ok) {
      return { attempt: { ...asked, result: 'invalid', problem: judged.problem, detail: judged.detail } };
    }
    const problem = judged.problem ? { problem: judged.problem } : {};
    const detail = judged.notes.length > 0 ? { detail: judged.notes.join(' ') } : {};
    return { attempt: { ...asked, result: 'found', ...problem, ...detail }, value: judged.value };
  } catch (thrown) {
    inquiry.signal?.throwIfAborted();
    const fault = Fault.of(thrown, 'net.failed');
    const result = fault.code === 'net.too-large' ? 'invalid' : 'unreachable';
    return { attempt: { ...asked, result, problem: networkProblem(fault), detail: fault.message } };
  } finally {
    limit.end();
  }
}

/**
 * Asks one place, following redirects by hand, so that every hop is an attempt of its own and held to the
 * same rules.
 */
async function retrieve<T>(
  place: Place,
  purpose: Purpose,
  judge: (document: Document) => Judgement<T>,
  inquiry: Inquiry,
): Promise<{ attempts: Attempt[]; value?: T }> {
  const attempts: Attempt[] = [];
  for (let here = place; ; ) {
    const { attempt, next, value } = await ask(here, purpose, judge, inquiry);
    attempts.push(attempt);
    if (next === undefined) return { attempts, ...(value === undefined ? {} : { value }) };
    if (attempts.length > MOST_REDIRECTS) {
      attempt.result = 'invalid';
      attempt.problem = 'redirect';
      attempt.detail = `It is redirected more than ${MOST_REDIRECTS} times.`;
      return { attempts };
    }
    here = { url: next, because: 'The address before redirects here.' };
  }
}

/**
 * Asks the places in turn until one has what is looked for. Nothing that goes wrong at one place stops the
 * next; metadata that is incomplete is kept in case no place has better.
 */
export async function search<T>(
  places: readonly Place[],
  purpose: Purpose,
  judge: (document: Document) => Judgement<T>,
  inquiry: Inquiry,
): Promise<Search<T>> {
  const attempts: Attempt[] = [];
  let found: T | undefined;
  for (const place of places) {
    const retrieval = await retrieve(place, purpose, judge, inquiry);
    attempts.push(...retrieval.attempts);
    found ??= retrieval.value;
    if (retrieval.value !== undefined && attempts.at(-1)?.problem === undefined) {
      found = retrieval.value;
      break;
    }
  }
  return { attempts, ...(found === undefined ? {} : { found }) };
}
