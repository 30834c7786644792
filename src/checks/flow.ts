import type { FaultJson } from '../base/fault.ts';
import { asString, isObject, type JsonObject, parseJson } from '../base/json.ts';
import { fromBase64url } from '../base/text.ts';
import type { ExchangeId } from '../trace/event.ts';
import { withoutMarkup } from './markup.ts';
import { Answer, type View } from './view.ts';

/** Stands for the issuer of an answer that names a stranger. */
export const ANOTHER = '(another)';

/** What is said inside an access token, as far as rules need it. */
export interface Claims {
  iss?: string;
  aud?: string | readonly string[];
  /** `scope`, or Entra's `scp`. */
  scope?: string;
  /** Seconds since the epoch. */
  exp?: number;
  nbf?: number;
  iat?: number;
}

/** What was seen of one sign-in. Plain data, and nothing of it is a secret. */
export interface Flow {
  issuer: string;
  client?: {
    clientId: string;
    source: 'static' | 'metadata-document' | 'dynamic';
    method: 'none' | 'client_secret_basic' | 'client_secret_post';
    /** Its secret has characters that HTTP Basic wants encoded. RFC 6749 §2.3.1. */
    hasOddSecret: boolean;
  };
  /** The authorization request: where it went and with what, without state and challenge. */
  request?: { endpoint: string; redirectUri: string; parameters: Readonly<Record<string, string>> };
  /** Where the browser ended instead of coming back, as the user pasted it: the address without its values, or a text. */
  landed?: { url?: string; parameters: readonly string[]; text: string };
  /** What the browser came back with: names, and what may be shown. */
  callback?: { parameters: readonly string[]; iss?: string; error?: string; description?: string };
  token?: {
    exchange?: ExchangeId;
    /** A signed token (JWT), an encrypted one (JWE), or one that only its issuer can read. */
    format: 'jwt' | 'jwe' | 'opaque';
    claims?: Claims;
  };
  /** Why it did not come to a token; absent where it did. */
  failure?: FaultJson;
}

/** Something said to be wrong on the way: where, in whose words, and what shows it. */
export interface Complaint {
  where: 'page' | 'callback' | 'token' | 'refresh';
  /** The error's name where there is one. */
  error: string;
  /** Everything that was said, as one text. */
  text: string;
  evidence: readonly ExchangeId[];
}

/** No header field carries a longer one. */
const LONGEST_TOKEN = 64 * 1024;
/** Longer pages are read to here. */
const LONGEST = 20_000;

/** Every complaint of a sign-in, of whatever step, in the order of the steps; of recorded token requests as well. */
export function complaints(view: View): Complaint[] {
  const { flow } = view.examination;
  const found: Complaint[] = [];
  for (const answer of [...view.finals('authorize-preview'), ...view.answers('authorize-preview')]) {
    const back = errorIn(answer.location);
    if (back) found.push({ where: 'callback', ...back, evidence: [answer.id] });
    else if (answer.status >= 400 || /AADSTS\d+/.test(answer.text))
      found.push({
        where: 'page',
        error: errorOf(answer.json),
        text: readable(answer),
        evidence: [answer.id],
      });
  }
  const { text = '' } = flow?.landed ?? {};
  if (text !== '') found.push({ where: 'page', error: '', text, evidence: [] });
  const { error, description = '' } = flow?.callback ?? {};
  if (error !== undefined)
    found.push({ where: 'callback', error, text: `${error} ${description}`.trim(), evidence: [] });
  for (const answer of tokenAnswers(view)) {
    if (answer.status < 400 && answer.json?.error === undefined) continue;
    const where = answer.exchange.purpose === 'refresh' ? 'refresh' : 'token';
    found.push({ where, error: errorOf(answer.json), text: readable(answer), evidence: [answer.id] });
  }
  const said = new Set<string>();
  return found.filter(({ text: one, where }) => {
    const both = `${where} ${one}`;
    return !said.has(both) && said.add(both);
  });
}

