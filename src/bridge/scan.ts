import { concat } from '../base/gathered-bytes.ts';
import type { MessageHead } from '../trace/event.ts';
import type { Message } from './channel.ts';
import { HeadScanner, type Heads } from './head-scanner.ts';
import { eachElement, findMember, type Place, skipSpace, valueAt } from './walk.ts';

/** Bytes of a cancel that is looked into. */
const LARGEST_CANCEL = 64 * 1024;

/**
 * Reads the head of one JSON-RPC message by scanning its bytes; the body is not parsed. `undefined` for
 * what is not a JSON-RPC request, notification, response or batch (2025-03-26).
 */
export function scan(bytes: Uint8Array): Message | undefined {
  const scanner = new HeadScanner();
  scanner.push(bytes);
  const heads = scanner.end();
  return heads && { ...heads, bytes };
}

/** The members of a batch as messages of their own; of anything else the message itself. */
export function members(message: Message): readonly Message[] {
  if (message.kind !== 'batch') return [message];
  const { bytes } = message;
  const places: Place[] = [];
  eachElement(bytes, skipSpace(bytes, 0), place => places.push(place));
  return places.flatMap(place => scan(bytes.subarray(place.start, place.end)) ?? []);
}

/** The heads of what a message holds: its own, or those of a batch's members. */
export function heads(message: Heads): readonly MessageHead[] {
  return message.parts ?? [message];
}

/** The ids of the requests that a message answers, as raw JSON. */
export function answered(message: Heads): string[] {
  return heads(message).flatMap(({ kind, id }) => (kind === 'response' && id !== undefined ? [id] : []));
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
  if (/^(0|-?[1-9]\d*)$/.test(raw)) return raw;
  const value: unknown = JSON.parse(raw);
  // A number too large for JavaScript is told from others by how it is written.
  return typeof value === 'number' && !Number.isFinite(value) ? raw : JSON.stringify(value);
}

/** Whether two raw ids are one, however each is spelled. */
export function isSameId(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && idKey(one) === idKey(other);
}

/** The raw id that a `notifications/cancelled` names. */
export function cancelledId({ bytes }: Pick<Message, 'bytes'>): string | undefined {
  if (bytes.length > LARGEST_CANCEL) return undefined;
  const place = findMember(bytes, skipSpace(bytes, 0), 'params');
  const id = place && bytes[place.start] === 0x7b ? findMember(bytes, place.start, 'requestId') : undefined;
  const value = id && valueAt(bytes, id);
  if (!id || (typeof value !== 'string' && typeof value !== 'number')) return undefined;
  return new TextDecoder().decode(bytes.subarray(id.start, id.end));
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

/** Without the byte order mark that some servers put before their JSON. */
export function withoutMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}
