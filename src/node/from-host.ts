import { concat } from '../base/gathered-bytes.ts';
import { HeadScanner, type Heads } from '../bridge/head-scanner.ts';
import { LONGEST_LINE } from '../bridge/lines.ts';
import type { Rest } from '../bridge/member.ts';
import { cancelledId, heads, idKey } from '../bridge/scan.ts';

/** A line of the host as it came, in pieces, with what it is. */
export interface HostLine extends Heads {
  pieces: readonly Uint8Array[];
  /** Bytes. */
  size: number;
}

/** What cannot be passed on: the raw ids of the requests in it, and of what may have been meant as such. */
export interface Refused {
  ids: readonly string[];
  /** The brackets and commas of the line stand as in JSON. */
  isSound: boolean;
}

export interface FromHostListener {
  /** A message. Of a batch with foreign members each of the others comes by itself. */
  onMessage(line: HostLine): void;
  /** A line longer than is passed on; its bytes are gone. */
  onTooLong(refused: Refused): void;
  /** A line, or members of a batch, that are no message and not empty. */
  onOther(refused: Refused): void;
  /** The host writes in another encoding; what it says is taken all the same. */
  onEncoding(name: string): void;
}

const LF = 0x0a;
const CR = 0x0d;
const MARK = Uint8Array.of(0xef, 0xbb, 0xbf);

/**
 * Cuts what the host writes into messages. They are scanned as they come and never joined, so that a long
 * one is in memory once; of one that is too long, and of what is no message, only the ids are found.
 */
export class FromHost {
  readonly #listener: FromHostListener;
  readonly #limit: number;
  #scanner = new HeadScanner({ lenient: true });
  #pieces: Uint8Array[] = [];
  #size = 0;
  /** Bytes of a byte order mark that were passed over at the beginning of the line. */
  #marked = 0;
  #isBlank = true;
  /** The first bytes of all, until there are enough to know the encoding by. */
  #first: Uint8Array | undefined = new Uint8Array();
  #decoder: TextDecoder | undefined;

  constructor(listener: FromHostListener, limit = LONGEST_LINE) {
    this.#listener = listener;
    this.#limit = limit;
  }

  push(bytes: Uint8Array): void {
    const chunk = this.#read(bytes);
    let start = 0;
    for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, start)) {
      this.#take(chunk.subarray(start, at));
      this.#endLine();
      start = at + 1;
    }
    this.#take(chunk.subarray(start));
  }

  /** Nothing more comes: what stood behind the last line end is a line, too. */
  end(): void {
    if (this.#first) this.#take(this.#first);
    this.#first = undefined;
    this.#endLine();
  }

  /** The bytes as UTF-8. */
  #read(bytes: Uint8Array): Uint8Array {
    let chunk = bytes;
    if (this.#first) {
      chunk = this.#first.length === 0 ? bytes : concat([this.#first, bytes]);
      this.#first = chunk.length < 4 ? chunk : undefined;
      if (this.#first) return NOTHING;
      const name = wideEncoding(chunk);
      if (name !== undefined) {
        this.#decoder = new TextDecoder(name);
        this.#listener.onEncoding(name);
      }
    }
    return this.#decoder ? new TextEncoder().encode(this.#decoder.decode(chunk, { stream: true })) : chunk;
  }

  #take(whole: Uint8Array): void {
    let piece = whole;
    if (this.#size === 0 && this.#marked < MARK.length) {
      const before = this.#marked;
      while (this.#marked < MARK.length && piece[0] === MARK[this.#marked]) {
        this.#marked++;
        piece = piece.subarray(1);
      }
      if (piece.length === 0) return;
      const isMark = this.#marked === MARK.length;
      // What only began like one belongs to the line.
      if (!isMark && this.#marked > 0) this.#keep(MARK.subarray(0, before));
      if (!isMark) piece = whole;
      this.#marked = MARK.length;
    }
    this.#keep(piece);
  }

  #keep(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.#scanner.push(piece);
    this.#size += piece.length;
    this.#isBlank &&= piece.every(byte => byte <= 0x20);
    this.#pieces.push(piece);
    // One byte more may be the CR of the line end.
    if (this.#size > this.#limit + 1 || this.#scanner.isBroken) this.#pieces = [];
  }

  #endLine(): void {
    const scanner = this.#scanner;
    const isBlank = this.#isBlank;
    const heads = scanner.end();
    const pieces = this.#pieces;
    const last = pieces.at(-1);
    let size = this.#size;
    this.#scanner = new HeadScanner({ lenient: true });
    this.#pieces = [];
    this.#size = 0;
    this.#marked = 0;
    this.#isBlank = true;
    if (last?.at(-1) === CR) {
      pieces[pieces.length - 1] = last.subarray(0, -1);
      size--;
    }
    if (size <= this.#limit && heads) this.#listener.onMessage({ ...heads, pieces, size });
    else if (size > this.#limit) this.#listener.onTooLong(requestsIn(scanner.rest()));
    else if (!isBlank) this.#refuse(scanner.rest(), pieces);
  }

  /** A line that is no message; where it is a batch, its good members are served. */
  #refuse(rest: Rest, pieces: readonly Uint8Array[]): void {
    const { isSound, members } = rest;
    if (!isSound) {
      this.#listener.onOther(requestsIn(rest));
      return;
    }
    const cutOut = cutter(pieces);
    for (const { head, start, end } of members) {
      const own = cutOut(start, end);
      if (head) this.#listener.onMessage({ ...head, pieces: own, size: end - start });
    }
    this.#listener.onOther(requestsIn({ isSound, members: members.filter(({ head }) => !head) }));
  }
}

