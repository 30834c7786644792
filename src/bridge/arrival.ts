import { Fault } from '../base/fault.ts';
import { GatheredBytes } from '../base/gathered-bytes.ts';
import type { Call, Conversation } from './conversation.ts';
import { EventStreamParser, type ServerEvent } from './event-stream.ts';
import { HeadScanner } from './head-scanner.ts';
import { LONGEST_LINE } from './lines.ts';
import { oneLine, scan, withoutMark } from './scan.ts';

/** Bytes from which a message is passed on in pieces, and bytes of a piece. */
const LARGE = 256 * 1024;

/** Bytes of an answer that has to be looked into, such as the one to `initialize`. */
const LARGEST_LOOKED_INTO = 4 * 1024 * 1024;

/** Bytes of a large message that are kept for the trace. */
const RECORDED = 16 * 1024;

/**
 * One message of the server on its way in. What is small is kept until it is whole; of what is large only
 * the bytes that have just come are, and the host's shim keeps the rest. What it is, is known at its end.
 */
export class Arrival {
  readonly #conversation: Conversation;
  readonly #from: Call | undefined;
  readonly #kept = new GatheredBytes();
  /** Bytes that are counted as held. */
  #held = 0;
  #size = 0;
  #beginning: Uint8Array | undefined;
  #scanner: HeadScanner | undefined;
  #transfer: number | undefined;

  constructor(conversation: Conversation, from?: Call) {
    this.#conversation = conversation;
    this.#from = from;
  }

  /** Takes the next bytes; resolves when there is room for more. Throws `net.too-large`. */
  async add(chunk: Uint8Array): Promise<void> {
    this.#conversation.holdings.take(chunk.length);
    this.#held += chunk.length;
    this.#kept.push(chunk);
    this.#size += chunk.length;
    if (this.#kept.size < LARGE) return;
    if (this.#size > LONGEST_LINE) {
      throw new Fault('net.too-large', `The server sent a message of more than ${LONGEST_LINE} bytes.`, {
        remedy: 'Ask it for less at once.',
      });
    }
    if (this.#transfer === undefined) {
      const mustBeWhole = this.#conversation.looksInto(this.#from);
      if (mustBeWhole && this.#size <= LARGEST_LOOKED_INTO) return;
      this.#transfer = await this.#conversation.transfers.begin();
      this.#scanner = new HeadScanner();
      const whole = withoutMark(this.#kept.take());
      this.#kept.push(whole);
      this.#beginning = whole.slice(0, RECORDED);
    }
    await this.#passOn(this.#transfer);
  }

  async #passOn(transfer: number): Promise<void> {
    const { messages, transfers } = this.#conversation;
    const bytes = this.#kept.takeChunks().map(oneLine);
    for (const each of bytes) this.#scanner?.push(each);
    this.#release();
    transfers.waits(transfer);
    await messages.push({ kind: 'piece', transfer, bytes });
    transfers.moved(transfer);
  }

  #release(): void {
    this.#conversation.holdings.give(this.#held);
    this.#held = 0;
  }

  /** All of it has come: it is delivered. */
  async end(): Promise<void> {
    const transfer = this.#transfer;
    if (transfer === undefined) {
      try {
        await this.#conversation.deliver(this.#kept.take(), this.#from);
      } finally {
        this.#release();
      }
      return;
    }
    if (this.#kept.size > 0) await this.#passOn(transfer);
    this.#transfer = undefined;
    const beginning = this.#beginning ?? new Uint8Array();
    await this.#conversation.deliverLarge({
      transfer,
      heads: this.#scanner?.end(),
      beginning,
      size: this.#size,
    });
    this.#conversation.transfers.end(transfer);
  }

  /** It broke off, or nobody wants it. Without effect after its end. */
  drop(): void {
    this.#release();
    const transfer = this.#transfer;
    if (transfer === undefined) return;
    this.#transfer = undefined;
    void this.#conversation.messages.push({ kind: 'dropped', transfer });
    this.#conversation.transfers.end(transfer);
  }
}

/** Units of work for the lines of a stream that are read in one go. */
const LINES_COST = 40_000;

/** An event once it is whole, with its data in one of two ways. */
export interface Received extends ServerEvent {
  /** Data that is large and has arrived, all but the end of it. */
  arrival?: Arrival;
}

/**
 * The events of a stream as they come, those with large data too; what breaks off is dropped. Throws
 * `net.too-large`, and what reading the stream throws.
 */
export async function* readEvents(
  conversation: Conversation,
  chunks: AsyncIterable<Uint8Array>,
  from?: Call,
): AsyncGenerator<Received> {
  const parser = new EventStreamParser(LONGEST_LINE, LARGE);
  const { holdings, messages } = conversation;
  let arrival: Arrival | undefined;
  let held = 0;
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; ) {
        await conversation.turn(LINES_COST);
        at = parser.read(chunk, at);
        holdings.give(held);
        held = 0;
        holdings.take(parser.held);
        held = parser.held;
        for (const event of parser.take()) {
          if (event.piece) {
            arrival ??= new Arrival(conversation, from);
            for (const piece of event.piece) await arrival.add(piece);
          } else if (event.large && arrival) {
            yield { ...event, arrival };
            arrival.drop();
            arrival = undefined;
          } else yield event;
        }
      }
      // Whoever has no room for a message yet need not begin with the next.
      await messages.room;
    }
  } finally {
    holdings.give(held);
    arrival?.drop();
  }
}

/** Delivers what an event carries. False when it is no message, but something of another type or nothing at all. */
export async function deliverEvent(
  conversation: Conversation,
  event: Received,
  from?: Call,
): Promise<boolean> {
  if (!isMessage(event)) return false;
  if (event.arrival) await event.arrival.end();
  else if (event.data) await conversation.deliver(event.data, from);
  return true;
}

/** Whether an event carries a message: one of that type, or of whatever type where it is JSON-RPC. */
export function isMessage({ type, data, arrival }: Received): boolean {
  if (arrival !== undefined) return true;
  if (data === undefined || data.length === 0) return false;
  return (type || 'message') === 'message' || scan(data) !== undefined;
}
