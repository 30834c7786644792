import type { MessageHead } from '../trace/event.ts';
import { valueAt } from './walk.ts';

/** An object in a line that is no message, or a foreign member of a batch. */
export interface Member {
  /** Where it stands: from `start` up to, not including, `end`. */
  start: number;
  end: number;
  /** What it is, where it is a message by itself. */
  head?: MessageHead | undefined;
  /** The raw id of a request, or of what may have been meant as one; none of an answer. */
  request?: string | undefined;
}

/** A line that is no message. */
export interface Rest {
  /** Its brackets and commas stand as in JSON, so that only members of it are wrong. */
  isSound: boolean;
  members: readonly Member[];
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

const decoder = new TextDecoder();

/** Whether a number, `true`, `false`, `null`, or what takes their place, may begin with this byte. */
export function beginsScalar(byte: number): boolean {
  if (byte === QUOTE || byte === COMMA || byte === COLON || byte <= 0x20) return false;
  return byte !== OPEN_ARRAY && byte !== OPEN_OBJECT && byte !== CLOSE_ARRAY && byte !== CLOSE_OBJECT;
}

/** Whether a value may begin with this byte. */
export function beginsValue(byte: number): boolean {
  return byte === QUOTE || byte === OPEN_ARRAY || byte === OPEN_OBJECT || beginsScalar(byte);
}

/** A raw id that can be sent back: a string or a number. */
export function readableId(bytes: Uint8Array | undefined): string | undefined {
  const value = bytes && valueAt(bytes, { start: 0, end: bytes.length });
  return bytes && (typeof value === 'string' || typeof value === 'number')
    ? decoder.decode(bytes)
    : undefined;
}

/** No JSON value, so neither an id nor a method. */
export const TOO_LONG = new Uint8Array();

/** Whether a part of a string that goes on ends behind a backslash that escapes what follows. */
export function endsEscaped(chunk: Uint8Array, from: number): boolean {
  let at = chunk.length;
  while (at > from && chunk[at - 1] === BACKSLASH) at--;
  return (chunk.length - at) % 2 === 1;
}

/** What an object is by these members; `undefined` for what is no message. */
export function headOf(
  idBytes: Uint8Array | undefined,
  methodBytes: Uint8Array | undefined,
  answer: boolean,
): MessageHead | undefined {
  let id: string | undefined;
  if (idBytes) {
    // An id is a string, a number or null; JSON-RPC 2.0 §4.
    const value = valueAt(idBytes, { start: 0, end: idBytes.length });
    if (typeof value !== 'string' && typeof value !== 'number' && value !== null) return undefined;
    id = decoder.decode(idBytes);
  }
  const withId = id === undefined ? {} : { id };
  if (methodBytes) {
    const method = valueAt(methodBytes, { start: 0, end: methodBytes.length });
    if (typeof method !== 'string') return undefined;
    return { kind: id === undefined ? 'notification' : 'request', ...withId, method };
  }
  return answer ? { kind: 'response', ...withId } : undefined;
}
