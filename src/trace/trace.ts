import type { Exchange, ExchangeId, TraceEvent } from './event.ts';
import { weigh } from './weigh.ts';

export interface TraceLimits {
  /** Events kept at once. */
  events?: number;
  /** Characters of text kept at once. */
  characters?: number;
}

/** An event before it has its place in the list. */
export type NewEvent = TraceEvent extends infer E ? (E extends TraceEvent ? Omit<E, 'seq'> : never) : never;

/** Beginnings of spans that are remembered beyond the list, so that what comes late still has its place. */
const MOST_SPANS = 5_000;

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
  /** By number, beginning with `#first`; what was removed has left a hole. Before `#oldest` there are only holes. */
  readonly #kept: (Kept | undefined)[] = [];
  #first = 1;
  #oldest = 1;
  /** How many are no holes. */
  #size = 0;
  readonly #exchanges = new Map<string, number>();
  /** Spans that began before what is still kept. */
  readonly #spans = new Map<string, TraceEvent>();
  /** Exchanges whose bodies are still read, with what they are so far. */
  readonly #running = new Map<ExchangeId, () => Exchange>();
  readonly #listeners = new Set<(event: TraceEvent) => void>();
  #seq = 0;
  #weight = 0;
  #dropped = 0;

  constructor({ events = 50_000, characters = 32 * 1024 * 1024 }: TraceLimits = {}) {
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

  /** No event before this number is kept. */
  get oldest(): number {
    return this.#oldest;
  }

  /** Beginnings of spans that are no longer in the list, the newest few thousand. */
  get formerSpans(): TraceEvent[] {
    return [...this.#spans.values()];
  }

  append(event: NewEvent): TraceEvent {
    const numbered: TraceEvent = { ...event, seq: ++this.#seq };
    if (numbered.kind === 'exchange') {
      const earlier = this.#exchanges.get(numbered.exchange.id);
      if (earlier !== undefined) this.#remove(earlier);
      this.#exchanges.set(numbered.exchange.id, numbered.seq);
    }
    const weight = weigh(numbered);
    this.#kept.push({ event: numbered, weight });
    this.#size++;
    this.#weight += weight;
    this.#makeRoom();
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
    const kept = this.#kept[seq - this.#first];
    if (!kept) return;
    this.#kept[seq - this.#first] = undefined;
    this.#size--;
    this.#weight -= kept.weight;
    if (kept.event.kind === 'exchange') this.#exchanges.delete(kept.event.exchange.id);
  }

  #forget({ event }: Kept): void {
    this.#dropped++;
    if (event.kind === 'exchange') this.#running.delete(event.exchange.id);
    if (event.kind !== 'span') return;
    this.#spans.set(event.span, event);
    if (this.#spans.size <= MOST_SPANS) return;
    for (const first of this.#spans.keys()) {
      this.#spans.delete(first);
      return;
    }
  }

  /** Drops the oldest until the rest is within the limits. */
  #makeRoom(): void {
    while (this.#size > this.#limits.events || this.#weight > this.#limits.characters) {
      const oldest = this.#kept[this.#oldest - this.#first];
      if (oldest) this.#forget(oldest);
      this.#remove(this.#oldest++);
    }
    // Now and then, so that what is dropped costs nothing more.
    if (this.#oldest - this.#first < this.#limits.events) return;
    this.#kept.splice(0, this.#oldest - this.#first);
    this.#first = this.#oldest;
  }

  /** The events after number `seq` that are still there, oldest first; the first `most` of them. */
  since(seq = 0, most = Number.POSITIVE_INFINITY): TraceEvent[] {
    const found: TraceEvent[] = [];
    const from = Math.max(0, seq + 1 - this.#first);
    for (let at = from; at < this.#kept.length && found.length < most; at++) {
      const kept = this.#kept[at];
      if (kept) found.push(kept.event);
    }
    return found;
  }

  /** The last `most` events before number `seq` that are still there, oldest first. */
  before(seq: number, most: number): TraceEvent[] {
    const found: TraceEvent[] = [];
    for (let at = Math.min(seq - this.#first, this.#kept.length) - 1; at >= 0 && found.length < most; at--) {
      const kept = this.#kept[at];
      if (kept) found.push(kept.event);
    }
    return found.reverse();
  }

  /** An event as it is known now. `undefined` when it was dropped, or gave way to a later one. */
  event(seq: number): TraceEvent | undefined {
    const event = this.#kept[seq - this.#first]?.event;
    if (event?.kind !== 'exchange') return event;
    return { ...event, exchange: this.#running.get(event.exchange.id)?.() ?? event.exchange };
  }

  /** An exchange as it is known now, what has come of a body that still runs included. */
  exchange(id: ExchangeId): Exchange | undefined {
    const seq = this.#exchanges.get(id);
    const event = seq === undefined ? undefined : this.event(seq);
    return event?.kind === 'exchange' ? event.exchange : undefined;
  }

  /** While its body is read, an exchange is asked for with `look`. */
  letLook(id: ExchangeId, look: () => Exchange): void {
    this.#running.set(id, look);
  }

  stopLooking(id: ExchangeId): void {
    this.#running.delete(id);
  }

  /** Calls `listener` with every event from now on, until the function it returns is called. */
  subscribe(listener: (event: TraceEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
