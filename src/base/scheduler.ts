/** What work for somebody is told apart in the trace and in `status`. */
export type WorkKind = 'reading' | 'messages' | 'recording';

/** One turn of the event loop in which foreign bytes were worked on. */
export interface Turn {
  /** Milliseconds from the first of that work to the end of the turn. */
  duration: number;
  /** Units of work by owner and kind. */
  work: ReadonlyMap<string, ReadonlyMap<WorkKind, number>>;
}

/** Units of work that take a millisecond, about. See `Work`. */
export const UNITS_OF_A_MILLISECOND = 300_000;
/** Units of work that one turn may do for all owners together. */
const UNITS_OF_A_TURN = 5 * UNITS_OF_A_MILLISECOND;
/** Milliseconds after which a turn has done enough, however little work was counted. */
const LONGEST_TURN = 10;
/** Units that a slowed owner may have done before it waits, and the milliseconds of the wait. */
const UNITS_WHEN_SLOWED = 1_000_000;
const SLOWED = 25;

/**
 * Divides the event loop among those whose bytes are worked on. Everybody who loops over foreign bytes asks
 * before each piece; once a turn has done enough they wait, and later turns let one after the other go on, each
 * owner in its turn, with a look at the network in between.
 */
export class Scheduler {
  readonly #later: (work: () => void) => void;
  readonly #clock: () => number;
  readonly #slowed = new Map<string, number>();
  #turn = new Map<string, Map<WorkKind, number>>();
  #units = 0;
  #began = 0;
  #beganAt = 0;
  #isScheduled = false;
  /** By owner; the owner that waits longest is first. */
  readonly #waiting = new Map<string, (() => void)[]>();
  /** Told of each turn that has ended. */
  onTurn: (turn: Turn) => void = () => {};

  /**
   * `later` runs its argument in the next turn of the event loop, after its input and output. `clock` is the
   * time this process has computed, in milliseconds, where that can be had: a busy machine is no long turn.
   */
  constructor(later: (work: () => void) => void, clock = () => performance.now()) {
    this.#later = later;
    this.#clock = clock;
  }

  /**
   * Counts work that is about to be done for an owner. A promise where this turn has done enough: it resolves
   * in a later turn, when it is this owner's. The work is done in either case.
   */
  account(owner: string, kind: WorkKind, units: number): Promise<void> | undefined {
    this.note(owner, kind, units);
    const slowed = this.#slowed.get(owner);
    if (slowed !== undefined) {
      this.#slowed.set(owner, slowed + units);
      if (slowed + units > UNITS_WHEN_SLOWED) {
        this.#slowed.set(owner, 0);
        return new Promise(resolve => setTimeout(resolve, SLOWED));
      }
    }
    if (!this.isFull && performance.now() - this.#beganAt < LONGEST_TURN) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    const others = this.#waiting.get(owner);
    if (others) others.push(resolve);
    else this.#waiting.set(owner, [resolve]);
    return promise;
  }

  /** Counts work that does not wait. */
  note(owner: string, kind: WorkKind, units: number): void {
    if (!this.#isScheduled) this.#begin();
    this.#units += units;
    let kinds = this.#turn.get(owner);
    if (!kinds) {
      kinds = new Map();
      this.#turn.set(owner, kinds);
    }
    kinds.set(kind, (kinds.get(kind) ?? 0) + units);
  }

  /** This turn has done as much counted work as it may. */
  get isFull(): boolean {
    return this.#units > UNITS_OF_A_TURN;
  }

  /** From now on, or no longer, this owner gets a small part of the time only. */
  slow(owner: string, isSlowed: boolean): void {
    if (!isSlowed) this.#slowed.delete(owner);
    else if (!this.#slowed.has(owner)) this.#slowed.set(owner, 0);
  }

  isSlowed(owner: string): boolean {
    return this.#slowed.has(owner);
  }

  #begin(): void {
    this.#isScheduled = true;
    this.#began = this.#clock();
    this.#beganAt = performance.now();
    this.#later(() => this.#end());
  }

  #end(): void {
    const turn: Turn = {
      duration: Math.min(this.#clock() - this.#began, performance.now() - this.#beganAt),
      work: this.#turn,
    };
    this.#turn = new Map();
    this.#units = 0;
    this.#isScheduled = false;
    this.onTurn(turn);
    const [next] = this.#waiting;
    if (!next) return;
    // Whoever goes on does so once this function is over, which is the beginning of the next turn.
    this.#begin();
    const [owner, waiting] = next;
    this.#waiting.delete(owner);
    waiting.shift()?.();
    if (waiting.length > 0) this.#waiting.set(owner, waiting);
  }
}
