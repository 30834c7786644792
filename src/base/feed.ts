/**
 * What one side pushes and another iterates. Ending the iteration, from either side, also ends a read
 * that is waiting, which a generator would not do.
 */
export class Feed<T> implements AsyncIterableIterator<T, void, undefined> {
  readonly #items: T[] = [];
  readonly #readers: ((result: IteratorResult<T, void>) => void)[] = [];
  readonly #onReturn: () => void;
  #over = false;
  #error: { thrown: unknown } | undefined;

  constructor(onReturn: () => void = () => {}) {
    this.#onReturn = onReturn;
  }

  push(item: T): void {
    if (this.#over) return;
    const reader = this.#readers.shift();
    if (reader) reader({ value: item, done: false });
    else this.#items.push(item);
  }

  /** What was pushed is still read; then the iteration ends, or throws `error`. */
  end(error?: unknown): void {
    if (this.#over) return;
    this.#over = true;
    if (error !== undefined) this.#error = { thrown: error };
    for (const reader of this.#readers.splice(0)) void this.next().then(reader);
  }

  async next(): Promise<IteratorResult<T, void>> {
    const item = this.#items.shift();
    if (item !== undefined) return { value: item, done: false };
    if (this.#error) {
      const { thrown } = this.#error;
      this.#error = undefined;
      throw thrown;
    }
    if (this.#over) return { value: undefined, done: true };
    return new Promise(resolve => this.#readers.push(resolve));
  }

  async return(): Promise<IteratorResult<T, void>> {
    this.#items.length = 0;
    this.end();
    this.#onReturn();
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
