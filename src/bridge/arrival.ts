import { Fault } from '../base/fault.ts';
import type { Call, Conversation } from './conversation.ts';
import { EventStreamParser, type ServerEvent } from './event-stream.ts';
import { HeadScanner } from './head-scanner.ts';
import { LONGEST_LINE } from './lines.ts';
import { concat, oneLine, withoutMark } from './scan.ts';

/** Bytes from which a message is passed on in pieces, and bytes of a piece. */
const LARGE = 256 * 1024;

/** Bytes of an answer that has to be looked into, such as the one to `initialize`. */
const LARGEST_LOOKED_INTO = 8 * 1024 * 1024;

/** Bytes of a large message that are kept for the trace. */
const RECORDED = 16 * 1024;

/**
 * One message of the server on its way in. What is small is kept until it is whole; of what is large only
 * the bytes that have just come are, and the host's shim keeps the rest. What it is, is known at its end.
 */
export class Arrival {
  readonly #conversation: Conversation;
  readonly #from: Call | undefined;
  #kept: Uint8Array[] = [];
  #keptSize = 0;
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
    this.#kept.push(chunk);
    this.#keptSize += chunk.length;
    this.#size += chunk.length;
    if (this.#keptSize < LARGE) return;
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
      this.#kept = [withoutMark(concat(this.#kept))];
      this.#beginning = this.#kept[0]?.slice(0, RECORDED);
    }
    await this.#passOn(this.#transfer);
  }

  async #passOn(transfer: number): Promise<void> {
    const bytes = this.#kept.map(oneLine);
    this.#kept = [];
    this.#keptSize = 0;
    for (const each of bytes) this.#scanner?.push(each);
    const { messages, transfers } = this.#conversation;
    transfers.waits(transfer);
    await messages.push({ kind: 'piece', transfer, bytes });
    transfers.moved(transfer);
  }

  /** All of it has come: it is delivered. */
  async end(): Promise<void> {
    const transfer = this.#transfer;
    if (transfer === undefined) {
      await this.#conversation.deliver(concat(this.#kept), this.#from);
      return;
    }
    if (this.#keptSize > 0) await this.#passOn(transfer);
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
    const transfer = this.#transfer;
    if (transfer === undefined) return;
    this.#transfer = undefined;
    void this.#conversation.messages.push({ kind: 'dropped', transfer });
    this.#conversation.transfers.end(transfer);
  }
}

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
  let arrival: Arrival | undefined;
  try {
    for await (const chunk of chunks) {
      for (const event of parser.push(chunk)) {
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
  } finally {
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

/** Whether an event carries a message. */
export function isMessage({ type, data, arrival }: Received): boolean {
  return (
    (type || 'message') === 'message' && (arrival !== undefined || (data !== undefined && data.length > 0))
  );
}
