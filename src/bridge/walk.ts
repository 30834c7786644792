/**
 * Finding one's way in JSON bytes without parsing them. Values are skipped by counting brackets, so the
 * depth of a message costs no stack. What is not JSON may be accepted or not, but nothing here throws.
 */

/** Where something stands: from `start` up to, not including, `end`. */
export interface Place {
  start: number;
  end: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
export const OPEN_ARRAY = 0x5b;
const CLOSE_OBJECT = 0x7d;
const CLOSE_ARRAY = 0x5d;

/** The first index from `at` on that is not white space. */
export function skipSpace(bytes: Uint8Array, at: number): number {
  let index = at;
  for (; index < bytes.length; index++) {
    const byte = bytes[index];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
  }
  return index;
}

/** Bytes looked at one by one before the rest of a string is searched for its end; most strings are short. */
const NEAR = 16;

/** The index behind the string of which `at` is inside, or -1 where it does not end. */
export function endOfString(bytes: Uint8Array, at: number): number {
  const { length } = bytes;
  let index = at;
  for (;;) {
    // For short strings, and where one escaped quote follows another, a plain loop beats a call into native code.
    const near = index + NEAR < length ? index + NEAR : length;
    while (index < near) {
      const byte = bytes[index];
      if (byte === QUOTE) return index + 1;
      index += byte === BACKSLASH ? 2 : 1;
    }
    if (index >= length) return -1;
    const quote = bytes.indexOf(QUOTE, index);
    if (quote === -1) return -1;
    let before = quote;
    while (before > index && bytes[before - 1] === BACKSLASH) before--;
    if ((quote - before) % 2 === 0) return quote + 1;
    index = quote + 1;
  }
}

/** Skips the value that begins at `at`; the index behind it, or -1 where it does not end. */
function skipValue(bytes: Uint8Array, at: number): number {
  const first = bytes[at];
  if (first === QUOTE) return endOfString(bytes, at + 1);
  if (first !== OPEN_OBJECT && first !== OPEN_ARRAY) return endOfScalar(bytes, at);
  let depth = 0;
  for (let index = at; index < bytes.length; index++) {
    const byte = bytes[index] as number;
    if (byte === QUOTE) {
      const end = endOfString(bytes, index + 1);
      if (end === -1) return -1;
      index = end - 1;
    } else {
      // 0x20 is all that tells `[` from `{` and `]` from `}`.
      const bracket = byte | 0x20;
      if (bracket === OPEN_OBJECT) depth++;
      else if (bracket === CLOSE_OBJECT && --depth === 0) return index + 1;
    }
  }
  return -1;
}

function endOfScalar(bytes: Uint8Array, at: number): number {
  let index = at;
  for (; index < bytes.length; index++) {
    const byte = bytes[index] as number;
    if (byte <= 0x20 || byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) break;
    if (byte === QUOTE || byte === COLON || byte === OPEN_OBJECT || byte === OPEN_ARRAY) return -1;
  }
  return index === at ? -1 : index;
}

/** Visits each element of the array that begins at `at`; the index behind the array, or -1. */
export function eachElement(bytes: Uint8Array, at: number, visit: (element: Place) => void): number {
  if (bytes[at] !== OPEN_ARRAY) return -1;
  let index = skipSpace(bytes, at + 1);
  if (bytes[index] === CLOSE_ARRAY) return index + 1;
  for (;;) {
    const end = skipValue(bytes, index);
    if (end === -1) return -1;
    visit({ start: index, end });
    index = skipSpace(bytes, end);
    if (bytes[index] === CLOSE_ARRAY) return index + 1;
    if (bytes[index] !== COMMA) return -1;
    index = skipSpace(bytes, index + 1);
  }
}

/** Visits each member of the object that begins at `at`; the index behind the object, or -1. */
function eachMember(bytes: Uint8Array, at: number, visit: (key: Place, value: Place) => void): number {
  if (bytes[at] !== OPEN_OBJECT) return -1;
  let index = skipSpace(bytes, at + 1);
  if (bytes[index] === CLOSE_OBJECT) return index + 1;
  for (;;) {
    if (bytes[index] !== QUOTE) return -1;
    const keyEnd = endOfString(bytes, index + 1);
    if (keyEnd === -1) return -1;
    const colon = skipSpace(bytes, keyEnd);
    if (bytes[colon] !== COLON) return -1;
    const start = skipSpace(bytes, colon + 1);
    const end = skipValue(bytes, start);
    if (end === -1) return -1;
    visit({ start: index, end: keyEnd }, { start, end });
    index = skipSpace(bytes, end);
    if (bytes[index] === CLOSE_OBJECT) return index + 1;
    if (bytes[index] !== COMMA) return -1;
    index = skipSpace(bytes, index + 1);
  }
}

/** An escaped character takes six bytes at most, and no key we look for is longer than this. */
const LONGEST_ESCAPED_KEY = 6 * 16 + 2;

/** Whether the key at this place (quotes included) says `name`, which is plain ASCII, escapes resolved. */
export function isKey(bytes: Uint8Array, key: Place, name: string): boolean {
  const length = key.end - key.start - 2;
  if (length === name.length) {
    let index = 0;
    while (index < length && bytes[key.start + 1 + index] === name.charCodeAt(index)) index++;
    return index === length;
  }
  if (length < name.length || key.end - key.start > LONGEST_ESCAPED_KEY) return false;
  return bytes.subarray(key.start, key.end).includes(BACKSLASH) && valueAt(bytes, key) === name;
}

const decoder = new TextDecoder();

/** The value at a place, parsed; `undefined` for what is not JSON. Only for places known to be small. */
export function valueAt(bytes: Uint8Array, place: Place): unknown {
  try {
    return JSON.parse(decoder.decode(bytes.subarray(place.start, place.end)));
  } catch {
    return undefined;
  }
}

/** Where the value of a member stands in the object that begins at `at`; of doubles the last, as JSON.parse. */
export function findMember(bytes: Uint8Array, at: number, name: string): Place | undefined {
  let found: Place | undefined;
  const end = eachMember(bytes, at, (key, value) => {
    if (isKey(bytes, key, name)) found = value;
  });
  return end === -1 ? undefined : found;
}
