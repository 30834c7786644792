import { Fault } from '../base/fault.ts';
import { GatheredBytes } from '../base/gathered-bytes.ts';
import { LONGEST_LINE } from './lines.ts';

/**
 * One block of an event stream, or a `retry` field, which counts from the moment it is read.
 * A block may carry an id and nothing else: it is remembered for resumption (SEP-1699).
 */
export interface ServerEvent {
  id?: string;
  /** The `event` field; absent means `message`. */
  type?: string;
  /** The `data` lines joined with LF. */
  data?: Uint8Array;
  /** Some of the data of a block that is large, ahead of its end. What the block is, is known only then. */
  piece?: readonly Uint8Array[];
  /** The block's data went ahead in pieces. */
  large?: true;
  /** Milliseconds to wait before connecting again. */
  retry?: number;
}

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;
const NEWLINE = new Uint8Array([LF]);
/** `data:` */
const DATA = [0x64, 0x61, 0x74, 0x61, COLON];
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** Lines that are read in one go. */
const LINES_AT_ONCE = 200;

/** Fields other than data are short; what is longer than this is left out. Bytes. */
const LONGEST_FIELD = 64 * 1024;

/**
 * Reads an event stream from bytes; HTML Living Standard §9.2.6. The data stays the bytes it was: an answer
 * of 100 MB is never a string. Throws `net.too-large` for an event over the limit.
 */
export class EventStreamParser {
  readonly #limit: number;
  readonly #large: number;
  #begun = false;
  /** The line being read, where it is not known to be data, and whether the rest of it is left out. */
  readonly #line = new GatheredBytes();
  #isSkipping = false;
  /** Whether a CR ended the one before, so that an LF now belongs to it. */
  #afterCr = false;
  /** Bytes of the block so far. */
  #size = 0;
  /** The data so far, or what of it has not gone ahead; the line being read belongs to it. */
  readonly #data = new GatheredBytes();
  #hasData = false;
  #inData = false;
  #isAhead = false;
  #id: string | undefined;
  #type: string | undefined;
  #events: ServerEvent[] = [];

  /** The data of a block goes ahead in pieces once the block has `large` bytes. */
  constructor(limit = LONGEST_LINE, large = Number.POSITIVE_INFINITY) {
    this.#limit = limit;
    this.#large = large;
  }

  /** Bytes that are kept until a line or a block has come to its end. */
  get held(): number {
    return this.#line.size + this.#data.size;
  }

  /** The events this chunk completes. A block that the stream's end cuts off is none. */
  push(chunk: Uint8Array): ServerEvent[] {
    for (let at = 0; at < chunk.length; ) at = this.read(chunk, at);
    return this.take();
  }

  /**
   * Reads on in a chunk from `at`, some hundred lines at the most, and gives back where the next call goes on:
   * a chunk may be nothing but line ends.
   */
  read(chunk: Uint8Array, at: number): number {
    let start = at;
    let lines = 0;
    if (this.#afterCr) {
      this.#afterCr = false;
      if (chunk[start] === LF) start++;
    }
    let lf = chunk.indexOf(LF, start);
    let cr = chunk.indexOf(CR, start);
    while ((lf !== -1 || cr !== -1) && lines++ < LINES_AT_ONCE) {
      const end = lf === -1 || (cr !== -1 && cr < lf) ? cr : lf;
      this.#keep(chunk.subarray(start, end));
      this.#endLine();
      start = end + 1;
      if (end === cr) {
        if (start === chunk.length) this.#afterCr = true;
        else if (chunk[start] === LF) start++;
      }
      if (lf !== -1 && lf < start) lf = chunk.indexOf(LF, start);
      if (cr !== -1 && cr < start) cr = chunk.indexOf(CR, start);
    }
    if (lines <= LINES_AT_ONCE) {
      this.#keep(chunk.subarray(start));
      start = chunk.length;
    }
    if (this.#size >= this.#large) this.#sendAhead();
    return start;
  }

  /** The events that were completed since the last call. */
  take(): ServerEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #keep(piece: Uint8Array): void {
    if (piece.length === 0 || this.#isSkipping) return;
    this.#size += piece.length;
    if (this.#size > this.#limit) {
      throw new Fault('net.too-large', `The server sent an event of more than ${this.#limit} bytes.`, {
        remedy: 'Ask it for less at once.',
      });
    }
    if (this.#inData) {
      this.#data.push(piece);
      return;
    }
    this.#line.push(piece);
    if (this.#line.size > LONGEST_FIELD && !this.#lineIsData()) {
      // A comment or a field nobody needs may go on for ever.
      this.#size -= this.#line.size;
      this.#line.takeChunks();
      this.#isSkipping = true;
    }
  }

  #lineIsData(): boolean {
    let beginning = this.#line.beginning(BYTE_ORDER_MARK.length + DATA.length);
    if (!this.#begun && startsWith(beginning, BYTE_ORDER_MARK)) {
      beginning = beginning.subarray(BYTE_ORDER_MARK.length);
    }
    return startsWith(beginning, DATA);
  }

