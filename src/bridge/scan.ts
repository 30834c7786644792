import type { MessageHead } from '../trace/event.ts';
import type { Message } from './channel.ts';
import {
  atOnce,
  eachElement,
  eachMember,
  findMember,
  inTurns,
  isKey,
  OPEN_ARRAY,
  type Place,
  type Steps,
  skipSpace,
  valueAt,
} from './walk.ts';

/** Members of a batch beyond which it is no message; a batch of a million empty objects is an attack. */
const MOST_PARTS = 10_000;

/** Bytes from which a message is scanned in turns. */
export const LARGE = 4 * 1024 * 1024;

/**
 * Reads the head of one JSON-RPC message by scanning its bytes; the body is not parsed. `undefined` for
 * what is not a JSON-RPC request, notification, response or batch (2025-03-26).
 */
export function scan(bytes: Uint8Array): Message | undefined {
  return atOnce(scanning(bytes));
}

/** As {@link scan}, with a pause now and then when the message is large. */
export function scanInTurns(bytes: Uint8Array, pause: () => Promise<void>): Promise<Message | undefined> {
  return inTurns(scanning(bytes), pause);
}

function* scanning(bytes: Uint8Array): Steps<Message | undefined> {
  const start = skipSpace(bytes, 0);
  if (bytes[start] !== OPEN_ARRAY) {
    const [end, head] = yield* scanObject(bytes, start);
    if (!head || skipSpace(bytes, end) !== bytes.length) return undefined;
    return { bytes, ...head };
  }
  const places: Place[] = [];
  const end = yield* eachElement(bytes, start, place => {
    if (places.length <= MOST_PARTS) places.push(place);
  });
  if (end === -1 || skipSpace(bytes, end) !== bytes.length) return undefined;
  if (places.length === 0 || places.length > MOST_PARTS) return undefined;
  const parts: MessageHead[] = [];
  for (const place of places) {
    const [, head] = yield* scanObject(bytes, place.start);
    if (!head) return undefined;
    parts.push(head);
  }
  return { bytes, kind: 'batch', parts };
}

function* scanObject(bytes: Uint8Array, at: number): Steps<[end: number, head?: MessageHead]> {
  let idAt: Place | undefined;
  let methodAt: Place | undefined;
  let answer = false;
  const end = yield* eachMember(bytes, at, (key, value) => {
    if (isKey(bytes, key, 'id')) idAt = value;
    else if (isKey(bytes, key, 'method')) methodAt = value;
    else if (isKey(bytes, key, 'result') || isKey(bytes, key, 'error')) answer = true;
  });
  if (end === -1) return [end];
  const id = idAt && rawId(bytes, idAt);
  if (idAt && id === undefined) return [end];
  const withId = id === undefined ? {} : { id };
  if (methodAt) {
    const method = valueAt(bytes, methodAt);
    if (typeof method !== 'string') return [end];
    return [end, { kind: id === undefined ? 'notification' : 'request', ...withId, method }];
  }
  return answer ? [end, { kind: 'response', ...withId }] : [end];
}

/** An id is a string, a number or null; JSON-RPC 2.0 §4. */
function rawId(bytes: Uint8Array, place: Place): string | undefined {
  const value = valueAt(bytes, place);
  if (typeof value !== 'string' && typeof value !== 'number' && value !== null) return undefined;
  return new TextDecoder().decode(bytes.subarray(place.start, place.end));
}

/** The members of a batch as messages of their own; of anything else the message itself. */
export function members(message: Message): readonly Message[] {
  if (message.kind !== 'batch') return [message];
  const { bytes } = message;
  const places: Place[] = [];
  atOnce(eachElement(bytes, skipSpace(bytes, 0), place => places.push(place)));
  return places.flatMap(place => scan(bytes.subarray(place.start, place.end)) ?? []);
}

/** The heads of what a message holds: its own, or those of a batch's members. */
export function heads(message: Message): readonly MessageHead[] {
  return message.parts ?? [message];
}

/** A message of our own. Throws for what is not JSON-RPC. */
export function message(json: unknown): Message {
  const built = scan(new TextEncoder().encode(JSON.stringify(json)));
  if (!built) throw new TypeError('Not a JSON-RPC message.');
  return built;
}

/** The same message under another id, given as raw JSON; every other byte stays. */
export function withId(original: Message, id: string): Message {
  const { bytes } = original;
  const place = findMember(bytes, skipSpace(bytes, 0), 'id');
  if (!place) return original;
  return {
    ...original,
    id,
    bytes: concat([bytes.subarray(0, place.start), new TextEncoder().encode(id), bytes.subarray(place.end)]),
  };
}

/**
 * What two spellings of one id have in common: `"a"` is `"\u0061"`, and `1` is not `"1"`. Integers keep all
 * their digits, because some hosts use more of them than a double holds.
 */
export function idKey(raw: string): string {
  return /^(0|-?[1-9]\d*)$/.test(raw) ? raw : JSON.stringify(JSON.parse(raw));
}

/** JSON without line breaks. Raw CR and LF can only be white space in JSON, so a space does as well. */
export function oneLine(bytes: Uint8Array): Uint8Array {
  if (bytes.indexOf(0x0a) === -1 && bytes.indexOf(0x0d) === -1) return bytes;
  const line = bytes.slice();
  for (const lineBreak of [0x0a, 0x0d]) {
    for (let at = line.indexOf(lineBreak); at !== -1; at = line.indexOf(lineBreak, at + 1)) line[at] = 0x20;
  }
  return line;
}

/** The pieces as one; no copy where there is only one. */
export function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  if (only && pieces.length === 1) return only;
  const whole = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
