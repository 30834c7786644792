import { isObject, type JsonObject, parseJson } from '../base/json.ts';
import type { World } from '../base/world.ts';
import type { Examination, Probe, ProbeKind, TrialClient } from '../checks/examination.ts';
import { responseIn } from '../checks/words.ts';
import { checkUrl } from '../oauth/identifier.ts';
import { deadline } from '../oauth/retrieve.ts';
import type { Span } from '../trace/event.ts';
import { UNKNOWN_SESSION } from './active-plan.ts';
import type { FlowOptions } from './flow.ts';
import { INITIALIZE } from './plan.ts';
import { FirstEvent, LARGEST } from './read.ts';
import type { Recording } from './recording.ts';

/** What the questions of one sign-in have in common. */
export interface FlowProbes {
  before: Examination;
  span: Span;
  recording: Recording;
  world: Pick<World, 'now' | 'sleep'>;
  options: FlowOptions;
  made: Probe[];
  trials: TrialClient[];
}

interface Asked {
  method: string;
  headers: [string, string][];
  body?: string;
  /** Milliseconds until the head must be there. */
  headTimeout?: number;
  /** Also when the user has had enough: nothing is to stay behind. */
  always?: true;
}

interface Said {
  status: number;
  headers: Headers;
  text: string;
}

const MOST_HOPS = 4;
/** Milliseconds a stream may take to begin; a proxy that collects it never lets it. */
const STREAM_HEAD = 5_000;

const MODERN_META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'keybridge-doctor', version: '1' },
};

/**
 * Asks for the page the browser is about to be sent to, and for what it redirects to, but never for the callback
 * itself. `redirected`: it leads back to us at once.
 */
export async function preview(
  probes: FlowProbes,
  link: URL,
): Promise<{ status: number; redirected: boolean; hasError: boolean; isJson: boolean; isLost: boolean }> {
  const because = 'What a program is shown where the browser is sent to sign in.';
  const redirectUri = link.searchParams.get('redirect_uri') ?? '';
  const span = probes.span.span(`authorize-preview: ${because}`);
  let status = 0;
  let redirected = false;
  let hasError = false;
  let isJson = false;
  let isLost = false;
  // Many a sign-in page is an error to whoever comes without the cookie of the page before.
  const cookies = new Map<string, string>();
  for (let url: URL | undefined = link, hop = 0; url && hop <= MOST_HOPS; hop++) {
    const headers: [string, string][] = [['accept', 'text/html']];
    if (url.origin === link.origin && cookies.size > 0)
      headers.push(['cookie', [...cookies].map(pair => pair.join('=')).join('; ')]);
    const said = await ask(probes, span, url, { method: 'GET', headers });
    if (url.origin === link.origin) keepCookies(cookies, said?.headers);
    status = said?.status ?? 0;
    const json = parseJson(said?.text ?? '');
    hasError = isObject(json) && typeof json.error === 'string';
    isJson = isObject(json);
    const location = said?.headers.get('location');
    const next: URL | null = location ? URL.parse(location, url) : null;
    redirected = next?.href.startsWith(redirectUri) ?? false;
    isLost = status >= 300 && status < 400 && next === null;
    url = next && !redirected && checkUrl(next.href, { allowHttp: true }).ok ? next : undefined;
  }
  const url = link.origin + link.pathname;
  probes.made.push({ kind: 'authorize-preview', url, because, exchanges: probes.recording.of(span.id) });
  return { status, redirected, hasError, isJson, isLost };
}

/** Names and values only: the few pages in a row are on one origin. */
function keepCookies(cookies: Map<string, string>, headers: Headers | undefined): void {
  for (const field of headers?.getSetCookie() ?? []) {
    const [, name, value] = /^\s*([^=;\s]+)=([^;]*)/.exec(field) ?? [];
    if (name !== undefined && value !== undefined && cookies.size < 50) cookies.set(name, value.trim());
  }
}

/** The client that the flow registered is deleted again where the server offers that. RFC 7592 §2.3. */
export async function forgetClient(probes: FlowProbes, uri: string, token: string): Promise<boolean> {
  const because = 'The client of this sign-in is deleted again.';
  const checked = checkUrl(uri, { allowHttp: true });
  if (!checked.ok) return false;
  probes.options.onProgress?.(because);
  const span = probes.span.span(`registration-deleted: ${because}`);
  const headers: [string, string][] = [['authorization', `Bearer ${token}`]];
  const said = await ask(probes, span, checked.url, { method: 'DELETE', headers, always: true });
  const exchanges = probes.recording.of(span.id);
  probes.made.push({ kind: 'registration-deleted', url: uri, because, exchanges });
  return said?.status === 204 || said?.status === 200;
}