/** The answers to token requests that were recorded, refreshes included, in order. */
export function tokenAnswers(view: View, purpose?: 'token' | 'refresh'): Answer[] {
  return Object.values(view.examination.exchanges)
    .filter(each =>
      purpose ? each.purpose === purpose : each.purpose === 'token' || each.purpose === 'refresh',
    )
    .map(
      exchange =>
        new Answer({ kind: 'get', url: exchange.request.url, because: '', exchanges: [] }, exchange),
    );
}

/** The parameters of a recorded form. Secrets stand there as what replaced them. */
export function formOf({ exchange }: Answer): URLSearchParams {
  return new URLSearchParams(exchange.request.body?.text ?? '');
}

/** The answer that the tokens came with. */
export function tokenAnswer(view: View): Answer | undefined {
  const id = view.examination.flow?.token?.exchange;
  return tokenAnswers(view).find(each => each.id === id);
}

/** Members of a token answer, whatever it is written in. */
export function tokenMembers(answer: Answer | undefined): JsonObject {
  // What is missing from a beginning may be in the rest.
  if (!answer || answer.isCut) return {};
  return answer.json ?? (Object.fromEntries(new URLSearchParams(answer.text)) as JsonObject);
}

/** The first call with the token: `initialize`, or the request of 2026-07-28 where that was refused. */
export function firstCall(view: View): Answer | undefined {
  const initialize = view.answer('call-initialize');
  const modern = view.answer('call-modern');
  return modern && modern.status < 400 ? modern : initialize;
}

/** Whether the server takes the token; `undefined` where nobody tried. */
export function isTaken(view: View): boolean | undefined {
  const call = firstCall(view);
  if (!call || call.status === 0) return undefined;
  // The token was read, and gives too little: that says nothing of whether it is the right one.
  if (call.bearer?.params.error === 'insufficient_scope') return undefined;
  return call.status < 300 ? true : call.status === 401 || call.status === 403 ? false : undefined;
}

/** What the token ought to be for: what was asked for, else what the metadata says. */
export function expectedResource(view: View): string | undefined {
  const asked = view.examination.flow?.request?.parameters.resource;
  return asked ?? asString(view.resourceDocuments[0]?.json?.resource);
}

/** An audience as a list. */
export function audiences({ aud }: Claims): readonly string[] {
  return aud === undefined || aud === '' ? [] : typeof aud === 'string' ? [aud] : aud;
}

function errorIn(location: URL | undefined): { error: string; text: string } | undefined {
  const error = location?.searchParams.get('error');
  if (!location || !error) return undefined;
  return { error, text: `${error} ${location.searchParams.get('error_description') ?? ''}`.trim() };
}

function errorOf(json: JsonObject | undefined): string {
  return asString(json?.error) ?? '';
}

/** A page without its markup. */
function readable({ text, json }: Answer): string {
  if (json)
    return [json.error, json.error_description, json.message].flatMap(each => asString(each) ?? []).join(' ');
  return withoutMarkup(text.slice(0, LONGEST)).replace(/\s+/g, ' ').trim();
}

/** The claims of a signed token, and what kind of token it is. Nothing is verified. RFC 7519 §3. */
export function lookInto(token: string): NonNullable<Flow['token']> {
  if (token.length > LONGEST_TOKEN) return { format: 'opaque' };
  const parts = token.split('.');
  if (parts.length === 5) return { format: 'jwe' };
  const claims = parts.length === 3 ? parseJson(fromBase64url(parts[1] ?? '')) : undefined;
  if (!isObject(claims)) return { format: 'opaque' };
  const { aud, scope, scp } = claims;
  const granted = scope ?? scp;
  const text = (value: unknown) => asString(value)?.slice(0, 500);
  const number = (value: unknown) => (typeof value === 'number' ? value : undefined);
  const list = Array.isArray(aud) ? aud.flatMap(each => text(each) ?? []).slice(0, 20) : text(aud);
  const members: { [K in keyof Claims]: Claims[K] | undefined } = {
    iss: text(claims.iss),
    aud: list,
    scope: text(Array.isArray(granted) ? granted.join(' ') : granted),
    exp: number(claims.exp),
    nbf: number(claims.nbf),
    iat: number(claims.iat),
  };
  const known = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
  return { format: 'jwt', claims: known as Claims };
}
