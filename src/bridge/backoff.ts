import type { World } from '../base/world.ts';

/** Milliseconds. */
const FIRST = 1000;
const LONGEST = 30_000;
/** What a server may ask for in `retry` fields: never a busy loop, never for ever. */
const SHORTEST_RETRY = 100;
const LONGEST_RETRY = 300_000;

/** The same for what no host has asked for. Milliseconds. */
export const LEAST_UNASKED = 1000;

/** A stream that lived as long as this was a good one, even if nothing came. Milliseconds. */
export const GOOD_LIFE = 5000;

/** How long to wait before connecting again: as the server asks, and longer while nothing comes of it. */
export class Backoff {
  readonly #world: Pick<World, 'random'>;
  readonly #least: number;
  #tries = 0;

  /** `least`: milliseconds between two connections, whatever the server asks for. */
  constructor(world: Pick<World, 'random'>, least = SHORTEST_RETRY) {
    this.#world = world;
    this.#least = least;
  }

  /** The last connection was of use. */
  succeeded(): void {
    this.#tries = 0;
  }

  /** Milliseconds to wait; never less than a `retry` field asked for. */
  next(retry: number | undefined): number {
    const asked = retry === undefined ? undefined : Math.min(Math.max(retry, this.#least), LONGEST_RETRY);
    const grown = Math.min(FIRST * 2 ** this.#tries, LONGEST);
    const delay = this.#tries === 0 && asked !== undefined ? asked : Math.max(asked ?? 0, grown);
    this.#tries++;
    const jitter = (this.#world.random(1)[0] ?? 0) / 255 / 5;
    return Math.round(delay * (1 + jitter));
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
