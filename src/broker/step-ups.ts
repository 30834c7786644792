/** Sign-ins begun for the same further rights. */
const MOST_TIMES = 3;
/** Sign-ins for whatever rights within {@link WHILE}: a server can make up a new name for each request. */
const MOST_DEMANDS = 3;
/** Milliseconds. */
const WHILE = 10 * 60_000;

/** Which sign-ins for further rights were begun on one account, so that their number is bounded. */
export class StepUps {
  #begun: { demand: string; at: number }[] = [];

  /**
   * Whether one more may begin for these rights: not again for a host that was there when the last one did,
   * and not for ever. Counts it when it may; what is returned takes that back.
   */
  begin(demand: string, connectedAt: number, now: number): (() => void) | undefined {
    const same = this.#begun.filter(each => each.demand === demand);
    const recent = this.#begun.filter(({ at }) => now - at < WHILE);
    if (same.length >= MOST_TIMES || same.some(({ at }) => connectedAt <= at)) return undefined;
    if (recent.length >= MOST_DEMANDS) return undefined;
    const begun = { demand, at: now };
    this.#begun.push(begun);
    return () => {
      this.#begun = this.#begun.filter(each => each !== begun);
    };
  }

  /** Somebody acts: nothing that was before counts. */
  clear(): void {
    this.#begun = [];
  }
}
