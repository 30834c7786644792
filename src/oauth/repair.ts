import { asString, isObject, type JsonObject, parseJson } from '../base/json.ts';
import type { NetworkSettings } from '../base/world.ts';
import type { Purpose, Span } from '../trace/event.ts';

/** How requests to one authorization server are made. */
export interface Reach {
  span: Span;
  network?: NetworkSettings | undefined;
  reach?: 'any' | 'public' | undefined;
  signal?: AbortSignal | undefined;
}

interface CustomFetchInit {
  method: string;
  headers: Record<string, string> | Headers;
  body?: unknown;
}

const MAX_BODY = 1024 * 1024;
/** Milliseconds an authorization server has to answer a token or registration request. */
const TIMEOUT = 30_000;

/**
 * The fetch handed to openid-client and oauth4webapi: every request goes through the span, and answers
 * that real servers get slightly wrong are mended before the library, which is strict, sees them. Each
 * repair is noted in the trace.
 */
export function oauthFetch(purpose: Purpose, { span, network, reach, signal }: Reach) {
  return async (url: string, init: CustomFetchInit): Promise<Response> => {
    const headers =
      init.headers instanceof Headers ? [...init.headers.entries()] : Object.entries(init.headers);
    const text = init.body === undefined || init.body === null ? undefined : String(init.body);
    const timeout = AbortSignal.timeout(TIMEOUT);
    const { response } = await span.fetch(purpose, {
      method: init.method,
      url,
      headers,
      network,
      reach,
      body: text === undefined ? undefined : new TextEncoder().encode(text),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    const body = await readText(response);
    return purpose === 'revocation'
      ? rebuilt(response, response.status, body)
      : mend(purpose, response, body, span);
  };
}

/** Reads a body up to the bound; what lies beyond is not read. */
async function readText(response: Response): Promise<string> {
  if (!response.body) return '';
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body) {
    size += part.byteLength;
    if (size > MAX_BODY) break;
    parts.push(part);
  }
  return new TextDecoder().decode(concat(parts));
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

function mend(purpose: Purpose, response: Response, text: string, span: Span): Response {
  const repair = (what: string) => span.note(`Repaired an answer of the authorization server: ${what}`);
  let body = parseJson(text);
  const type = (response.headers.get('content-type') ?? '').toLowerCase();
  if (!isObject(body) && type.includes('x-www-form-urlencoded')) {
    // GitHub answers so unless it is asked for JSON in so many words.
    body = Object.fromEntries(new URLSearchParams(text)) as JsonObject;
    repair('it was form-encoded, not JSON (RFC 6749 §5.1).');
  }
  if (!isObject(body)) return rebuilt(response, response.status, text);
  let status = response.status;
  if (!/^application\/([\w.+-]*\+)?json\b/.test(type))
    repair(`its content type was "${type.slice(0, 60)}", not JSON.`);
  if (status === 200 && asString(body.error) !== undefined && body.access_token === undefined) {
    status = 400;
    repair('an error came with status 200 (RFC 6749 §5.2).');
  }
  if (status < 300 && purpose === 'registration') {
    if (status !== 201) repair(`status ${status} in place of 201 (RFC 7591 §3.2.1).`);
    status = 201;
    if (body.client_secret && typeof body.client_secret_expires_at !== 'number') {
      body.client_secret_expires_at = 0;
      repair('client_secret_expires_at was missing (RFC 7591 §3.2.1).');
    }
    if (body.client_secret === null || body.client_secret === '') delete body.client_secret;
  } else if (status < 300) {
    if (status !== 200) repair(`status ${status} in place of 200.`);
    status = 200;
    mendTokens(body, repair);
  }
  return rebuilt(response, status, JSON.stringify(body));
}

function mendTokens(body: JsonObject, repair: (what: string) => void): void {
  if (typeof body.token_type !== 'string') {
    body.token_type = 'bearer';
    repair('token_type was missing (RFC 6749 §5.1).');
  }
  if (body.expires_in !== undefined) {
    const seconds = typeof body.expires_in === 'string' ? Number(body.expires_in) : body.expires_in;
    if (typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0) {
      if (seconds !== body.expires_in) repair('expires_in was a string.');
      body.expires_in = seconds;
    } else {
      delete body.expires_in;
      repair('expires_in was not a positive number of seconds.');
    }
  }
  if (body.refresh_token === null || body.refresh_token === '') delete body.refresh_token;
  if (body.scope !== undefined && typeof body.scope !== 'string') {
    if (Array.isArray(body.scope)) body.scope = body.scope.filter(item => typeof item === 'string').join(' ');
    else delete body.scope;
    repair('scope was not a string.');
  }
  // The ID token says who signed in, not what may be done; we never use it, so it cannot be wrong.
  delete body.id_token;
}

function rebuilt(response: Response, status: number, text: string): Response {
  const headers = new Headers({ 'content-type': 'application/json' });
  if (parseJson(text) === undefined)
    headers.set('content-type', response.headers.get('content-type') ?? 'text/plain');
  for (const name of ['www-authenticate', 'retry-after', 'dpop-nonce']) {
    const value = response.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  return new Response([204, 205, 304].includes(status) ? null : text, { status, headers });
}
