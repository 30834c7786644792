import type { MessageHead } from '../trace/event.ts';
import { endOfString, isKey, valueAt } from './walk.ts';

/** What is known of a message without parsing it: its head, or those of a batch's members. */
export interface Heads extends MessageHead {
  /** For `kind: 'batch'`: the heads of its members. */
  parts?: readonly MessageHead[];
}

/** Members of a batch beyond which it is no message; a batch of a million empty objects is an attack. */
const MOST_PARTS = 2_000;
/** Bytes of an id or a method beyond which a message is none. */
const LONGEST_TOKEN = 64 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const OPEN_ARRAY = 0x5b;
const CLOSE_OBJECT = 0x7d;
const CLOSE_ARRAY = 0x5d;

type State =
  /** A message, or a member of a batch, is expected. */
  | 'message'
  /** A key is expected; behind the opening bracket also the closing one. */
  | 'first-key'
  | 'key'
  | 'in-key'
  | 'colon'
  | 'value'
  | 'in-string'
  | 'in-scalar'
  | 'in-nested'
  | 'in-nested-string'
  | 'behind-value'
  | 'behind-member'
  | 'end'
  | 'failed';

const KEYS = ['id', 'method', 'result', 'error'] as const;

/**
 * Reads the head of a JSON-RPC message from its bytes as they come, cut anywhere. Nothing is kept of them
 * but the id and the method, values are skipped by counting brackets, and the inside of a long string costs
 * no more than the search for its end, so a message may be as long as it likes. What is not JSON may be
 * accepted or not, but nothing here throws.
 */
export class HeadScanner {
  #state: State = 'message';
  #depth = 0;
  /** A chunk ended behind a backslash. */
  #escaped = false;
  /** The pieces of the key or value being read, if it matters. */
  #token: Uint8Array[] | undefined;
  #tokenSize = 0;
  #key: (typeof KEYS)[number] | undefined;
  #id: Uint8Array | undefined;
  #method: Uint8Array | undefined;
  #answer = false;
  #head: MessageHead | undefined;
  #parts: MessageHead[] | undefined;

