import { lookup as resolve } from 'node:dns';
import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import type { LookupFunction } from 'node:net';
import { Fault } from '../base/fault.ts';
import { CookieJar } from './cookie-jar.ts';
import { readBody } from './loopback.ts';

export interface FollowOptions {
  /** Who signs in. */
  account?: string;
  decision?: 'allow' | 'deny';
  /** What is entered where a page asks for a code. */
  userCode?: string;
  /** Give the same jar twice and the second sign-in finds the first one's session. */
  cookies?: CookieJar;
  /** Asked before each page; where it says no, the browser fails as if nothing could be reached there. */
  reaches?: (url: URL) => boolean;
  signal?: AbortSignal;
  /** Milliseconds for all of it; a callback page may wait for a code exchange. */
  timeout?: number;
}

/** The page a browser would be left with. */
export interface LastPage {
  status: number;
  /** Where it stands, without query and fragment: those may hold a code. */
  url: string;
  text: string;
  /** Pages and redirects on the way, the last one included. */
  hops: number;
}

const MAX_HOPS = 30;
const MAX_PAGE = 1024 * 1024;
const TIMEOUT = 60_000;

/**
 * Opens a URL as a browser would: follows redirects, keeps cookies, fills in the lab's login and consent
 * forms, and ends at the first page that asks for nothing. Only plain HTTP to loopback addresses.
 * Throws `net.private-address` for any other place, `net.redirect` when there is no end to it,
 * `net.too-large`, `net.timeout` and `net.failed`.
 */
export async function follow(start: string | URL, options: FollowOptions = {}): Promise<LastPage> {
  const jar = options.cookies ?? new CookieJar();
  const limit = AbortSignal.timeout(options.timeout ?? TIMEOUT);
  const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
  let url = new URL(start);
  let form: URLSearchParams | undefined;
  for (let hops = 1; hops <= MAX_HOPS; hops++) {
    if (options.reaches?.(url) === false) throw failure(undefined);
    const { status, location, text } = await visit(url, form, jar, signal);
    if (status >= 300 && status < 400 && location !== undefined) {
      const next = URL.parse(location, url);
      if (next === null) throw new Fault('net.redirect', 'A redirect leads to no URL.');
      // 307 and 308 keep the method and the body (RFC 9110 §15.4); the others become GET.
      if (status !== 307 && status !== 308) form = undefined;
      url = next;
      continue;
    }
    const filled = fill(text, options);
    form = filled?.fields;
    if (filled?.action) url = new URL(filled.action, url);
    if (filled === undefined || status !== 200) {
      return { status, url: `${url.origin}${url.pathname}`, text, hops };
    }
  }
  throw new Fault('net.redirect', `The browser was sent on ${MAX_HOPS} times.`);
}

/** The lab's own forms, told by their ids; anything else is the end of the way. */
function fill(
  page: string,
  options: FollowOptions,
): { fields: URLSearchParams; action?: string } | undefined {
  if (page.includes('<form id="lab-login"'))
    return { fields: new URLSearchParams({ account: options.account ?? 'ada' }) };
  if (page.includes('<form id="lab-consent"')) {
    return { fields: new URLSearchParams({ decision: options.decision ?? 'allow' }) };
  }
  const asksForCode = page.includes('<form id="op.deviceInputForm"');
  if (asksForCode && options.userCode === undefined) return undefined;
  // The last one sends itself where a browser runs scripts: a link with the code in it.
  if (!asksForCode && !/<form id="op\.deviceConfirmForm"|\.submit\(\)/.test(page)) return undefined;
  const action = /<form [^<>]*action="([^"]+)"/.exec(page)?.[1];
  const fields = new URLSearchParams();
  for (const [, name = '', value = ''] of page.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g))
    fields.set(name, value);
  if (asksForCode) fields.set('user_code', options.userCode ?? '');
  return action === undefined ? undefined : { fields, action };
}

async function visit(
  url: URL,
  form: URLSearchParams | undefined,
  jar: CookieJar,
  signal: AbortSignal,
): Promise<{ status: number; location: string | undefined; text: string }> {
  if (url.protocol !== 'http:') throw new Fault('net.private-address', 'The lab’s browser speaks only http.');
  const cookie = jar.field(url);
  const body = form?.toString();
  const response = await ask(url, body, {
    method: body === undefined ? 'GET' : 'POST',
    lookup: loopbackOnly,
    agent: false,
    signal,
    headers: {
      Accept: 'text/html,*/*;q=0.5',
      'User-Agent': 'Mozilla/5.0 (Keybridge lab)',
      ...(cookie === '' ? {} : { Cookie: cookie }),
      ...(body === undefined
        ? {}
        : {
            'Content-Type': 'application/x-www-form-urlencoded',
            'Content-Length': Buffer.byteLength(body),
            Origin: url.origin,
          }),
    },
  });
  jar.take(url, response.headers['set-cookie'] ?? []);
  const page = await readBody(response, MAX_PAGE).catch(cause => {
    throw failure(cause);
  });
  response.destroy();
  if (page === undefined) throw new Fault('net.too-large', 'A page was longer than 1 MiB.');
  return { status: response.statusCode ?? 0, location: response.headers.location, text: page.toString() };
}

function ask(url: URL, body: string | undefined, options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((done, reject) => {
    // A literal address is never looked up, so it is judged here; a name is judged when it is looked up.
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (/^[\d.]+$|:/.test(host) && !isLoopback(host)) {
      reject(notLoopback());
      return;
    }
    request(url, options, done)
      .on('error', cause => reject(failure(cause)))
      .end(body);
  });
}

const loopbackOnly: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, '');
    if (!addresses.every(({ address }) => isLoopback(address))) return callback(notLoopback(), '');
    const first = addresses[0];
    if (options.all) return callback(null, addresses);
    return callback(null, first?.address ?? '', first?.family);
  });
};

function isLoopback(address: string): boolean {
  return /^127(?:\.\d{1,3}){3}$/.test(address) || address === '::1';
}

function notLoopback(): Fault {
  return new Fault('net.private-address', 'The lab’s browser goes to this machine only.');
}

/** Never the library's text: it can hold the URL, and the URL a code. */
function failure(cause: unknown): Fault {
  if (cause instanceof Fault) return cause;
  const name = cause instanceof Error ? cause.name : '';
  if (name === 'TimeoutError' || name === 'AbortError') {
    return new Fault('net.timeout', 'The page did not come in time.');
  }
  return new Fault('net.failed', 'The page could not be had.');
}
