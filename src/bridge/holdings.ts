import { Fault } from '../base/fault.ts';

/** Bytes of unfinished messages that are held for one server, in all its streams. */
const MOST_HELD = 64 * 1024 * 1024;

/** What is held of one server's messages until they are whole; bounded, however many streams they come in. */
export class Holdings {
  readonly #limit: number;
  #held = 0;

  constructor(limit = MOST_HELD) {
    this.#limit = limit;
  }

  get held(): number {
    return this.#held;
  }

  /** Throws `net.too-large`, and takes nothing, where there is no room for so many bytes more. */
  take(bytes: number): void {
    if (this.#held + bytes > this.#limit) {
      throw new Fault(
        'net.too-large',
        `The server has begun more messages than Keybridge holds (${this.#limit} bytes) and finished none.`,
        { remedy: 'Ask it for less at once.' },
      );
    }
    this.#held += bytes;
  }

  give(bytes: number): void {
    this.#held -= bytes;
  }
}
