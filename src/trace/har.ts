import { plain } from '../base/text.ts';
import type { HeaderList } from '../base/world.ts';
import type { Exchange, RecordedBody, TraceEvent } from './event.ts';

interface Pair {
  name: string;
  value: string;
}

/** One request of an HTTP Archive. Times are in milliseconds, -1 where nothing is known. */
export interface HarEntry {
  startedDateTime: string;
  time: number;
  request: {
    method: string;
    url: string;
    httpVersion: string;
    cookies: Pair[];
    headers: Pair[];
    queryString: Pair[];
    headersSize: number;
    bodySize: number;
    postData?: { mimeType: string; text: string; comment?: string };
  };
  response: {
    status: number;
    statusText: string;
    httpVersion: string;
    cookies: Pair[];
    headers: Pair[];
    content: { size: number; mimeType: string; text?: string; comment?: string };
    redirectURL: string;
    headersSize: number;
    bodySize: number;
  };
  cache: Record<string, never>;
  timings: {
    blocked: number;
    dns: number;
    connect: number;
    ssl: number;
    send: number;
    wait: number;
    receive: number;
  };
  serverIPAddress?: string;
  comment?: string;
  _purpose: string;
  _span: string;
  _exchange: string;
  _error?: string;
}

/** HTTP Archive 1.2. */
export interface Har {
  log: {
    version: '1.2';
    creator: { name: string; version: string };
    entries: HarEntry[];
    comment?: string;
  };
}

/** Said of a body that is longer than what is here of it. */
export const CUT = 'Only the beginning of the body was recorded.';

/** The URL with its redactions spelled so that it is a URL again. */
function parsable(url: string): string {
  return url.replace(/\[redacted \d+ #[0-9a-f]{6}\]/g, encodeURIComponent);
}

function pairs(headers: HeaderList): Pair[] {
  return headers.map(([name, value]) => ({ name, value }));
}

function fieldValue(headers: HeaderList, field: string): string {
  return headers.find(([name]) => name.toLowerCase() === field)?.[1] ?? '';
}

/** Cookies by name; their values were replaced when they were recorded. */
function cookies(headers: HeaderList, field: 'cookie' | 'set-cookie'): Pair[] {
  const values = headers.filter(([name]) => name.toLowerCase() === field).map(([, value]) => value);
  const texts = values.flatMap(value =>
    field === 'cookie' ? value.split(';') : [value.split(';', 1)[0] ?? ''],
  );
  return texts.map(text => {
    const equals = text.indexOf('=');
    return { name: text.slice(0, Math.max(equals, 0)).trim(), value: text.slice(equals + 1).trim() };
  });
}

function content(body: RecordedBody | undefined, mimeType: string): HarEntry['response']['content'] {
  return {
    size: body?.size ?? 0,
    mimeType,
    ...(body ? { text: body.text } : {}),
    ...(body?.cut ? { comment: CUT } : {}),
  };
}

function timings({ connection, timing }: Exchange): HarEntry['timings'] {
  const { dns = -1, connect = -1, tlsHandshake = -1 } = connection ?? {};
  // HAR counts the TLS handshake into `connect`.
  const connected = tlsHandshake < 0 ? connect : Math.max(connect, 0) + tlsHandshake;
  const { head, end = head ?? 0 } = timing;
  const wait = Math.max(0, (head ?? end) - Math.max(dns, 0) - Math.max(connected, 0));
  const receive = head === undefined ? 0 : Math.max(0, end - head);
  return { blocked: -1, dns, connect: connected, ssl: tlsHandshake, send: 0, wait, receive };
}

function entry(exchange: Exchange, span: string): HarEntry {
  const { request, outcome, connection } = exchange;
  const url = parsable(request.url);
  const answered = outcome.kind === 'answered' ? outcome : undefined;
  const headers = answered?.headers ?? [];
  const spent = timings(exchange);
  const query = URL.parse(url)?.searchParams ?? [];
  return {
    startedDateTime: new Date(exchange.startedAt).toISOString(),
    time: [spent.dns, spent.connect, spent.wait, spent.receive].reduce((sum, ms) => sum + Math.max(ms, 0), 0),
    request: {
      method: request.method,
      url,
      httpVersion: 'HTTP/1.1',
      cookies: cookies(request.headers, 'cookie'),
      headers: pairs(request.headers),
      queryString: [...query].map(([name, value]) => ({ name, value })),
      headersSize: -1,
      bodySize: request.body?.size ?? 0,
      ...(request.body
        ? {
            postData: {
              mimeType: fieldValue(request.headers, 'content-type'),
              text: request.body.text,
              ...(request.body.cut ? { comment: CUT } : {}),
            },
          }
        : {}),
    },
    response: {
      status: answered?.status ?? 0,
      statusText: '',
      httpVersion: answered ? 'HTTP/1.1' : '',
      cookies: cookies(headers, 'set-cookie'),
      headers: pairs(headers),
      content: content(answered?.body, fieldValue(headers, 'content-type')),
      redirectURL: parsable(fieldValue(headers, 'location')),
      headersSize: -1,
      bodySize: answered?.body?.size ?? -1,
    },
    cache: {},
    timings: spent,
    ...(connection?.address && !connection.viaProxy ? { serverIPAddress: connection.address } : {}),
    ...(answered && answered.complete === false ? { comment: 'The body broke off.' } : {}),
    ...(outcome.kind === 'failed' ? { _error: plain(outcome.fault.message, 500) } : {}),
    _purpose: exchange.purpose,
    _span: span,
    _exchange: exchange.id,
  };
}

/** Each exchange as it was last known, in the order in which they began. */
function lastOf(events: Iterable<TraceEvent>): { exchange: Exchange; span: string }[] {
  const last = new Map<string, { exchange: Exchange; span: string }>();
  for (const event of events) {
    if (event.kind === 'exchange')
      last.set(event.exchange.id, { exchange: event.exchange, span: event.span });
  }
  return [...last.values()].sort((one, other) => one.exchange.startedAt - other.exchange.startedAt);
}

/**
 * The exchanges as an HTTP Archive (HAR 1.2), which browsers' developer tools open. Of several events of
 * one exchange the last counts; pending ones have status 0. Messages and notes have no place in it.
 */
export function toHar(events: Iterable<TraceEvent>, version = ''): Har {
  const entries = lastOf(events).map(({ exchange, span }) => entry(exchange, span));
  return { log: { version: '1.2', creator: { name: 'Keybridge', version }, entries } };
}

/** What {@link toHar} makes, as a text in pieces, an entry each. */
export function* saveHar(events: Iterable<TraceEvent>, version = ''): Generator<string> {
  const creator = JSON.stringify({ name: 'Keybridge', version });
  yield `{"log":{"version":"1.2","creator":${creator},"entries":[\n`;
  let between = '';
  for (const { exchange, span } of lastOf(events)) {
    yield `${between}${JSON.stringify(entry(exchange, span))}`;
    between = ',\n';
  }
  yield '\n]}}\n';
}
