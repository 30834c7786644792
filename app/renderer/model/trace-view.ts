import { createStore } from './store.ts';
import type { Entry, TraceModel } from './trace.ts';
import { EVERYTHING, type Filter, isEverything, matcher } from './trace-filter.ts';

/** Milliseconds of filtering at a time; entries between two looks at the clock. */
const SLICE = 8;
const STEP = 256;
/** Milliseconds between two looks at what has happened. */
const OFTEN = 100;

export interface Shown {
  entries: readonly Entry[];
  /** Entries there are, shown or not. */
  total: number;
  filter: Filter;
  isPaused: boolean;
  /** Entries that came while it was paused. */
  waiting: number;
}

export interface Pace {
  now(): number;
  /** Lets the browser draw and hear its user. */
  rest(): Promise<void>;
  later(work: () => void, ms: number): void;
}

/** What of a trace is shown: filtered in slices, so that no list is too long to type beside. */
export class TraceView {
  readonly shown = createStore<Shown>({
    ...{ entries: [], total: 0, filter: EVERYTHING, isPaused: false, waiting: 0 },
  });
  readonly #model: TraceModel;
  readonly #pace: Pace;
  #filter = EVERYTHING;
  #found: ReadonlySet<number> | undefined;
  #isPaused = false;
  #turn = 0;
  #running = false;
  #again = false;
  #planned = false;

  constructor(model: TraceModel, pace: Pace) {
    this.#model = model;
    this.#pace = pace;
  }

  /** The model has changed: what is shown follows soon. */
  changed(): void {
    if (this.#planned) return;
    this.#planned = true;
    this.#pace.later(
      () => {
        this.#planned = false;
        if (this.#isPaused) this.shown.change(before => ({ ...before, ...this.#counts(before) }));
        else if (this.#running) this.#again = true;
        else void this.#run();
      },
      this.shown.get().entries.length === 0 ? 0 : OFTEN,
    );
  }

  /** `found`: events in whose bodies the text stands, once that is known. */
  setFilter(filter: Filter, found?: ReadonlySet<number>): void {
    this.#filter = filter;
    this.#found = found;
    void this.#run();
  }

  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (!isPaused) void this.#run();
    else this.shown.change(before => ({ ...before, isPaused, waiting: 0 }));
  }

  #counts({ total }: Shown) {
    return { waiting: Math.max(0, this.#model.entries.length - total) };
  }

  async #run(): Promise<void> {
    const turn = ++this.#turn;
    this.#running = true;
    const filter = this.#filter;
    const { entries } = this.#model;
    const matches = matcher(filter, entry => this.#model.targetOf(entry), this.#found);
    let found: readonly Entry[] = entries;
    if (!isEverything(filter)) {
      const some: Entry[] = [];
      let began = this.#pace.now();
      for (const [index, entry] of entries.entries()) {
        if (matches(entry)) some.push(entry);
        if (index % STEP !== 0 || this.#pace.now() - began < SLICE) continue;
        await this.#pace.rest();
        if (turn !== this.#turn) return;
        began = this.#pace.now();
      }
      found = some;
    }
    this.#running = false;
    this.shown.set({ entries: found, total: entries.length, filter, isPaused: this.#isPaused, waiting: 0 });
    if (!this.#again) return;
    this.#again = false;
    this.changed();
  }
}
