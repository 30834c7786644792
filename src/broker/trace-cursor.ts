import type { TraceEvent } from '../trace/event.ts';
import type { Trace } from '../trace/trace.ts';

/** Events that are taken out of the trace at a time. */
const PAGE = 100;

/**
 * The events of a trace, oldest first, and with `follow` those that come. They stay in the trace until they are
 * asked for, so a slow reader costs no memory; what the trace drops meanwhile is not among them. Ending the
 * iteration also ends a read that waits.
 */
export class TraceCursor implements AsyncIterableIterator<TraceEvent, void, undefined> {
  readonly #trace: Trace;
  readonly #follow: boolean;
  #page: TraceEvent[] = [];
  #at = 0;
  #last = 0;
  #isOver = false;
  #wake: (() => void) | undefined;

  constructor(trace: Trace, follow: boolean) {
    this.#trace = trace;
    this.#follow = follow;
  }

  async next(): Promise<IteratorResult<TraceEvent, void>> {
    for (;;) {
      if (this.#isOver) return { value: undefined, done: true };
      const value = this.#page[this.#at++];
      if (value) return { value, done: false };
      this.#page = this.#trace.since(this.#last, PAGE);
      this.#at = 0;
      this.#last = this.#page.at(-1)?.seq ?? this.#last;
      if (this.#page.length > 0) continue;
      if (!this.#follow) return this.return();
      await this.#more();
    }
  }

  async return(): Promise<IteratorResult<TraceEvent, void>> {
    this.#isOver = true;
    this.#page = [];
    this.#wake?.();
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #more(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const stop = this.#trace.subscribe(() => resolve());
    await promise;
    stop();
    this.#wake = undefined;
  }
}
