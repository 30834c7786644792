import type { RenewalTrouble } from '../api/contract.ts';
import { Fault } from '../base/fault.ts';
import { duration } from '../base/text.ts';
import type { World } from '../base/world.ts';

/** The pause before the next try is a third of the time it has lasted, within these bounds. Milliseconds. */
const SHORTEST = 1_000;
const LONGEST = 5 * 60_000;
/** What a `Retry-After` counts for at most: a slip of the server's must not cost a day. Milliseconds. */
const LONGEST_ASKED = 60 * 60_000;
/** So much is added at most by chance, so that many machines do not come back at the same moment. */
const JITTER = 0.2;
/** Nobody is waited for longer than this. Milliseconds. */
const LASTING = 24 * 60 * 60_000;

/** One grant's renewals that failed in a row, and when the next may be tried. Times are in milliseconds. */
export class Spell {
  readonly since: number;
  #tries = 0;
  #failedAt: number;
  #nextAt: number;
  #fault: Fault;

  constructor(fault: Fault, now: number, random: World['random']) {
    this.since = now;
    this.#fault = fault;
    this.#failedAt = now;
    this.#nextAt = now;
    this.failed(fault, now, random);
  }

  failed(fault: Fault, now: number, random: World['random']): void {
    this.#tries++;
    this.#fault = fault;
    this.#failedAt = now;
    const asked = Math.min(Number(fault.data?.retryAfter ?? 0) * 1000, LONGEST_ASKED);
    const grown = Math.min(Math.max(SHORTEST, (now - this.since) / 3), LONGEST);
    const chance = ((random(1)[0] ?? 0) / 255) * JITTER;
    this.#nextAt = now + Math.round(Math.max(asked, grown) * (1 + chance));
  }

  get nextAt(): number {
    return this.#nextAt;
  }

  /** A clock that was put back does not make the pause longer. */
  isDue(now: number): boolean {
    return now >= this.#nextAt || now < this.#failedAt;
  }

  /** It has lasted so long that nobody waits for its end any more. */
  isHopeless(now: number): boolean {
    return now - this.since >= LASTING;
  }

  /** What whoever asks meanwhile is told. */
  told(now: number): Fault {
    const { code, message, remedy = '' } = this.#fault;
    const lasting = this.#tries > 1 ? ` It has been so for ${duration(now - this.since)}.` : '';
    const next = `It is tried again by itself in ${duration(Math.max(0, this.#nextAt - now))}; ask again then.`;
    const hopeless = 'It has been tried for a day; sign in again with keybridge login.';
    const own = remedy.includes('by itself') ? '' : `${remedy} `;
    return new Fault(code, `${message}${lasting}`, {
      cause: this.#fault,
      evidence: this.#fault.evidence,
      remedy: this.isHopeless(now) ? hopeless : own + next,
      data: { since: String(this.since), nextTryAt: String(this.#nextAt) },
    });
  }

  shown(now: number): RenewalTrouble {
    return {
      since: this.since,
      tries: this.#tries,
      ...(this.isHopeless(now) ? {} : { nextAt: this.#nextAt }),
      why: this.#fault.message,
    };
  }
}
