import type { TraceEvent } from './event.ts';

export interface TraceLimits {
  /** Events kept at once. */
  events?: number;
  /** Characters of text kept at once. */
  characters?: number;
}

/** An event before it has its place in the list. */
export type NewEvent = TraceEvent extends infer E ? (E extends TraceEvent ? Omit<E, 'seq'> : never) : never;

/** What an event weighs: all its text, and something for its bones. */
function weigh(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  let sum = 16;
  for (const member of Object.values(value)) sum += weigh(member);
  return sum;
}

interface Kept {
  event: TraceEvent;
  weight: number;
}

/**
 * An append-only list of events, bounded in memory: when it is full the oldest are dropped. Of an exchange
 * only the last event is kept, under that event's number, so `since(n)` brings whatever became known after n.
 */
export class Trace {
  readonly #limits: Required<TraceLimits>;
  /** In the order of `seq`. */
  readonly #kept = new Map<number, Kept>();
  readonly #exchanges = new Map<string, number>();
  readonly #listeners = new Set<(event: TraceEvent) => void>();
  #seq = 0;
  #weight = 0;
  #dropped = 0;

  constructor({ events = 20_000, characters = 32 * 1024 * 1024 }: TraceLimits = {}) {
    this.#limits = { events, characters };
  }

  /** The number of the newest event; 0 when there was none. */
  get seq(): number {
    return this.#seq;
  }

  /** How many events were dropped for want of room. */
  get dropped(): number {
    return this.#dropped;
  }

  append(event: NewEvent): TraceEvent {
    const numbered: TraceEvent = { ...event, seq: ++this.#seq };
    if (numbered.kind === 'exchange') {
      const earlier = this.#exchanges.get(numbered.exchange.id);
      if (earlier !== undefined) this.#remove(earlier);
      this.#exchanges.set(numbered.exchange.id, numbered.seq);
    }
    const weight = weigh(numbered);
    this.#kept.set(numbered.seq, { event: numbered, weight });
    this.#weight += weight;
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#limits.events && this.#weight <= this.#limits.characters) break;
      this.#remove(oldest);
      this.#dropped++;
    }
    for (const listener of [...this.#listeners]) {
      try {
        listener(numbered);
      } catch {
        // A window that fails to draw an event must not cost the bridge its message.
      }
    }
    return numbered;
  }

  #remove(seq: number): void {
    const kept = this.#kept.get(seq);
    if (!kept) return;
    this.#kept.delete(seq);
    this.#weight -= kept.weight;
    if (kept.event.kind === 'exchange') this.#exchanges.delete(kept.event.exchange.id);
  }

  /** The events after number `seq` that are still there, oldest first. */
  since(seq = 0): TraceEvent[] {
    const events: TraceEvent[] = [];
    for (const [number, { event }] of this.#kept) if (number > seq) events.push(event);
    return events;
  }

  /** Calls `listener` with every event from now on, until the function it returns is called. */
  subscribe(listener: (event: TraceEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