  /** Takes the next bytes. */
  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length && this.#state !== 'failed') at = this.#step(chunk, at);
  }

  /** What it was; `undefined` for what is no JSON-RPC request, notification, response or batch (2025-03-26). */
  end(): Heads | undefined {
    if (this.#state !== 'end') return undefined;
    return this.#parts ? { kind: 'batch', parts: this.#parts } : this.#head;
  }

  /** Goes on from `at`; the index where the next step begins. */
  #step(chunk: Uint8Array, at: number): number {
    switch (this.#state) {
      case 'in-key':
      case 'in-string':
        return this.#string(chunk, at, at);
      case 'in-scalar':
        return this.#scalar(chunk, at);
      case 'in-nested':
        return this.#nested(chunk, at);
      case 'in-nested-string': {
        const end = this.#stringEnd(chunk, at);
        if (end === -1) return chunk.length;
        this.#state = 'in-nested';
        return end;
      }
      default: {
        const byte = chunk[at] as number;
        if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)
          return this.#sign(chunk, at, byte);
        return at + 1;
      }
    }
  }

  /** A byte between values that is no white space. */
  #sign(chunk: Uint8Array, at: number, byte: number): number {
    switch (this.#state) {
      case 'message':
        if (byte === OPEN_OBJECT) return this.#to('first-key', at);
        if (byte !== OPEN_ARRAY || this.#parts) break;
        this.#parts = [];
        return this.#to('message', at);
      case 'first-key':
        if (byte === CLOSE_OBJECT) return this.#endMember(at);
        if (byte === QUOTE) return this.#beginKey(chunk, at);
        break;
      case 'key':
        if (byte === QUOTE) return this.#beginKey(chunk, at);
        break;
      case 'colon':
        if (byte === COLON) return this.#to('value', at);
        break;
      case 'value':
        return this.#value(chunk, at, byte);
      case 'behind-value':
        if (byte === COMMA) return this.#to('key', at);
        if (byte === CLOSE_OBJECT) return this.#endMember(at);
        break;
      case 'behind-member':
        if (byte === COMMA) return this.#to('message', at);
        if (byte === CLOSE_ARRAY) return this.#to('end', at);
        break;
    }
    return this.#to('failed', at);
  }

  #to(state: State, at: number): number {
    this.#state = state;
    return at + 1;
  }

  #beginKey(chunk: Uint8Array, at: number): number {
    this.#state = 'in-key';
    this.#token = [];
    this.#tokenSize = 0;
    return this.#string(chunk, at, at + 1);
  }

  #value(chunk: Uint8Array, at: number, byte: number): number {
    const key = this.#key;
    this.#token = key === 'id' || key === 'method' ? [] : undefined;
    this.#tokenSize = 0;
    if (key === 'result' || key === 'error') this.#answer = true;
    if (byte === QUOTE) {
      this.#state = 'in-string';
      return this.#string(chunk, at, at + 1);
    }
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      // No id and no method; what stands there is kept as a sign of that.
      this.#keep(chunk.subarray(at, at + 1));
      this.#state = 'in-nested';
      this.#depth = 0;
      return at;
    }
    this.#state = 'in-scalar';
    const end = this.#scalar(chunk, at);
    return end === at ? this.#to('failed', at) : end;
  }

  /** A key or a value in quotes: `from` is its first byte in this chunk, `at` the first one inside. */
  #string(chunk: Uint8Array, from: number, at: number): number {
    const end = this.#stringEnd(chunk, at);
    if (this.#token) this.#keep(chunk.subarray(from, end === -1 ? chunk.length : end));
    if (end === -1) return chunk.length;
    if (this.#state === 'in-string') this.#endValue();
    else {
      const key = this.#taken();
      this.#key = key && KEYS.find(name => isKey(key, { start: 0, end: key.length }, name));
      this.#state = 'colon';
    }
    return end;
  }

  /** The index behind a string of which `at` is inside, or -1 when it goes on in the next chunk. */
  #stringEnd(chunk: Uint8Array, at: number): number {
    const from = this.#escaped ? at + 1 : at;
    const end = endOfString(chunk, from);
    this.#escaped = end === -1 && endsEscaped(chunk, from);
    return end;
  }

  #scalar(chunk: Uint8Array, at: number): number {
    let index = at;
    for (; index < chunk.length; index++) {
      const byte = chunk[index] as number;
      if (byte <= 0x20 || byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) break;
      if (byte === QUOTE || byte === COLON || byte === OPEN_OBJECT || byte === OPEN_ARRAY)
        return this.#to('failed', index);
    }
    this.#keep(chunk.subarray(at, index));
    if (index < chunk.length) this.#endValue();
    return index;
  }

  #nested(chunk: Uint8Array, at: number): number {
    const { length } = chunk;
    let depth = this.#depth;
    for (let index = at; index < length; index++) {
      const byte = chunk[index] as number;
      if (byte < OPEN_ARRAY) {
        if (byte !== QUOTE) continue;
        const end = endOfString(chunk, index + 1);
        if (end === -1) {
          this.#escaped = endsEscaped(chunk, index + 1);
          this.#depth = depth;
          this.#state = 'in-nested-string';
          return length;
        }
        index = end - 1;
        continue;
      }
      // 0x20 is all that tells `[` from `{` and `]` from `}`.
      const bracket = byte | 0x20;
      if (bracket === OPEN_OBJECT) depth++;
      else if (bracket === CLOSE_OBJECT && --depth === 0) {
        this.#endValue();
        return index + 1;
      }
    }
    this.#depth = depth;
    return length;
  }

  #keep(piece: Uint8Array): void {
    if (!this.#token) return;
    this.#tokenSize += piece.length;
    if (this.#tokenSize <= LONGEST_TOKEN) this.#token.push(piece);
    else this.#token = undefined;
  }

  /** The bytes of the key or value that has ended; `undefined` when it was too long. */
  #taken(): Uint8Array | undefined {
    const token = this.#token;
    this.#token = undefined;
    if (!token) return undefined;
    const [only] = token;
    if (only && token.length === 1) return only;
    const whole = new Uint8Array(this.#tokenSize);
    let at = 0;
    for (const piece of token) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }

  #endValue(): void {
    // Of doubles the last counts, as in JSON.parse.
    if (this.#key === 'id') this.#id = this.#taken() ?? TOO_LONG;
    else if (this.#key === 'method') this.#method = this.#taken() ?? TOO_LONG;
    this.#key = undefined;
    this.#state = 'behind-value';
  }

  /** The object whose bracket stands at `at` has ended. */
  #endMember(at: number): number {
    const head = headOf(this.#id, this.#method, this.#answer);
    this.#id = undefined;
    this.#method = undefined;
    this.#answer = false;
    if (!head || (this.#parts && this.#parts.length === MOST_PARTS)) return this.#to('failed', at);
    if (!this.#parts) this.#head = head;
    else this.#parts.push(head);
    return this.#to(this.#parts ? 'behind-member' : 'end', at);
  }
}

/** No JSON value, so neither an id nor a method. */
const TOO_LONG = new Uint8Array();

function endsEscaped(chunk: Uint8Array, from: number): boolean {
  let at = chunk.length;
  while (at > from && chunk[at - 1] === BACKSLASH) at--;
  return (chunk.length - at) % 2 === 1;
}

const decoder = new TextDecoder();

function headOf(
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
