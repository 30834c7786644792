/** Places of what was read that are kept at least, so that a short queue is never copied. */
const KEPT = 64;

/**
 * What one side pushes and another iterates. Ending the iteration, from either side, also ends a read
 * that is waiting, which a generator would not do.
 */
export class Feed<T> implements AsyncIterableIterator<T, void, undefined> {
  /** What was pushed and not read; before `#at` all is read, and dropped now and then: shifting costs the length. */
  #items: T[] = [];
  #at = 0;
  readonly #readers: PromiseWithResolvers<IteratorResult<T, void>>[] = [];
  readonly #onReturn: () => void;
  #over = false;
  #error: { thrown: unknown } | undefined;

  constructor(onReturn: () => void = () => {}) {
    this.#onReturn = onReturn;
  }

  push(item: T): void {
    if (this.#over) return;
    this.#items.push(item);
    this.#deliver();
  }

  /** What was pushed is still read; then the iteration ends, or throws `error` once. */
  end(error?: unknown): void {
    if (this.#over) return;
    this.#over = true;
    if (error !== undefined) this.#error = { thrown: error };
    this.#deliver();
  }

  next(): Promise<IteratorResult<T, void>> {
    const reader = Promise.withResolvers<IteratorResult<T, void>>();
    this.#readers.push(reader);
    this.#deliver();
    return reader.promise;
  }

  async return(): Promise<IteratorResult<T, void>> {
    this.#items = [];
    this.#at = 0;
    this.#error = undefined;
    this.end();
    this.#onReturn();
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #deliver(): void {
    while (this.#readers.length > 0) {
      const isEmpty = this.#at === this.#items.length;
      if (isEmpty && !this.#over) return;
      const reader = this.#readers.shift();
      if (!isEmpty) reader?.resolve({ value: this.#take(), done: false });
      else if (this.#error) reader?.reject(this.#takeError());
      else reader?.resolve({ value: undefined, done: true });
    }
  }

  #take(): T {
    const item = this.#items[this.#at] as T;
    this.#items[this.#at++] = undefined as T;
    if (this.#at >= KEPT && this.#at * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#at);
      this.#at = 0;
    }
    return item;
  }

  #takeError(): unknown {
    const thrown = this.#error?.thrown;
    this.#error = undefined;
    return thrown;
  }
}
