/**
 * What is told to one listener, who may be slow: what it has not heard yet is put together into one, so that it waits
 * in bounded memory. Ending it also ends a read that is waiting.
 */
export class Latest<T extends object> implements AsyncIterableIterator<T, void, undefined> {
  readonly #onReturn: () => void;
  #unheard: T | undefined;
  #reader: PromiseWithResolvers<IteratorResult<T, void>> | undefined;
  #over = false;
  #error: { thrown: unknown } | undefined;

  constructor(onReturn: () => void) {
    this.#onReturn = onReturn;
  }

  /** Nobody listens any more, or there is nothing more to be heard. */
  get isOver(): boolean {
    return this.#over;
  }

  push(item: T): void {
    if (this.#over) return;
    this.#unheard = { ...this.#unheard, ...item };
    this.#deliver();
  }

  /** What was pushed is still read; then the iteration throws `error` once. */
  fail(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#error = { thrown: error };
    this.#deliver();
  }

  /** One read at a time. */
  next(): Promise<IteratorResult<T, void>> {
    const reader = Promise.withResolvers<IteratorResult<T, void>>();
    this.#reader = reader;
    this.#deliver();
    return reader.promise;
  }

  async return(): Promise<IteratorResult<T, void>> {
    this.#over = true;
    this.#unheard = undefined;
    this.#error = undefined;
    this.#deliver();
    this.#onReturn();
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #deliver(): void {
    const reader = this.#reader;
    if (!reader || (this.#unheard === undefined && !this.#over)) return;
    this.#reader = undefined;
    if (this.#unheard !== undefined) reader.resolve({ value: this.#unheard, done: false });
    else if (this.#error) reader.reject(this.#error.thrown);
    else reader.resolve({ value: undefined, done: true });
    if (this.#unheard === undefined) this.#error = undefined;
    this.#unheard = undefined;
  }
}
