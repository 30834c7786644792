import type { Exchange, ExchangeId, TraceEvent } from './event.ts';
import { weigh } from './weigh.ts';

export interface TraceLimits {
  /** Events kept at once. */
  events?: number;
  /** Weight kept at once; what weighs three bytes takes about four of memory. See `weigh`. */
  size?: number;
  /** Weight that may be of one server. */
  sizeOfOne?: number;
}

/** An event before it has its place in the list. */
export type NewEvent = TraceEvent extends infer E ? (E extends TraceEvent ? Omit<E, 'seq'> : never) : never;

/** Beginnings of spans that are remembered beyond the list, so that what comes late still has its place. */
const MOST_SPANS = 5_000;
/** Holes in the list beyond which it is made anew without them, where they are also most of it. */
const MOST_HOLES = 1_000;

interface Kept {
  readonly seq: number;
  /** Given back at once when it is removed. */
  event: TraceEvent | undefined;
  weight: number;
  owner: Owner;
  isGone: boolean;
}

/** Those events are one server's, or nobody's in particular. */
interface Owner {
  weight: number;
  /** In the order of their numbers; those before `oldest` are gone. */
  kept: Kept[];
  oldest: number;
}

/**
 * An append-only list of events, bounded in memory: when it is full the oldest are dropped, and when a server
 * has filled its part, the oldest of that server's. Of an exchange only the last event is kept, under that
 * event's number, so `since(n)` brings whatever became known after n.
 */
export class Trace {
  readonly #limits: Required<TraceLimits>;
  /** By number. What was removed is marked, and taken out now and then. */
  #list: Kept[] = [];
  #holes = 0;
  /** Before this place in the list there are only holes. */
  #begin = 0;
  #oldest = 1;
  readonly #exchanges = new Map<string, Kept>();
  /** Spans that began before what is still kept. */
  readonly #spans = new Map<string, TraceEvent>();
  /** Whose each span is. */
  readonly #owners = new Map<string, Owner>();
  readonly #servers = new Map<string, Owner>();
  readonly #nobody: Owner = { weight: 0, kept: [], oldest: 0 };
  /** Exchanges whose bodies are still read, with what they are so far. */
  readonly #running = new Map<ExchangeId, () => Exchange>();
  readonly #listeners = new Set<(event: TraceEvent) => void>();
  #seq = 0;
  #weight = 0;
  #dropped = 0;

  constructor({ events = 50_000, size = 64 * 1024 * 1024, sizeOfOne = 16 * 1024 * 1024 }: TraceLimits = {}) {
    this.#limits = { events, size, sizeOfOne };
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
    const owner = this.#ownerOf(numbered);
    const kept: Kept = { seq: numbered.seq, event: numbered, weight: weigh(numbered), owner, isGone: false };
    if (numbered.kind === 'exchange') {
      const earlier = this.#exchanges.get(numbered.exchange.id);
      if (earlier) this.#remove(earlier);
      this.#exchanges.set(numbered.exchange.id, kept);
    }
    this.#list.push(kept);
    owner.kept.push(kept);
    owner.weight += kept.weight;
    this.#weight += kept.weight;
    this.#makeRoom(owner);
    for (const listener of [...this.#listeners]) {
      try {
        listener(numbered);
      } catch {
        // A window that fails to draw an event must not cost the bridge its message.
      }
    }
    return numbered;
  }

  /** A span belongs to the server it names, else to that of the span around it. */
  #ownerOf(event: TraceEvent): Owner {
    if (event.kind !== 'span') return this.#owners.get(event.span) ?? this.#nobody;
    const { target, parent = '' } = event.started;
    const owner = target ? this.#server(target.server) : (this.#owners.get(parent) ?? this.#nobody);
    this.#owners.set(event.span, owner);
    return owner;
  }

