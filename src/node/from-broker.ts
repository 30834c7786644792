import { LineSplitter } from '../bridge/lines.ts';
import { type BrokerLine, isControl, readControl } from './wire.ts';

type Control = Exclude<BrokerLine, { ok: true }>;

export interface FromBrokerListener {
  /** A message, in one line. */
  onLine(line: Uint8Array): void;
  /** A message that came in pieces: its bytes, and the ids of the requests it answers (raw JSON). */
  onLarge(pieces: readonly Uint8Array[], answers: readonly string[]): void;
  onControl(said: Record<string, unknown>): void;
}

const LF = 0x0a;

/**
 * Takes apart what the broker says. The pieces of a large message are kept here until the broker says that
 * it is whole, so that a broker that dies in the middle leaves nothing half said.
 */
export class FromBroker {
  readonly #listener: FromBrokerListener;
  readonly #lines = new LineSplitter();
  readonly #kept = new Map<number, Uint8Array[]>();
  /** Where the next bytes belong, and how many of them. */
  #piece: Uint8Array[] = [];
  #left = 0;

  constructor(listener: FromBrokerListener) {
    this.#listener = listener;
  }

  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#left > 0) {
        const piece = chunk.subarray(at, at + this.#left);
        this.#piece.push(piece);
        this.#left -= piece.length;
        at += piece.length;
        continue;
      }
      // One line at a time: what is behind it may not be lines.
      const end = chunk.indexOf(LF, at);
      const next = end === -1 ? chunk.length : end + 1;
      for (const line of this.#lines.push(chunk.subarray(at, next))) this.#line(line);
      at = next;
    }
  }

  #line(line: Uint8Array): void {
    if (!isControl(line)) {
      this.#listener.onLine(line);
      return;
    }
    const said = readControl<Control>(line) as Record<string, unknown>;
    if (typeof said.piece === 'number') {
      this.#piece = this.#kept.get(said.piece) ?? [];
      this.#kept.set(said.piece, this.#piece);
      this.#left = Number(said.bytes);
    } else if (typeof said.whole === 'number') {
      const pieces = this.#kept.get(said.whole) ?? [];
      this.#kept.delete(said.whole);
      this.#listener.onLarge(pieces, said.answers as readonly string[]);
    } else if (typeof said.dropped === 'number') this.#kept.delete(said.dropped);
    else this.#listener.onControl(said);
  }
}
