import { Fault } from '../base/fault.ts';
import { asString, isObject, type Json, type JsonObject } from '../base/json.ts';
import type { Connection, HeaderList } from '../base/world.ts';
import type { Exchange, ExchangeId, Purpose, RecordedBody } from './event.ts';
import { CUT } from './har.ts';
import { createRedactor, type Redactor } from './redact.ts';

/** Characters of a body, and of a URL or a header field, that are taken over. */
const LONGEST_BODY = 1024 * 1024;
const LONGEST_TEXT = 8 * 1024;
const MOST_HEADERS = 500;
/** The last moment a Date can say. ECMA-262 §21.4.1.1. */
const LATEST = 8.64e15;

/** One entry of an HTTP Archive, as it would have been recorded. */
export interface Archived {
  exchange: Exchange;
  span: string;
}

/**
 * The entries of an HTTP Archive of any program, in their order. Other programs record what they see, so
 * everything is redacted before anything looks at it; what is no entry is passed over.
 */
export function* readHar(log: JsonObject): Generator<Archived> {
  const redactor = createRedactor();
  const ids = new Set<ExchangeId>();
  for (const [index, entry] of (Array.isArray(log.entries) ? log.entries : []).entries()) {
    if (!isObject(entry)) continue;
    const said = asString(entry._exchange)?.slice(0, 40);
    const id = said === undefined || ids.has(said) ? `har-${index + 1}` : said;
    const exchange = ofEntry(entry, id, redactor);
    if (!exchange) continue;
    ids.add(id);
    yield { exchange, span: asString(entry._span)?.slice(0, 40) ?? 'har' };
  }
}

function ofEntry(entry: JsonObject, id: ExchangeId, redactor: Redactor): Exchange | undefined {
  const { request, response } = entry;
  if (!isObject(request) || !isObject(response)) return undefined;
  const url = unparsable(asString(request.url) ?? '').slice(0, LONGEST_TEXT);
  if (url === '') return undefined;
  const posted = isObject(request.postData) ? postedText(request.postData) : undefined;
  const purpose = purposeOf(asString(entry._purpose), url, posted);
  // Headers first: what is a secret in them is one in the URL and the body.
  const sent = redactor.headers(pairs(request.headers));
  const headers = redactor.headers(pairs(response.headers));
  const status = count(response.status) ?? 0;
  const content = isObject(response.content) ? response.content : {};
  return {
    id,
    purpose,
    startedAt: timeOf(entry.startedDateTime),
    request: {
      method: asString(request.method)?.slice(0, 40) ?? 'GET',
      url: redactor.text(url),
      headers: sent,
      ...body(posted, request.postData, count(request.bodySize), purpose, redactor),
    },
    outcome:
      status === 0
        ? { kind: 'failed', fault: unanswered(entry, redactor) }
        : {
            kind: 'answered',
            status,
            headers,
            ...body(asString(content.text), content, count(content.size), purpose, redactor),
            complete: !isBroken(entry),
          },
    ...spentBy(entry),
  };
}

function unanswered(entry: JsonObject, redactor: Redactor) {
  const why = asString(entry._error)?.slice(0, 500);
  return new Fault('net.failed', why ? redactor.text(why) : 'No answer was recorded.').toJSON();
}

function body(
  whole: string | undefined,
  of: Json | undefined,
  said: number | undefined,
  purpose: Purpose,
  redactor: Redactor,
): { body?: RecordedBody } {
  if (whole === undefined) return {};
  const text = whole.slice(0, LONGEST_BODY);
  const cut = whole.length > LONGEST_BODY || (isObject(of) && of.comment === CUT);
  const size = Math.max(said ?? 0, text.length);
  return { body: { size, text: redactor.text(text, { purpose, cut }), cut } };
}

/** The phases as HAR counts them: TLS within `connect`, -1 for what did not happen. */
function spentBy(entry: JsonObject): Pick<Exchange, 'timing' | 'connection'> {
  const timings = isObject(entry.timings) ? entry.timings : {};
  const spent = count(entry.time) ?? 0;
  const [dns, connect, tls] = [count(timings.dns), count(timings.connect), count(timings.ssl)];
  const address = asString(entry.serverIPAddress)?.slice(0, 100);
  const connection: Connection = {
    reused: connect === undefined,
    ...(address ? { address } : {}),
    ...(dns === undefined ? {} : { dns }),
    ...(connect === undefined ? {} : { connect: Math.max(0, connect - (tls ?? 0)) }),
    ...(tls === undefined ? {} : { tlsHandshake: tls }),
  };
  const head = Math.max(0, spent - (count(timings.receive) ?? 0));
  const known = address !== undefined || connect !== undefined || dns !== undefined;
  return { ...(known ? { connection } : {}), timing: { head, end: spent } };
}

/** The text of a body, or the fields of a form. */
function postedText(data: JsonObject): string | undefined {
  const text = asString(data.text);
  if (text !== undefined && text !== '') return text;
  if (!Array.isArray(data.params)) return text;
  return new URLSearchParams(pairs(data.params).map(([name, value]) => [name, value])).toString();
}

function pairs(list: unknown): HeaderList {
  if (!Array.isArray(list)) return [];
  return list
    .slice(0, MOST_HEADERS)
    .filter(isObject)
    .flatMap(({ name, value }): [string, string][] => {
      const [key, text] = [asString(name), asString(value)];
      if (key === undefined || text === undefined) return [];
      return [[key.slice(0, 200), text.slice(0, LONGEST_TEXT)]];
    });
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** A moment as text, in milliseconds; the beginning of time for what says none. */
function timeOf(value: unknown): number {
  const at = Date.parse(asString(value) ?? '');
  return Math.abs(at) <= LATEST ? at : 0;
}

/** What was replaced, as it stood before it was written into a URL. */
function unparsable(url: string): string {
  return url.replace(/%5Bredacted%20(\d+)%20%23([0-9a-f]{6})%5D/gi, '[redacted $1 #$2]');
}

/** What Keybridge writes of a body that broke off, and what browsers do. */
function isBroken(entry: JsonObject): boolean {
  return (
    entry.comment === 'The body broke off.' ||
    (isObject(entry.response) && entry.response._error !== undefined)
  );
}

/** Why a request may be made. */
export const PURPOSES: readonly Purpose[] = [
  'mcp',
  'mcp-stream',
  'mcp-session-end',
  'resource-metadata',
  'server-metadata',
  'registration',
  'device',
  'token',
  'refresh',
  'revocation',
  'probe',
];

/** Why a request was made, by what it looks like where nobody says. */
function purposeOf(said: string | undefined, url: string, posted: string | undefined): Purpose {
  const known = PURPOSES.find(each => each === said);
  if (known) return known;
  if (/\/\.well-known\/oauth-protected-resource/.test(url)) return 'resource-metadata';
  if (/\/\.well-known\/(?:oauth-authorization-server|openid-configuration)/.test(url))
    return 'server-metadata';
  const grant = /(?:^|&)grant_type=([^&]*)/.exec(posted ?? '')?.[1];
  if (grant !== undefined) return grant === 'refresh_token' ? 'refresh' : 'token';
  if (/"redirect_uris"\s*:/.test(posted ?? '')) return 'registration';
  return /"jsonrpc"\s*:/.test(posted ?? '') ? 'mcp' : 'probe';
}
