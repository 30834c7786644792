import { GatheredBytes } from '../base/gathered-bytes.ts';

/** Bytes of the longest line that is kept. */
export const LONGEST_LINE = 256 * 1024 * 1024;

export interface LineOptions {
  /** Bytes; default {@link LONGEST_LINE}. */
  limit?: number;
  /** Called once for each line over the limit, as soon as it is; the rest of that line is skipped. */
  onTooLong?: () => void;
}

const LF = 0x0a;
const CR = 0x0d;

/**
 * Cuts chunks of bytes into lines that end in LF or CRLF. What a line spans is joined once, when it ends,
 * so many small chunks cost no more than one large one.
 */
export class LineSplitter {
  readonly #limit: number;
  readonly #onTooLong: () => void;
  readonly #bytes = new GatheredBytes();
  #skipping = false;

  constructor(options: LineOptions = {}) {
    this.#limit = options.limit ?? LONGEST_LINE;
    this.#onTooLong = options.onTooLong ?? (() => {});
  }

  /** The lines this chunk completes, without their line ends. */
  push(chunk: Uint8Array): Uint8Array[] {
    const lines: Uint8Array[] = [];
    let start = 0;
    for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, start)) {
      this.#keep(chunk.subarray(start, at));
      const line = this.#take();
      if (line) lines.push(line);
      start = at + 1;
    }
    this.#keep(chunk.subarray(start));
    return lines;
  }

  /** What stood behind the last line end, if anything. */
  end(): Uint8Array | undefined {
    const line = this.#take();
    return line && line.length > 0 ? line : undefined;
  }

  #keep(piece: Uint8Array): void {
    if (this.#skipping || piece.length === 0) return;
    this.#bytes.push(piece);
    // One byte more may be the CR of the line end.
    const excess = this.#bytes.size - this.#limit;
    if (excess < 1 || (excess === 1 && piece.at(-1) === CR)) return;
    this.#skipping = true;
    this.#bytes.takeChunks();
    this.#onTooLong();
  }

  #take(): Uint8Array | undefined {
    const skipped = this.#skipping;
    this.#skipping = false;
    const line = this.#bytes.take();
    if (skipped) return undefined;
    return line.at(-1) === CR ? line.subarray(0, -1) : line;
  }
}
