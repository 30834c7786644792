/** Bytes that many may hold together. Who wants more than is left waits for those before it. */
export class Budget {
  #left: number;
  readonly #waiting: { bytes: number; grant: () => void }[] = [];

  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** Resolves with what gives the bytes back. Rejects with the signal's reason. */
  async take(bytes: number, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#waiting.length > 0 || bytes > this.#left) await this.#turn(bytes, signal);
    else this.#left -= bytes;
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.#left += bytes;
      this.#grant();
    };
  }

  #turn(bytes: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const place = { bytes, grant: resolve };
      this.#waiting.push(place);
      signal.addEventListener(
        'abort',
        () => {
          const index = this.#waiting.indexOf(place);
          if (index < 0) return;
          this.#waiting.splice(index, 1);
          reject(signal.reason);
          this.#grant();
        },
        { once: true },
      );
    });
  }

  #grant(): void {
    for (let first = this.#waiting[0]; first && first.bytes <= this.#left; first = this.#waiting[0]) {
      this.#waiting.shift();
      this.#left -= first.bytes;
      first.grant();
    }
  }
}
