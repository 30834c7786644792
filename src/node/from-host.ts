import { HeadScanner, type Heads } from '../bridge/head-scanner.ts';
import { LONGEST_LINE } from '../bridge/lines.ts';
import { cancelledId, concat, idKey } from '../bridge/scan.ts';

/** A line of the host as it came, in pieces, with what it is. */
export interface HostLine extends Heads {
  pieces: readonly Uint8Array[];
  /** Bytes. */
  size: number;
}

export interface FromHostListener {
  onMessage(line: HostLine): void;
  /** A line longer than is passed on; its bytes are gone. */
  onTooLong(heads: Heads | undefined): void;
  /** A line that is no message and not empty. */
  onOther(): void;
}

const LF = 0x0a;
const CR = 0x0d;

/**
 * Cuts what the host writes into messages. They are scanned as they come and never joined, so that a long
 * one is in memory once; of one that is too long only the head is found.
 */
export class FromHost {
  readonly #listener: FromHostListener;
  readonly #limit: number;
  #scanner = new HeadScanner();
  #pieces: Uint8Array[] = [];
  #size = 0;

  constructor(listener: FromHostListener, limit = LONGEST_LINE) {
    this.#listener = listener;
    this.#limit = limit;
  }

  push(chunk: Uint8Array): void {
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
    this.#endLine();
  }

  #take(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.#scanner.push(piece);
    this.#size += piece.length;
    this.#pieces.push(piece);
    // One byte more may be the CR of the line end.
    if (this.#size > this.#limit + 1) this.#pieces = [];
  }

  #endLine(): void {
    const heads = this.#scanner.end();
    const pieces = this.#pieces;
    const last = pieces.at(-1);
    let size = this.#size;
    this.#scanner = new HeadScanner();
    this.#pieces = [];
    this.#size = 0;
    if (last?.at(-1) === CR) {
      pieces[pieces.length - 1] = last.subarray(0, -1);
      size--;
    }
    if (size > this.#limit) this.#listener.onTooLong(heads);
    else if (heads) this.#listener.onMessage({ ...heads, pieces, size });
    else if (pieces.some(piece => piece.some(byte => byte > 0x20))) this.#listener.onOther();
  }
}

/** What identifies the request that a `notifications/cancelled` names. */
export function cancelledKey({ method, pieces }: HostLine): string | undefined {
  if (method !== 'notifications/cancelled') return undefined;
  const id = cancelledId({ bytes: concat(pieces) });
  return id === undefined ? undefined : idKey(id);
}
