import type { TraceBatch, TraceForm } from '../api/window.ts';
import { Feed } from '../base/feed.ts';
import type { Exchange, ExchangeId, TraceEvent } from '../trace/event.ts';
import { withoutBodies } from '../trace/file.ts';
import type { Trace } from '../trace/trace.ts';
import { notBuilt } from './not-built.ts';
import type { Surroundings } from './surroundings.ts';

/** The broker's trace for windows: rows without bodies as they come, whole events when they are asked for. */
export class TraceRoom {
  readonly #trace: Trace;

  constructor({ broker }: Pick<Surroundings, 'broker'>) {
    this.#trace = broker.recorded;
  }

  events(): AsyncIterable<TraceBatch> {
    const feed: Feed<TraceBatch> = new Feed(() => stop());
    feed.push({ events: this.#trace.since().map(withoutBodies), more: false, dropped: this.#trace.dropped });
    const stop = this.#trace.subscribe(event =>
      feed.push({ events: [withoutBodies(event)], more: false, dropped: this.#trace.dropped }),
    );
    return feed;
  }

  async event(seq: number): Promise<TraceEvent | undefined> {
    const [event] = this.#trace.since(seq - 1);
    return event?.seq === seq ? event : undefined;
  }

  async exchange(id: ExchangeId): Promise<Exchange | undefined> {
    const event = this.#trace.since().findLast(each => each.kind === 'exchange' && each.exchange.id === id);
    return event?.kind === 'exchange' ? event.exchange : undefined;
  }

  search(_text: string): Promise<number[]> {
    return notBuilt();
  }

  export(_form: TraceForm, _seqs?: readonly number[]): Promise<string> {
    return notBuilt();
  }

  curl(_id: ExchangeId): Promise<string> {
    return notBuilt();
  }

  read(_text: string): Promise<TraceEvent[]> {
    return notBuilt();
  }
}
