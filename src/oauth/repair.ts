import { Fault } from '../base/fault.ts';
import { concat } from '../base/gathered-bytes.ts';
import { asString, isObject, type JsonObject, parseJson } from '../base/json.ts';
import { quoted } from '../base/text.ts';
import type { NetworkSettings } from '../base/world.ts';
import type { Purpose, Span } from '../trace/event.ts';
import { requireBounded } from './bounds.ts';

/** How requests to one authorization server are made. */
export interface Reach {
  span: Span;
  network?: NetworkSettings | undefined;
  reach?: 'any' | 'public' | undefined;
  signal?: AbortSignal | undefined;
  /** Is given what takes the place of a refresh token, as soon as it is there: before anything else is done. */
  rotated?: ((tokens: ArrivedTokens) => void) | undefined;
  /** Is given the ID token of an answer, which is otherwise left aside. */
  idToken?: ((token: string) => void) | undefined;
}

/** Tokens as they came, not looked at yet. `expiresIn`: seconds. */
export interface ArrivedTokens {
  accessToken: string;
  refreshToken: string;
  expiresIn?: number;
}

interface CustomFetchInit {
  method: string;
  headers: Record<string, string> | Headers;
  body?: unknown;
}

/** Characters of tokens that are kept before they are looked at. */
const LARGEST_ARRIVED = 128 * 1024;
const CLOSING_BRACE = 0x7d;
/** How often a body is looked at before its end: whoever sends a brace at a time gains nothing by it. */
const MOST_LOOKS = 4;
const LONGEST_SCOPE = 4 * 1024;
/** Bytes of an answer: it is parsed several times, by us and by the library, and real ones have a few thousand. */
const MAX_BODY = 256 * 1024;
/** Characters of what a server says of an error; people are shown 200. */
const LONGEST_DESCRIPTION = 4_000;
/** Milliseconds an authorization server has to answer a token or registration request. */
const TIMEOUT = 30_000;
/** Beyond this many seconds a time is a mistake, and would not survive being stored in milliseconds. */
const MAX_SECONDS = 1e11;

/**
 * The fetch handed to openid-client and oauth4webapi: every request goes through the span, and answers
 * that real servers get slightly wrong are mended before the library, which is strict, sees them. Each
 * repair is noted in the trace.
 */
export function oauthFetch(purpose: Purpose, { span, network, reach, signal, idToken, rotated }: Reach) {
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
    const body = await readText(response, response.ok && rotated ? once(rotated) : undefined);
    return purpose === 'revocation'
      ? rebuilt(response, response.status, body)
      : mend(purpose, response, body, span, secretsIn(text, headers), idToken);
  };
}

/** Parameters of a token request that no error may repeat. RFC 6749 §4.1.3 and §6, RFC 7636 §4.5. */
const SECRET_PARAMETERS = [
  'code',
  'device_code',
  'code_verifier',
  'refresh_token',
  'client_secret',
  'client_assertion',
];
/** Shorter values are words of everyday sentences. */
const SHORTEST_SECRET = 6;

/** What a request says in confidence: some servers repeat it in `error_description`, which people are shown. */
function secretsIn(body: string | undefined, headers: readonly (readonly [string, string])[]): string[] {
  const sent = new URLSearchParams(body);
  const secrets = SECRET_PARAMETERS.flatMap(name => sent.getAll(name));
  for (const [name, value] of headers) {
    const credentials = name.toLowerCase() === 'authorization' ? value.replace(/^\S+\s+/, '') : undefined;
    if (credentials === undefined) continue;
    secrets.push(credentials);
    if (/^basic\s/i.test(value)) secrets.push(...atob(credentials).split(':').slice(1));
  }
  const spellings = secrets.flatMap(secret => [
    secret,
    decoded(secret),
    encodeURIComponent(secret),
    new URLSearchParams([['', secret]]).toString().slice(1),
  ]);
  return [...new Set(spellings)]
    .filter(secret => secret.length >= SHORTEST_SECRET)
    .sort((one, other) => other.length - one.length);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

/** The beginning of a description without the secrets: a search takes as long as both are, one times the other. */
function withoutSecrets(text: string, secrets: readonly string[]): string {
  const beginning = text.slice(0, LONGEST_DESCRIPTION);
  const clean = secrets.reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), beginning);
  // A secret may begin before the cut and end behind it.
  const unsure = text.length > LONGEST_DESCRIPTION ? (secrets[0]?.length ?? 0) : 0;
  return clean.slice(0, Math.max(0, clean.length - unsure));
}

