import type { Message } from './channel.ts';

/** Bytes that may wait for a slow reader before whoever fills the box is asked to wait too. */
const HIGH_WATER = 16 * 1024 * 1024;

/** Messages on their way to one reader, in order. */
export class Mailbox implements AsyncIterable<Message> {
  #waiting: Message[] = [];
  #size = 0;
  #ended = false;
  #arrival = Promise.withResolvers<void>();
  #room: PromiseWithResolvers<void> | undefined;

  /** Puts a message in at once; the promise resolves when there is room for more. */
  push(message: Message): Promise<void> {
    if (this.#ended) return Promise.resolve();
    this.#waiting.push(message);
    this.#size += message.bytes.length;
    this.#arrival.resolve();
    if (this.#size <= HIGH_WATER) return Promise.resolve();
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  /** What is in the box is still read; then the iteration ends. */
  end(): void {
    this.#ended = true;
    this.#arrival.resolve();
    this.#makeRoom();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Message, void, undefined> {
    try {
      for (;;) {
        const batch = this.#waiting;
        this.#waiting = [];
        for (const message of batch) {
          yield message;
          this.#size -= message.bytes.length;
          if (this.#size <= HIGH_WATER) this.#makeRoom();
        }
        if (this.#waiting.length > 0) continue;
        if (this.#ended) return;
        this.#arrival = Promise.withResolvers();
        await this.#arrival.promise;
      }
    } finally {
      this.end();
    }
  }

  #makeRoom(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }
}
