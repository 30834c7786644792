/** Bytes of a chunk that is kept as it is; smaller ones are copied together. */
const WORTH_KEEPING = 4096;

/**
 * Bytes that come in chunks, to be had as one or as few. A chunk of one byte costs a byte and no object, so
 * what is kept is bounded by its bytes alone.
 */
export class GatheredBytes {
  #chunks: Uint8Array[] = [];
  /** The last of the chunks, where it is a buffer of ours with room left, and how much of it is used. */
  #tail: Uint8Array | undefined;
  #used = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(chunk: Uint8Array): void {
    this.#size += chunk.length;
    if (chunk.length >= WORTH_KEEPING) {
      this.#closeTail();
      // A short view would keep all of what it is a view of.
      this.#chunks.push(2 * chunk.length < chunk.buffer.byteLength ? chunk.slice() : chunk);
      return;
    }
    for (let at = 0; at < chunk.length; ) {
      this.#tail ??= this.#newTail();
      const part = chunk.subarray(at, at + this.#tail.length - this.#used);
      this.#tail.set(part, this.#used);
      this.#used += part.length;
      at += part.length;
      if (this.#used === this.#tail.length) this.#closeTail();
    }
  }

  /** The bytes in as few chunks as they are kept in; nothing is left. */
  takeChunks(): Uint8Array[] {
    this.#closeTail();
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#size = 0;
    return chunks;
  }

  /** The bytes as one; nothing is left. No copy is made of a single chunk. */
  take(): Uint8Array {
    return concat(this.takeChunks());
  }

  /** The first bytes, `most` at the most, as a copy; all of them stay. */
  beginning(most: number): Uint8Array {
    const copy = new Uint8Array(Math.min(most, this.#size));
    let at = 0;
    for (const chunk of [...this.#chunks, this.#tail?.subarray(0, this.#used) ?? new Uint8Array()]) {
      if (at === copy.length) break;
      const part = chunk.subarray(0, copy.length - at);
      copy.set(part, at);
      at += part.length;
    }
    return copy;
  }

  #newTail(): Uint8Array {
    // Each is as long as all before it, up to a point, so that little is wasted on few bytes.
    this.#used = 0;
    return new Uint8Array(Math.min(64 * 1024, Math.max(256, this.#size)));
  }

  #closeTail(): void {
    if (this.#tail && this.#used > 0) this.#chunks.push(this.#tail.subarray(0, this.#used));
    this.#tail = undefined;
    this.#used = 0;
  }
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
