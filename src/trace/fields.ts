import type { Work } from '../base/work.ts';
import type { Layer } from './layers.ts';
import { isSecretName, isWeakName, NAME_HINT } from './names.ts';
import type { Find } from './secrets.ts';

/** Work for one place that has to be looked at: a few expressions are tried there. */
const HIT_COST = 600;

/** Longer runs of letters are data and no name. Bounds the work at each hint, so that all of it is linear. */
const LONGEST_NAME = 64;
const NAME_CHARACTER = /[A-Za-z0-9_.-]/;

/** What may stand between a quoted name and its value: JSON's colon, or the rest of an HTML input's tag. */
const AFTER_QUOTED =
  /["'`]?\s{0,8}(?:(?:=>?|:)\s{0,64}|(?:type=["'][a-z]{1,16}["']\s{1,8})?value\s{0,4}=\s{0,4})/iy;
/** After a bare name: an equals sign, a colon, the end of an XML tag, the bracket of `user[password]`. */
const AFTER_BARE = /\]?(?:\s{0,8}(=>?|:)[^\S\n]{0,64}|>)/y;
const BARE_VALUE = /[^\s&"'`<>;,{}()[\]\\#]*/y;
/** In a query, a fragment or a form nothing but these ends a value. */
const PARAMETER_VALUE = /[^\s&"<>\\#]*/y;
const TO_LINE_END = /[^\r\n"<]*/y;
const TO_TAG = /[^<]*/y;
const SCHEME = /[a-z][a-z0-9_-]{1,19}\s+(?=\S)/iy;
/** What a value that has been replaced looks like. Texts may be recorded twice, and stay as they are then. */
const REPLACED = /\[redacted \d+ #[0-9a-f]{6}\]/y;
/** A token as RFC 6750 and RFC 7617 send it, named by its scheme alone. */
const TOKEN_SCHEME = /\b(?:bearer|basic|dpop)[\s+]{1,8}/gi;
const TOKEN = /[A-Za-z0-9._~+/-]{8,65536}=*/y;
const TOKEN_GOES_ON = /[A-Za-z0-9._~+/=-]*/y;
/** Name and password before the host of a URL. RFC 3986 §3.2.1. */
const USER_INFO = /:\/\/([^\s/?#@"'<>\\]{1,2048})@/g;

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/** Where a quoted value ends: at the first quote of its kind that no backslash escapes. */
function closing(text: string, from: number, quote: string): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === quote) return at;
  }
  return text.length;
}

function unquoted(value: string): string {
  if (!value.includes('\\')) return value;
  try {
    return JSON.parse(`"${value}"`) as string;
  } catch {
    return value;
  }
}

function decoded(value: string): string {
  if (!/[%+]/.test(value)) return value;
  try {
    return decodeURIComponent(value.replaceAll('+', ' '));
  } catch {
    return value;
  }
}

/** Whether a bare word after a colon is a credential rather than a part of somebody's sentence. */
function looksSecret(name: string, word: string): boolean {
  if (/passw|passphrase/i.test(name)) return true;
  const telling = /[_-]/.test(name);
  return word.length >= (telling ? 12 : 16) || (/\d/.test(word) && word.length >= (telling ? 4 : 8));
}

/** The name before a value, and what stands between the two. */
interface Named {
  name: string;
  start: number;
  end: number;
  quoted: boolean;
  gap: string;
  /** It is a parameter of a URL or a form. */
  parameter: boolean;
}

function* quotedValue(text: string, at: number, { name }: Named): Generator<Find> {
  const quote = text[at] as string;
  const end = closing(text, at + 1, quote);
  let start = at + 1;
  // The scheme is worth knowing and no secret.
  if (/authorization$/i.test(name)) start += match(SCHEME, text, start)?.length ?? 0;
  start += match(REPLACED, text, start)?.length ?? 0;
  if (end > start) yield { start, end, value: unquoted(text.slice(start, end)) };
}

/** The strings of a JSON array, such as a header map's `"set-cookie": ["…", "…"]`. */
function* arrayValues(text: string, at: number, named: Named): Generator<Find> {
  let here = at + 1;
  while (here < text.length) {
    here += match(/[\s,]{0,64}/y, text, here)?.length ?? 0;
    if (text[here] !== '"') return;
    yield* quotedValue(text, here, named);
    here = closing(text, here + 1, '"') + 1;
  }
}

function readGap(text: string, start: number, end: number): Named | undefined {
  const before = text[start - 1];
  const quoted = before !== undefined && before === text[end] && `"'\``.includes(before);
  const gap = match(quoted ? AFTER_QUOTED : AFTER_BARE, text, end);
  if (gap === undefined) return undefined;
  const parameter = gap.includes('=') && (before === undefined || '?&#;'.includes(before));
  return { name: text.slice(start, end), start, end, quoted, gap, parameter };
}

function* valueAfter(text: string, named: Named, oauth: boolean): Generator<Find> {
  const { name, end, quoted, gap, parameter } = named;
  if (isWeakName(name)) {
    const input = quoted && /value/i.test(gap);
    if (!parameter && !input && !(quoted && oauth && name === 'code')) return;
  }
  const at = end + gap.length;
  const first = text[at];
  if (first === undefined) return;
  if (`"'\``.includes(first)) yield* quotedValue(text, at, named);
  if (first === '[' && !parameter && match(REPLACED, text, at) === undefined) {
    yield* arrayValues(text, at, named);
  } else if (first !== '"' && (first !== "'" || parameter)) {
    // An apostrophe may be a quotation mark, or a letter of a parameter's value.
    yield* bareValue(text, at, named);
  }
}

function* bareValue(text: string, at: number, { name, gap, quoted, parameter }: Named): Generator<Find> {
  let start = at;
  const sentence = !/[=>]/.test(gap);
  let pattern = parameter ? PARAMETER_VALUE : gap === '>' ? TO_TAG : BARE_VALUE;
  if (/(?:cookie|authorization)$/i.test(name) && sentence && !quoted) {
    pattern = TO_LINE_END;
    if (!/cookie$/i.test(name)) start += match(SCHEME, text, start)?.length ?? 0;
  }
  start += match(REPLACED, text, start)?.length ?? 0;
  const raw = match(pattern, text, start)?.trimEnd() ?? '';
  if (raw === '') return;
  if (quoted && sentence) {
    // A JSON literal. Short numbers are counts, and true, false and null say nothing.
    if (/^(?:true|false|null|-?\d{1,3}(?:\.\d*)?)$/.test(raw)) return;
  } else if (sentence && pattern === BARE_VALUE && !looksSecret(name, raw)) return;
  yield { start, end: start + raw.length, value: gap.includes('=') ? decoded(raw) : raw };
}

/** Tokens after the name of their scheme. What was read as one is not looked at again, which keeps it linear. */
function* tokens(text: string, work: Work): Generator<Find> {
  const scheme = new RegExp(TOKEN_SCHEME);
  for (let hit = scheme.exec(text); hit; hit = scheme.exec(text)) {
    const start = scheme.lastIndex;
    const token = match(TOKEN, text, start) ?? '';
    if (!work.spend(token.length + HIT_COST)) return;
    if (token === '') continue;
    const end = start + token.length;
    // A `=` in the midst is no token's, so this is a parameter or a sentence.
    const more = match(TOKEN_GOES_ON, text, end)?.length ?? 0;
    scheme.lastIndex = end + more;
    // `Bearer authentication` is a sentence, and `Bearer resource_metadata="…"` a challenge.
    if (more > 0 || (!/\d/.test(token) && token.length < 20) || /^[a-z_]+=$/.test(token)) continue;
    yield { start, end, value: token };
  }
}

/**
 * Values that are secret by the name before them, in whatever notation: a query or a form, JSON whole, cut
 * or malformed, header lines, HTML inputs, XML elements. Reads each character a bounded number of times, and
 * ends early, with values missing, once `work` is spent.
 * `oauth`: the text belongs to a token endpoint or its like, where a JSON member `code` is a secret too.
 */
export function* findFields({ text, depth }: Layer, oauth: boolean, work: Work): Generator<Find> {
  // The three searches below each look at every character.
  if (!work.spend(4 * text.length)) return;
  const hint = new RegExp(NAME_HINT);
  for (let hit = hint.exec(text); hit; hit = hint.exec(text)) {
    let start = hit.index;
    let end = hint.lastIndex;
    const leftmost = Math.max(0, start - LONGEST_NAME);
    const rightmost = Math.min(text.length, end + LONGEST_NAME);
    while (start > leftmost && NAME_CHARACTER.test(text[start - 1] as string)) start--;
    while (end < rightmost && NAME_CHARACTER.test(text[end] as string)) end++;
    hint.lastIndex = end;
    if (!work.spend(HIT_COST + 4 * (end - start))) return;
    if (end - start > LONGEST_NAME) continue;
    const name = text.slice(start, end);
    if (!isSecretName(name) && !isWeakName(name)) continue;
    const named = readGap(text, start, end);
    for (const find of named ? valueAfter(text, named, oauth) : []) {
      if (!work.spend(2 * (find.end - find.start))) return;
      yield find;
      // Nothing inside a value need be looked at again, which also keeps the whole linear.
      hint.lastIndex = Math.max(hint.lastIndex, find.end);
    }
  }
  yield* tokens(text, work);
  for (const { index, 1: info = '' } of text.matchAll(USER_INFO)) {
    if (!work.spend(info.length + HIT_COST)) return;
    // Unescaped, `?a=https%3A%2F%2Fx&b=me%40y` seems to name a user.
    if (depth > 0 && info.includes('&')) continue;
    yield { start: index + 3, end: index + 3 + info.length, value: decoded(info) };
  }
}
