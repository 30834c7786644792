/** Milliseconds between two looks. */
const PACE = 5_000;
/** Looks in a row without a byte of the broker's, after which it is given up: 30 to 35 seconds. */
const MOST_SILENT = 7;

/** What is asked of those whose broker is watched. */
export interface Watched {
  /** Asks the broker for a sign of life. Called again only once there was one. */
  ask(): void;
  /** Nothing is read from the broker just now, for reasons of our own. */
  isDeaf(): boolean;
  /** The broker has not said anything for 30 seconds, although it was asked. */
  silent(): void;
}

/** Time as a watch needs it; the shim's is the process's own. */
export interface Ticking {
  /** Milliseconds that go on while the process is stopped. */
  now(): number;
  /** Calls `tick` every so many milliseconds until what it returns is called. */
  every(ms: number, tick: () => void): () => void;
}

/** Milliseconds; `performance` would load what nothing else of a shim's needs. */
export function clock(): number {
  return process.uptime() * 1000;
}

const OWN: Ticking = {
  now: clock,
  every: (ms, tick) => {
    const timer = setInterval(tick, ms);
    return () => clearInterval(timer);
  },
};

/**
 * Looks whether the broker still answers, while a host waits for something; nothing wakes up else. However
 * long a call takes, a broker that is well says so. Looks are counted and not time, and one that comes late
 * begins anew: where this process slept, the broker did not have that time either.
 */
export class Heartbeat {
  readonly #watched: Watched;
  readonly #ticking: Ticking;
  #stop: (() => void) | undefined;
  #silent = 0;
  #asked = false;
  #at = 0;

  constructor(watched: Watched, ticking = OWN) {
    this.#watched = watched;
    this.#ticking = ticking;
  }

  /** Whether a host waits for anything of a broker that answers when it is asked. */
  watch(isNeeded: boolean): void {
    if (isNeeded === (this.#stop !== undefined)) return;
    this.#stop?.();
    this.#stop = undefined;
    if (!isNeeded) return;
    this.#silent = 0;
    this.#asked = false;
    this.#at = this.#ticking.now();
    this.#stop = this.#ticking.every(PACE, () => this.#look());
  }

  /** The broker said something, whatever it was. */
  heard(): void {
    this.#silent = 0;
    this.#asked = false;
  }

  #look(): void {
    const now = this.#ticking.now();
    const isLate = now - this.#at > 2 * PACE;
    this.#at = now;
    this.#silent = isLate || this.#watched.isDeaf() ? 0 : this.#silent + 1;
    if (this.#silent >= MOST_SILENT) {
      this.watch(false);
      this.#watched.silent();
      return;
    }
    if (this.#asked) return;
    this.#asked = true;
    this.#watched.ask();
  }
}