/** The first calls, with the token where one is needed: `initialize` and the list of tools, as both eras have them; the stream. */
export async function call(probes: FlowProbes, token: string | undefined): Promise<void> {
  const { before } = probes;
  const url = new URL(before.target);
  const json: [string, string][] = [
    ['accept', 'application/json, text/event-stream'],
    ['content-type', 'application/json'],
    ...(token === undefined ? [] : [['authorization', `Bearer ${token}`] as [string, string]]),
  ];
  const withToken = token === undefined ? '' : ' with the token';
  const once = async (kind: ProbeKind, because: string, asked: Asked) => {
    probes.options.onProgress?.(because);
    const span = probes.span.span(`${kind}: ${because}`);
    const said = await ask(probes, span, url, asked);
    probes.made.push({ kind, url: url.href, because, exchanges: probes.recording.of(span.id) });
    return said;
  };
  const first = await once('call-initialize', `The first call${withToken}.`, {
    method: 'POST',
    headers: json,
    body: INITIALIZE,
  });
  if (first?.status === 400 || isObject(responseTo(first)?.error)) {
    await once('call-modern', `The first call${withToken}, as clients of 2026-07-28 make it.`, {
      method: 'POST',
      headers: [...json, ['mcp-protocol-version', '2026-07-28'], ['mcp-method', 'tools/list']],
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: MODERN_META } }),
    });
    return;
  }
  if (!first || first.status < 200 || first.status > 299) return;
  const session = first.headers.get('mcp-session-id');
  const more: [string, string][] = [
    ...json,
    ['mcp-protocol-version', negotiated(first)],
    ...(session === null ? [] : [['mcp-session-id', session] as [string, string]]),
  ];
  await once('call-initialized', 'The server is told that the client is ready.', {
    method: 'POST',
    headers: more,
    body: JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }),
  });
  await once('call-tools', 'The list of tools.', {
    method: 'POST',
    headers: more,
    body: JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/list' }),
  });
  await once('call-stream', 'The server’s own stream, or 405.', {
    method: 'GET',
    headers: more.map(([name, value]) => [name, name === 'accept' ? 'text/event-stream' : value]),
    headTimeout: STREAM_HEAD,
  });
  if (session === null) return;
  await once('unknown-session', 'A session that is not known must be answered with 404.', {
    method: 'POST',
    headers: more.map(([name, value]) => [name, name === 'mcp-session-id' ? UNKNOWN_SESSION : value]),
    body: JSON.stringify({ jsonrpc: '2.0', id: 3, method: 'tools/list' }),
  });
  const end = probes.span.span('The session is ended');
  await ask(probes, end, url, { method: 'DELETE', headers: more, always: true });
}

/** The JSON-RPC response in an answer, as JSON or in a stream. */
function responseTo(said: Said | undefined): JsonObject | undefined {
  const json = parseJson(said?.text ?? '');
  return isObject(json) ? json : responseIn(said?.text ?? '');
}

/** The revision that `initialize` ended with. */
function negotiated(said: Said): string {
  const result = responseTo(said)?.result;
  const version = isObject(result) ? result.protocolVersion : undefined;
  return typeof version === 'string' && /^[\w.-]{1,40}$/.test(version) ? version : '2025-11-25';
}

/** One request; `undefined` where nothing came. */
async function ask(probes: FlowProbes, span: Span, url: URL, asked: Asked): Promise<Said | undefined> {
  const { before, options, world } = probes;
  const { timeout = 10_000, headers = [], network } = options;
  const isHome = url.origin === new URL(before.target).origin;
  const isAuthorization = ([name]: readonly [string, string]) => name.toLowerCase() === 'authorization';
  const hasToken = asked.headers.some(isAuthorization);
  const own = isHome ? headers.filter(each => !hasToken || !isAuthorization(each)) : [];
  const limit = deadline(timeout, world.sleep, `No whole answer within ${timeout} ms.`);
  const signal = asked.always ? undefined : options.signal;
  try {
    const { response } = await span.fetch('probe', {
      method: asked.method,
      url: url.href,
      headers: [...asked.headers, ...own],
      secretHeaders: own.map(([name]) => name),
      recorded: LARGEST,
      ...(asked.body === undefined ? {} : { body: new TextEncoder().encode(asked.body) }),
      reach: isHome ? 'any' : (before.discovery?.reach ?? 'public'),
      headTimeout: asked.headTimeout ?? timeout,
      network,
      signal: signal ? AbortSignal.any([signal, limit.signal]) : limit.signal,
    });
    return { status: response.status, headers: response.headers, text: await read(response, asked.method) };
  } catch {
    signal?.throwIfAborted();
    return undefined;
  } finally {
    limit.end();
  }
}

/** The beginning of a body; of the stream that answers a request as much as has the response, of the server's own nothing. */
async function read(response: Response, method: string): Promise<string> {
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  const decoder = new TextDecoder();
  let text = '';
  // It may be quiet for hours.
  if (isStream && method === 'GET') {
    await response.body?.cancel();
    return '';
  }
  const first = new FirstEvent();
  for await (const part of response.body ?? []) {
    const piece = decoder.decode(part, { stream: true });
    text += piece;
    if (text.length > LARGEST || (isStream && first.take(piece))) break;
  }
  return text;
}
