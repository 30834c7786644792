import type { Message, Parcel } from './channel.ts';

/** Bytes that may wait for a slow reader before whoever fills the box is asked to wait too. */
const HIGH_WATER = 1024 * 1024;
/** Bytes of a parcel besides those of its text. */
const WEIGHT = 512;

/** Messages on their way to one reader, in order. */
export class Mailbox<Kind extends Parcel = Message> implements AsyncIterable<Kind> {
  #waiting: Kind[] = [];
  #size = 0;
  #ended = false;
  #arrival = Promise.withResolvers<void>();
  #room: PromiseWithResolvers<void> | undefined;

  get hasRoom(): boolean {
    return this.#size <= HIGH_WATER;
  }

  /** Resolves when there is room. None: there is. */
  get room(): Promise<void> | undefined {
    if (this.hasRoom || this.#ended) return undefined;
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  /** Puts a message in at once; the promise resolves when there is room for more. None: there is. */
  push(message: Kind): Promise<void> | undefined {
    if (this.#ended) return undefined;
    this.#waiting.push(message);
    this.#size += sizeOf(message);
    this.#arrival.resolve();
    return this.room;
  }

  /** What is in the box is still read; then the iteration ends. */
  end(): void {
    this.#ended = true;
    this.#arrival.resolve();
    this.#makeRoom();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Kind, void, undefined> {
    try {
      for (;;) {
        const batch = this.#waiting;
        this.#waiting = [];
        for (const message of batch) {
          yield message;
          this.#size -= sizeOf(message);
          if (this.hasRoom) this.#makeRoom();
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

/** What a parcel weighs in memory, in bytes: it is some objects, however short. */
function sizeOf(parcel: Parcel): number {
  if (parcel.kind === 'dropped') return WEIGHT;
  if (parcel.kind !== 'piece') return WEIGHT + parcel.bytes.length;
  return parcel.bytes.reduce((size, { length }) => size + length, WEIGHT);
}
