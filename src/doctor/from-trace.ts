import { Fault } from '../base/fault.ts';
import { asString, isObject, type JsonObject, parseJson } from '../base/json.ts';
import type { HeaderList } from '../base/world.ts';
import type { Examination } from '../checks/examination.ts';
import type { Exchange, ExchangeId, Purpose, RecordedBody } from '../trace/event.ts';
import { loadTrace } from '../trace/file.ts';
import { CUT } from '../trace/har.ts';
import { createRedactor, type Redactor } from '../trace/redact.ts';

/**
 * A recorded trace of a bridge, or an HTTP Archive of any program, as an examination: nothing is asked, what
 * was recorded is judged. `target`: the server, where it is not clear from the recording. Throws
 * `store.damaged`, and `usage.url` where no server can be made out.
 */
export function fromTrace(text: string, target?: URL): Examination {
  const har = parseJson(text);
  const exchanges = isObject(har) && isObject(har.log) ? ofArchive(har.log) : ofTrace(text);
  const server = target ?? serverOf(exchanges);
  const times = exchanges.map(({ startedAt }) => startedAt);
  return {
    schema: 1,
    target: server.href,
    kind: 'server',
    startedAt: times[0] ?? 0,
    finishedAt: times.at(-1) ?? 0,
    probes: [],
    exchanges: Object.fromEntries(exchanges.map(each => [each.id, each])),
    names: [],
    tls: [],
  };
}

/** Of several events of one exchange the last counts. */
function ofTrace(text: string): Exchange[] {
  const last = new Map<ExchangeId, Exchange>();
  for (const event of loadTrace(text))
    if (event.kind === 'exchange') last.set(event.exchange.id, event.exchange);
  return [...last.values()].sort((one, other) => one.startedAt - other.startedAt);
}

function serverOf(exchanges: readonly Exchange[]): URL {
  const call = exchanges.find(({ purpose, request }) => purpose === 'mcp' && request.method === 'POST');
  const url = URL.parse(call?.request.url ?? '');
  if (!url)
    throw new Fault('usage.url', 'The trace has no call to a server.', {
      remedy: 'Name the server beside it: keybridge doctor https://server.example/mcp --from-trace FILE',
    });
  return url;
}

/** Other programs record what they see, so everything is redacted before anything looks at it. */
function ofArchive(log: JsonObject): Exchange[] {
  const redactor = createRedactor();
  const entries = Array.isArray(log.entries) ? log.entries.filter(isObject) : [];
  return entries
    .flatMap((entry, index) => ofEntry(entry, index, redactor) ?? [])
    .sort((one, other) => one.startedAt - other.startedAt);
}

function ofEntry(entry: JsonObject, index: number, redactor: Redactor): Exchange | undefined {
  const { request, response } = entry;
  if (!isObject(request) || !isObject(response)) return undefined;
  const url = asString(request.url);
  if (url === undefined) return undefined;
  const posted = isObject(request.postData) ? postedText(request.postData) : undefined;
  const purpose = purposeOf(asString(entry._purpose), url, posted);
  const body = (text: string | undefined, of: unknown): { body?: RecordedBody } => {
    if (text === undefined) return {};
    const cut = isObject(of) && of.comment === CUT;
    return { body: { size: text.length, text: redactor.text(text, { purpose, cut }), cut } };
  };
  const status = typeof response.status === 'number' ? response.status : 0;
  const content = isObject(response.content) ? asString(response.content.text) : undefined;
  const spent = typeof entry.time === 'number' ? entry.time : 0;
  const timings = isObject(entry.timings) ? entry.timings : {};
  const receive = typeof timings.receive === 'number' ? Math.max(0, timings.receive) : 0;
  const headers = redactor.headers(pairs(response.headers));
  return {
    id: asString(entry._exchange) ?? `har-${index + 1}`,
    purpose,
    startedAt: Date.parse(asString(entry.startedDateTime) ?? '') || 0,
    request: {
      method: asString(request.method) ?? 'GET',
      url: redactor.text(url),
      headers: redactor.headers(pairs(request.headers)),
      ...body(posted, request.postData),
    },
    outcome:
      status === 0
        ? { kind: 'failed', fault: new Fault('net.failed', 'No answer was recorded.').toJSON() }
        : {
            kind: 'answered',
            status,
            headers,
            ...body(content, response.content),
            ...(isBroken(entry) ? { complete: false } : {}),
          },
    timing: { head: Math.max(0, spent - receive), end: spent },
  };
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
  return list.filter(isObject).flatMap(({ name, value }): [string, string][] => {
    const [key, text] = [asString(name), asString(value)];
    return key === undefined || text === undefined ? [] : [[key, text]];
  });
}

/** What Keybridge writes of a body that broke off, and what browsers do. */
function isBroken(entry: JsonObject): boolean {
  return (
    entry.comment === 'The body broke off.' ||
    (isObject(entry.response) && entry.response._error !== undefined)
  );
}

const PURPOSES: readonly Purpose[] = [
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
