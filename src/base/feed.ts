/**
 * What one side pushes and another iterates. Ending the iteration, from either side, also ends a read
 * that is waiting, which a generator would not do.
 */
export class Feed<T> implements AsyncIterableIterator<T, void, undefined> {
  readonly #items: T[] = [];
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
    this.#items.length = 0;
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
      const [item] = this.#items.splice(0, 1);
      if (item === undefined && !this.#over) return;
      const reader = this.#readers.shift();
      if (item !== undefined) reader?.resolve({ value: item, done: false });
      else if (this.#error) reader?.reject(this.#takeError());
      else reader?.resolve({ value: undefined, done: true });
    }
  }

  #takeError(): unknown {
    const thrown = this.#error?.thrown;
    this.#error = undefined;
    return thrown;
  }
}
