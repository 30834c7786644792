/** Work that nobody waits for: where it fails in a way nobody foresaw, that must not be the end of it in silence. */
export class Unawaited {
  readonly #failure = Promise.withResolvers<never>();

  constructor() {
    this.#failure.promise.catch(() => {});
  }

  /** Rejects with what the first of it to fail threw. */
  get failure(): Promise<never> {
    return this.#failure.promise;
  }

  add(work: Promise<unknown>): void {
    work.catch(this.#failure.reject);
  }
}
