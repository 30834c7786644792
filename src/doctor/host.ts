import type { World } from '../base/world.ts';

/** Requests to one host under way at once. */
const AT_ONCE = 8;
/** The longest a host may have us wait with Retry-After, and how often, in one pass. */
const LONGEST_PAUSE = 10_000;
const MOST_PAUSES = 3;

/** A number of places, and a queue for them. */
export class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  async take(): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>(resolve => this.#waiting.push(resolve));
  }

  give(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}

/** What is known of one origin during a pass: how busy we keep it, whether it lives, and how long it has us wait. */
export class Host {
  readonly turns = new Turns(AT_ONCE);
  readonly #world: Pick<World, 'now' | 'sleep'>;
  #running = 0;
  #answered = false;
  #failed = false;
  #pausedUntil = 0;
  #pauses = 0;
  readonly #settled: (() => void)[] = [];

  constructor(world: Pick<World, 'now' | 'sleep'>) {
    this.#world = world;
  }

  /** Nothing it was asked has been answered, and nothing is under way any more. */
  get isDead(): boolean {
    return this.#failed && !this.#answered && this.#running === 0;
  }

  /**
   * Whether a further request makes sense. Where the first ones failed it waits for those still under way:
   * one answer shows that the host lives.
   */
  async isWorthAsking(): Promise<boolean> {
    while (this.#failed && !this.#answered && this.#running > 0)
      await new Promise<void>(resolve => this.#settled.push(resolve));
    return !this.isDead;
  }

  begin(): void {
    this.#running++;
  }

  end(answered: boolean): void {
    this.#running--;
    if (answered) this.#answered = true;
    else this.#failed = true;
    for (const resolve of this.#settled.splice(0)) resolve();
  }

  /** Waits as long as the host has asked us to. */
  async pause(signal: AbortSignal): Promise<void> {
    for (let left = this.#left(); left > 0; left = this.#left()) await this.#world.sleep(left, signal);
  }

  #left(): number {
    return this.#pausedUntil - this.#world.now();
  }

  /** Takes a Retry-After (seconds or a date, RFC 9110 §10.2.3) to heart; false where it is longer than we wait. */
  postpone(retryAfter: string | null): boolean {
    if (retryAfter === null) return false;
    const seconds = /^\s*\d+\s*$/.test(retryAfter) ? Number(retryAfter) * 1000 : undefined;
    const wait = seconds ?? Date.parse(retryAfter) - this.#world.now();
    if (!(wait >= 0 && wait <= LONGEST_PAUSE)) return false;
    const until = this.#world.now() + wait;
    // Answers to one wave of requests are one pause.
    if (this.#left() > 0) {
      this.#pausedUntil = Math.max(this.#pausedUntil, until);
      return true;
    }
    if (++this.#pauses > MOST_PAUSES) return false;
    this.#pausedUntil = until;
    return true;
  }
}
