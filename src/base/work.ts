/**
 * How much one piece of foreign text may cost, counted in work and not in items: a unit is about one character
 * compared or a few machine words made, so that a million of them take some milliseconds. Whoever loops over
 * foreign text spends before the work is done, and gives up once nothing is left.
 */
export class Work {
  #left: number;

  constructor(units: number) {
    this.#left = units;
  }

  /** Takes `units` off. False when there were fewer left, and from then on. */
  spend(units: number): boolean {
    this.#left -= units;
    return this.#left >= 0;
  }

  /** More was asked for than there was. */
  get isSpent(): boolean {
    return this.#left < 0;
  }
}
