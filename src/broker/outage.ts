import type { Fault } from '../base/fault.ts';
import type { World } from '../base/world.ts';
import { Backoff } from '../bridge/backoff.ts';

/** A server that cannot be reached is not asked again for this long. Milliseconds. */
const PAUSE = 1_000;

/** Why a host's server could not be had the last time, and when it is worth another try. */
export class Outage {
  readonly #world: Pick<World, 'now' | 'sleep' | 'random'>;
  readonly #backoff: Backoff;
  #last: { fault: Fault; at: number } | undefined;

  constructor(world: Pick<World, 'now' | 'sleep' | 'random'>) {
    this.#world = world;
    this.#backoff = new Backoff(world);
  }

  /** Notes a failure; `false` when it is the same as the one before. */
  add(fault: Fault): boolean {
    const before = this.#last?.fault.sentence;
    this.#last = { fault, at: this.#world.now() };
    return fault.sentence !== before;
  }

  over(): void {
    this.#last = undefined;
    this.#backoff.succeeded();
  }

  /** What to refuse a request with, when the server failed only just now. */
  get tooSoon(): Fault | undefined {
    const { fault, at } = this.#last ?? {};
    // Nobody has asked for a sign-in until now.
    if (at === undefined || fault?.code === 'sign-in.needed') return undefined;
    // A clock that was set back must not make it last.
    return Math.abs(this.#world.now() - at) < PAUSE ? fault : undefined;
  }

  /** Waits until a try is due that no host asks for; `false` when none is, or there was another failure. */
  async pass(fault: Fault, signal: AbortSignal): Promise<boolean> {
    if (!fault.code.startsWith('net.') && fault.code !== 'token.unavailable') return false;
    try {
      await this.#world.sleep(this.#backoff.next(undefined), signal);
    } catch {
      return false;
    }
    return this.#last?.fault === fault;
  }
}
