import type { Grant } from '../oauth/grant.ts';

/** A token is renewed this long before it ends: a minute, or a fifth of a short life. Milliseconds. */
const AHEAD = 60_000;

/** Whether an access token should be renewed before it is used again. */
export function isStale(grant: Grant, now: number): boolean {
  if (grant.expiresAt === undefined) return false;
  const life = Math.max(0, grant.expiresAt - grant.obtainedAt);
  return now >= grant.expiresAt - Math.min(AHEAD, life / 5);
}

/** Whether an access token may still be good for a request made now. */
export function isAlive(grant: Grant, now: number): boolean {
  return grant.expiresAt === undefined || now < grant.expiresAt;
}

/**
 * One renewal however many ask: whoever asks while one is under way for the same grant gets its outcome.
 * A refresh token that rotates is therefore never sent twice.
 */
export class OneAtATime<T> {
  readonly #running = new Map<string, Promise<T>>();

  run(key: string, work: () => Promise<T>): Promise<T> {
    let running = this.#running.get(key);
    if (!running) {
      running = work().finally(() => this.#running.delete(key));
      this.#running.set(key, running);
    }
    return running;
  }
}