/** Looks for tokens in what there is of a body, and hands them over once. */
function once(take: (tokens: ArrivedTokens) => void): (text: string) => void {
  let isTaken = false;
  return text => {
    const tokens = isTaken ? undefined : tokensIn(text);
    if (!tokens) return;
    isTaken = true;
    take(tokens);
  };
}

function tokensIn(text: string): ArrivedTokens | undefined {
  const end = text.trimEnd().at(-1);
  const json = end === '}' ? parseJson(text) : undefined;
  const said = isObject(json) ? json : Object.fromEntries(new URLSearchParams(text));
  const [accessToken, refreshToken] = [asString(said.access_token), asString(said.refresh_token)];
  if (!accessToken || !refreshToken || accessToken.length + refreshToken.length > LARGEST_ARRIVED)
    return undefined;
  // What would be refused in a moment is not kept either.
  const type = asString(said.token_type)?.trim().toLowerCase() || 'bearer';
  if (type !== 'bearer' || !/^[\x21-\x7e]+$/.test(accessToken)) return undefined;
  const expiresIn = seconds(said.expires_in);
  return { accessToken, refreshToken, ...(expiresIn ? { expiresIn } : {}) };
}

/**
 * Reads a body. Throws `net.too-large` for one beyond the bound, and breaks it off. `look` is given what there is of
 * it, a few times.
 */
async function readText(response: Response, look?: (text: string) => void): Promise<string> {
  if (!response.body) return '';
  const parts: Uint8Array[] = [];
  let size = 0;
  let looks = 0;
  for await (const part of response.body) {
    size += part.byteLength;
    if (size > MAX_BODY)
      throw new Fault('net.too-large', `The answer is larger than ${MAX_BODY} bytes and was broken off.`, {
        remedy: 'Tell the operator of the authorization server; `keybridge trace` shows how it begins.',
      });
    parts.push(part);
    // A whole object is there before the end of its body is known.
    if (part.at(-1) === CLOSING_BRACE && size <= LARGEST_ARRIVED && looks++ < MOST_LOOKS)
      look?.(new TextDecoder().decode(concat(parts)));
  }
  const text = new TextDecoder().decode(concat(parts));
  look?.(text);
  return text;
}

function mend(
  purpose: Purpose,
  response: Response,
  text: string,
  span: Span,
  secrets: readonly string[],
  takeIdToken: Reach['idToken'],
): Response {
  const repair = (what: string) => span.note(`Repaired an answer of the authorization server: ${what}`);
  let body = parseJson(text);
  const type = (response.headers.get('content-type') ?? '').toLowerCase();
  if (!isObject(body) && type.includes('x-www-form-urlencoded')) {
    // GitHub answers so unless it is asked for JSON in so many words.
    body = Object.fromEntries(new URLSearchParams(text)) as JsonObject;
    repair('it was form-encoded, not JSON (RFC 6749 §5.1).');
  }
  if (!isObject(body)) return rebuilt(response, response.status, text);
  for (const name of ['error', 'error_description']) {
    const said = asString(body[name]);
    if (said !== undefined) body[name] = withoutSecrets(said, secrets);
  }
  // The same scope said again and again is one.
  if ((asString(body.scope)?.length ?? 0) > LONGEST_SCOPE)
    body.scope = [...new Set(String(body.scope).split(/[ \n\t]+/))].join(' ');
  if (response.status < 300)
    requireBounded(body, purpose === 'registration' ? 'registration.refused' : 'token.refused');
  let status = response.status;
  if (!/^application\/([\w.+-]*\+)?json\b/.test(type))
    repair(`its content type was ${quoted(type, 60)}, not JSON.`);
  if (status < 300 && asString(body.error) && !asString(body.access_token)) {
    repair(`an error came with status ${status} (RFC 6749 §5.2).`);
    status = 400;
  }
  if (status < 300 && purpose === 'registration') {
    if (status !== 201) repair(`status ${status} in place of 201 (RFC 7591 §3.2.1).`);
    status = 201;
    mendRegistration(body, repair);
  } else if (status < 300 && purpose === 'device') {
    status = 200;
    mendDevice(body, repair);
  } else if (status < 300) {
    if (status !== 200) repair(`status ${status} in place of 200.`);
    status = 200;
    // It says who signed in, not what may be done: at most it is passed on, so to us it cannot be wrong.
    const idToken = asString(body.id_token);
    if (idToken !== undefined) takeIdToken?.(idToken);
    mendTokens(body, repair);
    if ('id_token' in body && !takeIdToken)
      span.note('An ID token came with the answer; it is left aside unread.');
    delete body.id_token;
  }
  return rebuilt(response, status, JSON.stringify(body));
}