  #sendAhead(): void {
    if (this.#line.size > BYTE_ORDER_MARK.length + DATA.length && this.#lineIsData()) {
      const line = this.#withoutMark(this.#line.take());
      this.#addData(line.subarray(line[DATA.length] === SPACE ? DATA.length + 1 : DATA.length));
      this.#inData = true;
    }
    if (this.#data.size === 0) return;
    this.#events.push({ piece: this.#data.takeChunks() });
    this.#isAhead = true;
  }

  #addData(line: Uint8Array): void {
    if (this.#hasData) this.#data.push(NEWLINE);
    this.#data.push(line);
    this.#hasData = true;
  }

  #endLine(): void {
    if (this.#inData) {
      this.#inData = false;
      return;
    }
    if (this.#isSkipping) {
      this.#isSkipping = false;
      this.#begun = true;
      return;
    }
    const line = this.#withoutMark(this.#line.take());
    if (line.length === 0) {
      this.#dispatch();
      return;
    }
    const colon = line.indexOf(COLON);
    const nameEnd = colon === -1 ? line.length : colon;
    const name = nameEnd <= 5 ? text(line.subarray(0, nameEnd)) : '';
    const valueStart = colon === -1 ? line.length : line[colon + 1] === SPACE ? colon + 2 : colon + 1;
    const value = line.subarray(valueStart);
    if (name === 'data') {
      this.#addData(value);
      return;
    }
    this.#size -= line.length;
    if (value.length <= LONGEST_FIELD) this.#field(name, text(value));
  }

  #withoutMark(line: Uint8Array): Uint8Array {
    if (this.#begun) return line;
    this.#begun = true;
    return startsWith(line, BYTE_ORDER_MARK) ? line.subarray(BYTE_ORDER_MARK.length) : line;
  }

  #field(name: string, value: string): void {
    if (name === 'event') this.#type = value;
    // An id with control characters could not be given back in a header field, so it is none.
    else if (name === 'id' && !/[^\P{Cc}\t]/u.test(value)) this.#id = value;
    else if (name === 'retry' && /^\d{1,12}$/.test(value)) this.#events.push({ retry: Number(value) });
  }

  #dispatch(): void {
    if (this.#hasData || this.#id !== undefined) {
      if (this.#isAhead && this.#data.size > 0) this.#events.push({ piece: this.#data.takeChunks() });
      this.#events.push({
        ...(this.#id === undefined ? {} : { id: this.#id }),
        ...(this.#type === undefined ? {} : { type: this.#type }),
        ...(this.#isAhead ? { large: true } : this.#hasData ? { data: this.#data.take() } : {}),
      });
    }
    this.#data.takeChunks();
    this.#hasData = false;
    this.#isAhead = false;
    this.#id = undefined;
    this.#type = undefined;
    this.#size = 0;
  }
}

function startsWith(bytes: Uint8Array, beginning: readonly number[]): boolean {
  return beginning.every((byte, index) => bytes[index] === byte);
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const text = (bytes: Uint8Array): string => decoder.decode(bytes);