const NOTHING = new Uint8Array();

function requestsIn({ isSound, members }: Rest): Refused {
  return { isSound, ids: members.flatMap(({ request }) => (request === undefined ? [] : [request])) };
}

/** UTF-16 by its byte order mark, or by how the beginning of a message is written in it. */
function wideEncoding([first, second, third, fourth]: Uint8Array): string | undefined {
  const isBracket = (byte: number | undefined) => byte === 0x7b || byte === 0x5b;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  if (isBracket(first) && second === 0 && third !== 0 && fourth === 0) return 'utf-16le';
  return first === 0 && isBracket(second) && third === 0 && fourth !== 0 ? 'utf-16be' : undefined;
}

/** Cuts parts out of what is in pieces: from `start` up to `end`, each behind the one before. */
function cutter(pieces: readonly Uint8Array[]) {
  let index = 0;
  /** Where the present piece begins. */
  let at = 0;
  return (start: number, end: number): Uint8Array[] => {
    const found: Uint8Array[] = [];
    for (let piece = pieces[index]; piece && at < end; piece = pieces[index]) {
      const part = piece.subarray(Math.max(0, start - at), Math.max(0, end - at));
      if (part.length > 0) found.push(part);
      // The next part may begin in this piece, too.
      if (at + piece.length > end) break;
      at += piece.length;
      index++;
    }
    return found;
  };
}

/** What identifies the request that a `notifications/cancelled` names. */
export function cancelledKey({ method, pieces }: HostLine): string | undefined {
  if (method !== 'notifications/cancelled') return undefined;
  const id = cancelledId({ bytes: concat(pieces) });
  return id === undefined ? undefined : idKey(id);
}

/** Whether it begins a session. */
export function isInitialize({ kind, method }: HostLine): boolean {
  return kind === 'request' && method === 'initialize';
}

/**
 * Whether a broker that is about to end still wants this, which is part of what is under way there. `cancelled`:
 * what identifies the request that it cancels, if it cancels one; `held`: what is kept for the next broker.
 */
export function mayPass(
  message: HostLine,
  cancelled: string | undefined,
  held: readonly HostLine[],
): boolean {
  const isOf = (line: HostLine) => heads(line).some(({ id }) => id !== undefined && idKey(id) === cancelled);
  if (message.kind === 'response') return true;
  if (cancelled !== undefined) return !held.some(isOf);
  return held.length === 0 && !heads(message).some(({ kind }) => kind === 'request');
}