function mendRegistration(body: JsonObject, repair: (what: string) => void): void {
  if (body.client_secret === null || body.client_secret === '') delete body.client_secret;
  if (body.client_secret === undefined) return;
  const end = seconds(body.client_secret_expires_at);
  if (end === undefined) repair('client_secret_expires_at was missing (RFC 7591 §3.2.1).');
  else if (end !== body.client_secret_expires_at) repair('client_secret_expires_at was a string.');
  body.client_secret_expires_at = end ?? 0;
}

/** Seconds a code is valid where the server does not say; the library wants to know. */
const DEVICE_LIFE = 30 * 60;

function mendDevice(body: JsonObject, repair: (what: string) => void): void {
  const former = asString(body.verification_url);
  if (body.verification_uri === undefined && former !== undefined) {
    // Google's name for it, from before the standard.
    body.verification_uri = former;
    repair('verification_uri was called verification_url (RFC 8628 §3.2).');
  }
  const life = seconds(body.expires_in);
  if (!life) repair('expires_in was not a positive number of seconds (RFC 8628 §3.2).');
  body.expires_in = life || DEVICE_LIFE;
  if (body.interval === undefined) return;
  const interval = seconds(body.interval);
  if (interval === undefined) {
    delete body.interval;
    repair('interval was not a number of seconds.');
  } else body.interval = Math.max(1, interval);
}

/** A number of seconds, also where it was sent as a string; `undefined` for what can be none. */
function seconds(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && number >= 0 && number <= MAX_SECONDS ? number : undefined;
}

function mendTokens(body: JsonObject, repair: (what: string) => void): void {
  const type = asString(body.token_type)?.trim();
  if (!type) {
    body.token_type = 'bearer';
    repair('token_type was missing (RFC 6749 §5.1).');
  } else if (type.toLowerCase() !== 'bearer' && asString(body.access_token)) throw notBearer(type);
  else body.token_type = type;
  if (body.expires_in !== undefined) {
    const life = seconds(body.expires_in);
    if (life) {
      if (life !== body.expires_in) repair('expires_in was a string.');
      body.expires_in = life;
    } else {
      delete body.expires_in;
      repair('expires_in was not a positive number of seconds.');
    }
  }
  if (body.refresh_token === null || body.refresh_token === '') delete body.refresh_token;
  // An empty scope says no more than none: what was asked for was granted. RFC 6749 §5.1.
  if (body.scope === '') delete body.scope;
  if (body.scope !== undefined && typeof body.scope !== 'string') {
    if (Array.isArray(body.scope)) body.scope = body.scope.filter(item => typeof item === 'string').join(' ');
    else delete body.scope;
    repair('scope was not a string.');
  }
}

/** RFC 6749 §7.1: a token of a type that is not understood must not be used. DPoP's would be refused, too. */
function notBearer(type: string): Fault {
  return new Fault(
    'token.refused',
    `The authorization server issued a token of the type ${quoted(type, 40)}; Keybridge sends Bearer tokens only.`,
    {
      remedy:
        'It was not used. Its operator should issue Bearer tokens to this client (RFC 6750), without demanding a proof of possession such as DPoP.',
    },
  );
}

function rebuilt(response: Response, status: number, text: string): Response {
  const headers = new Headers({ 'content-type': 'application/json' });
  const body = parseJson(text);
  if (body === undefined) {
    const type = response.headers.get('content-type') ?? '';
    // Whoever looks at it later can tell that it is none.
    headers.set('content-type', type === '' || /json/i.test(type) ? 'text/plain' : type);
  }
  // A challenge beside an error in the body would hide that error from the library.
  const told = isObject(body) && asString(body.error) !== undefined;
  for (const name of [...(told ? [] : ['www-authenticate']), 'retry-after', 'dpop-nonce']) {
    const value = response.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  return new Response([204, 205, 304].includes(status) ? null : text, { status, headers });
}
