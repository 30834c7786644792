import type { Challenge } from './report.ts';
import { splitScope } from './scope.ts';

/** Characters read of all WWW-Authenticate fields together; what lies beyond is ignored. */
const LIMIT = 16 * 1024;

const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
const TOKEN68 = /[-._~+/0-9A-Za-z]+=*/y;
const SPACE = /[ \t\r\n]*/y;
/** Wider than the grammar: servers send URLs and scopes without quotes. */
const BARE_VALUE = /[^ \t\r\n,]*/y;

/** What a sticky expression matches at a place, possibly nothing. */
function at(expression: RegExp, text: string, index: number): string {
  expression.lastIndex = index;
  return expression.exec(text)?.[0] ?? '';
}

/** A quoted string and the place after it. One that is never closed ends with the field. */
function quoted(text: string, start: number): { value: string; next: number } {
  let value = '';
  let index = start + 1;
  for (; index < text.length && text[index] !== '"'; index++) {
    if (text[index] === '\\') index++;
    value += text[index] ?? '';
  }
  return { value, next: index + 1 };
}

interface Reading {
  scheme: string;
  params: Record<string, string>;
  token68?: string;
}

/** One field. Each turn of the loop moves on by at least one character, so the time is linear. */
function parseField(text: string, found: Reading[]): void {
  let current: Reading | undefined;
  let afterComma = true;
  let index = 0;
  while (index < text.length) {
    index += at(SPACE, text, index).length;
    const word = at(TOKEN, text, index);
    if (word === '') {
      const char = text[index];
      if (char === ',') afterComma = true;
      // A stray quoted string is skipped whole: what it quotes is not a challenge.
      index = char === '"' ? quoted(text, index).next : index + 1;
      continue;
    }
    index += word.length;
    const space = at(SPACE, text, index).length;
    if (text[index + space] === '=') {
      index += space + 1;
      index += at(SPACE, text, index).length;
      const bare = text[index] === '"' ? undefined : at(BARE_VALUE, text, index);
      const { value, next } =
        bare === undefined ? quoted(text, index) : { value: bare, next: index + bare.length };
      const name = word.toLowerCase();
      // The first value counts: what a proxy appended must not replace what the server said.
      if (current && !(name in current.params)) current.params[name] = value;
      index = next;
      afterComma = false;
      continue;
    }
    // Without a comma before it a lone word is no scheme but, say, the rest of an unquoted scope.
    if (!afterComma) continue;
    // Parameters have no prototype: a server may well name one `__proto__`.
    current = { scheme: word, params: Object.create(null) };
    found.push(current);
    afterComma = false;
    if (space === 0) continue;
    const token68 = at(TOKEN68, text, index + space);
    const end = index + space + token68.length;
    const follower = text[end + at(SPACE, text, end).length];
    if (token68 !== '' && (follower === undefined || follower === ',')) {
      current.token68 = token68;
      index = end;
    }
  }
}

/**
 * All challenges of all WWW-Authenticate fields, in order. RFC 9110 §11.6.1, read leniently: values
 * without quotes and parameters without commas are taken, garbage is passed over. Never throws; takes
 * linear time; reads 16 KiB at most.
 */
export function parseChallenges(fieldValues: readonly string[]): Challenge[] {
  const found: Reading[] = [];
  let left = LIMIT;
  for (const value of fieldValues) {
    if (left <= 0) break;
    parseField(value.slice(0, left), found);
    left -= value.length;
  }
  return found;
}

function isBearer(challenge: Challenge): boolean {
  return challenge.scheme.toLowerCase() === 'bearer';
}

/** The Bearer challenge to act on: the first that names resource metadata, else the first. RFC 6750 §3. */
export function bearer(challenges: readonly Challenge[]): Challenge | undefined {
  const candidates = challenges.filter(isBearer);
  return candidates.find(challenge => challenge.params.resource_metadata) ?? candidates[0];
}

/** Whether a server asks for credentials of other kinds only, such as Basic or Negotiate. RFC 9110 §11.6.1. */
export function wantsOther(challenges: readonly Challenge[]): boolean {
  return challenges.length > 0 && !challenges.some(({ scheme }) => /^(?:bearer|dpop)$/i.test(scheme));
}

/** The resource metadata's address as a challenge names it, of any scheme but Bearer first. RFC 9728 §5.1. */
export function namedResourceMetadata(challenges: readonly Challenge[]): string | undefined {
  const named = (challenge: Challenge | undefined) => challenge?.params.resource_metadata || undefined;
  return named(bearer(challenges)) ?? named(challenges.find(challenge => named(challenge)));
}

/** `scope` of the Bearer challenge, split at white space; `undefined` when it asks for none. RFC 6750 §3. */
export function challengedScope(challenges: readonly Challenge[]): string[] | undefined {
  const text = bearer(challenges)?.params.scope;
  const scope = text === undefined ? undefined : splitScope(text);
  return scope && scope.length > 0 ? scope : undefined;
}
