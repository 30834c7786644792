import type { World } from '../base/world.ts';

/** Milliseconds. */
const FIRST = 1000;
const LONGEST = 30_000;
/** What a server may ask for in `retry` fields: never a busy loop, never for ever. */
const SHORTEST_RETRY = 100;
const LONGEST_RETRY = 300_000;

/** Between two requests that no host asked for, whatever the server wishes. Milliseconds. */
export const UNASKED = 1000;

/** A stream that lived as long as this was a good one, even if nothing came. Milliseconds. */
export const GOOD_LIFE = 5000;

/** How long to wait before connecting again: as the server asks, and longer while nothing comes of it. */
export class Backoff {
  readonly #world: Pick<World, 'random'>;
  #tries = 0;

  constructor(world: Pick<World, 'random'>) {
    this.#world = world;
  }

  /** The last connection was of use. */
  succeeded(): void {
    this.#tries = 0;
  }

  /** Milliseconds to wait; never less than a `retry` field asked for, nor than `least`. */
  next(retry: number | undefined, least = SHORTEST_RETRY): number {
    const asked = retry === undefined ? undefined : Math.min(Math.max(retry, SHORTEST_RETRY), LONGEST_RETRY);
    const grown = Math.min(FIRST * 2 ** this.#tries, LONGEST);
    const delay = this.#tries === 0 && asked !== undefined ? asked : Math.max(asked ?? 0, grown);
    this.#tries++;
    const jitter = (this.#world.random(1)[0] ?? 0) / 255 / 5;
    return Math.round(Math.max(delay, least) * (1 + jitter));
  }
}

/** The promise's outcome, or the signal's reason if that comes first. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