  #server(url: string): Owner {
    const origin = URL.parse(url)?.origin ?? url;
    let owner = this.#servers.get(origin);
    if (!owner) {
      owner = { weight: 0, kept: [], oldest: 0 };
      this.#servers.set(origin, owner);
    }
    return owner;
  }

  #remove(kept: Kept): void {
    if (kept.isGone) return;
    kept.isGone = true;
    this.#holes++;
    this.#weight -= kept.weight;
    kept.owner.weight -= kept.weight;
    const { event } = kept;
    kept.event = undefined;
    if (event?.kind === 'exchange' && this.#exchanges.get(event.exchange.id) === kept) {
      this.#exchanges.delete(event.exchange.id);
    }
  }

  #drop(kept: Kept): void {
    const { event } = kept;
    this.#dropped++;
    if (event?.kind === 'exchange') this.#running.delete(event.exchange.id);
    this.#remove(kept);
    if (event?.kind !== 'span') return;
    this.#spans.set(event.span, event);
    if (this.#spans.size <= MOST_SPANS) return;
    for (const first of this.#spans.keys()) {
      this.#spans.delete(first);
      this.#owners.delete(first);
      return;
    }
  }

  /** Drops the oldest until the rest is within the limits. */
  #makeRoom(owner: Owner): void {
    const { events, size, sizeOfOne } = this.#limits;
    while (owner.weight > sizeOfOne && owner.oldest < owner.kept.length) {
      const oldest = owner.kept[owner.oldest++] as Kept;
      if (!oldest.isGone) this.#drop(oldest);
    }
    while (this.#list.length - this.#holes > events || this.#weight > size) {
      const oldest = this.#list[this.#begin++] as Kept;
      if (!oldest.isGone) this.#drop(oldest);
    }
    while (this.#list[this.#begin]?.isGone) this.#begin++;
    this.#oldest = this.#list[this.#begin]?.seq ?? this.#seq + 1;
    // Now and then, so that what was removed costs nothing more.
    if (this.#holes < MOST_HOLES || this.#holes < this.#list.length / 2) return;
    this.#list = this.#list.filter(({ isGone }) => !isGone);
    this.#holes = 0;
    this.#begin = 0;
    for (const each of [this.#nobody, ...this.#servers.values()]) {
      each.kept = each.kept.filter(({ isGone }) => !isGone);
      each.oldest = 0;
    }
  }

  /** The place in the list of the first event with this number or a greater one. */
  #place(seq: number): number {
    let low = this.#begin;
    let high = this.#list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#list[middle] as Kept).seq < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The events after number `seq` that are still there, oldest first; the first `most` of them. */
  since(seq = 0, most = Number.POSITIVE_INFINITY): TraceEvent[] {
    const found: TraceEvent[] = [];
    for (let at = this.#place(seq + 1); at < this.#list.length && found.length < most; at++) {
      const kept = this.#list[at] as Kept;
      if (kept.event) found.push(kept.event);
    }
    return found;
  }

  /** The last `most` events before number `seq` that are still there, oldest first. */
  before(seq: number, most: number): TraceEvent[] {
    const found: TraceEvent[] = [];
    for (let at = this.#place(seq) - 1; at >= this.#begin && found.length < most; at--) {
      const kept = this.#list[at] as Kept;
      if (kept.event) found.push(kept.event);
    }
    return found.reverse();
  }

  /** An event as it is known now. `undefined` when it was dropped, or gave way to a later one. */
  event(seq: number): TraceEvent | undefined {
    const kept = this.#list[this.#place(seq)];
    const event = kept?.seq === seq ? kept.event : undefined;
    if (event?.kind !== 'exchange') return event;
    return { ...event, exchange: this.#running.get(event.exchange.id)?.() ?? event.exchange };
  }

  /** An exchange as it is known now, what has come of a body that still runs included. */
  exchange(id: ExchangeId): Exchange | undefined {
    const kept = this.#exchanges.get(id);
    const event = kept && this.event(kept.seq);
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
