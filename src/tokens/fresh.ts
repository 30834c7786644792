import type { Fault } from '../base/fault.ts';
import type { Grant } from '../oauth/grant.ts';

/** A token is renewed this long before it ends: a minute, or a fifth of a short life. Milliseconds. */
const AHEAD = 60_000;

/** Whether an access token should be renewed before it is used again. */
export function isStale(grant: Grant, now: number): boolean {
  if (grant.expiresAt === undefined) return false;
  const life = Math.max(0, grant.expiresAt - grant.obtainedAt);
  return now >= grant.expiresAt - Math.min(AHEAD, life / 5);
}

/** Where nobody has to wait for it, it is renewed a little earlier still. Milliseconds. */
const UNASKED = 90_000;

/** When to renew an access token in the background; `undefined` for one that nobody says the end of. */
export function unaskedAt({ expiresAt, obtainedAt }: Grant): number | undefined {
  if (expiresAt === undefined) return undefined;
  return expiresAt - Math.min(UNASKED, Math.max(0, expiresAt - obtainedAt) * 0.3);
}

/** Whether a token can be replaced without anybody signing in. */
export function isRenewable({ refreshToken, ofClient }: Grant): boolean {
  return refreshToken !== undefined || ofClient !== undefined;
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
  #over: Fault | undefined;

  /** Nothing is begun any more: whoever asks is told why. What is under way comes to its end. */
  close(why: Fault): void {
    this.#over = why;
  }

  /** Rejects with what it was closed with. */
  run(key: string, work: () => Promise<T>): Promise<T> {
    let running = this.#running.get(key);
    if (!running) {
      if (this.#over) return Promise.reject(this.#over);
      running = work().finally(() => this.#running.delete(key));
      this.#running.set(key, running);
    }
    return running;
  }

  isRunning(key: string): boolean {
    return this.#running.has(key);
  }

  /** Resolves when everything that is under way just now has come to an end. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#running.values());
  }
}
