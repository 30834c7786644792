import type { World } from '../base/world.ts';

/** Milliseconds without a byte after which a transfer no longer keeps others waiting. */
const STALLED = 5_000;

/** Unlike within the broker, so that a host's shim can tell apart whatever comes. */
let last = 0;

/**
 * The large messages on their way to one host. One goes at a time, because the host's shim keeps each until
 * it is whole; a server that stops in the middle holds up nobody for long.
 */
export class Transfers {
  readonly #world: Pick<World, 'now' | 'sleep'>;
  /** Those under way, and when each last had something to send. */
  readonly #moved = new Map<number, number>();
  #ended = Promise.withResolvers<void>();

  constructor(world: Pick<World, 'now' | 'sleep'>) {
    this.#world = world;
  }

  /** The number of a new transfer, when it is its turn. */
  async begin(): Promise<number> {
    const number = ++last;
    for (;;) {
      const now = this.#world.now();
      // A clock that was set back must not make it last.
      const going = [...this.#moved.values()].filter(moved => moved <= now || !Number.isFinite(moved));
      const left = Math.max(0, ...going.map(moved => moved + STALLED - now));
      if (left === 0) break;
      const over = new AbortController();
      const pause = this.#world.sleep(Math.min(left, STALLED), over.signal);
      await Promise.race([this.#ended.promise, pause.catch(() => {})]);
      over.abort();
    }
    this.moved(number);
    return number;
  }

  /** It has something to send, and the host has no room for it: no fault of its server. */
  waits(number: number): void {
    this.#moved.set(number, Number.POSITIVE_INFINITY);
  }

  /** Something of it has been sent. */
  moved(number: number): void {
    this.#moved.set(number, this.#world.now());
  }

  /** It has come to its end, or will come to none. */
  end(number: number): void {
    this.#moved.delete(number);
    this.#ended.resolve();
    this.#ended = Promise.withResolvers();
  }
}
