import type { Exchange, ExchangeId, TraceEvent } from '../trace/event.ts';
import type { Trace } from '../trace/trace.ts';

/** The exchanges of a trace from now on, and which span each belongs to. */
export class Recording {
  readonly #exchanges = new Map<ExchangeId, Exchange>();
  readonly #bySpan = new Map<string, ExchangeId[]>();
  readonly #trace: Trace;
  readonly stop: () => void;

  constructor(trace: Trace) {
    this.#trace = trace;
    this.stop = trace.subscribe(event => this.#see(event));
  }

  /** As they are known now: of a body that has just ended the trace may know more than it has told. */
  get exchanges(): ReadonlyMap<ExchangeId, Exchange> {
    return new Map([...this.#exchanges].map(([id, each]) => [id, this.#trace.exchange(id) ?? each]));
  }

  /** Those of a span, in the order they began, but for the end of a session. */
  of(span: string): ExchangeId[] {
    return this.#bySpan.get(span) ?? [];
  }

  /** The last one made for a purpose. */
  last(purpose: Exchange['purpose']): Exchange | undefined {
    return [...this.exchanges.values()].findLast(each => each.purpose === purpose);
  }

  #see(event: TraceEvent): void {
    if (event.kind !== 'exchange') return;
    const { id, purpose } = event.exchange;
    if (purpose !== 'mcp-session-end' && !this.#exchanges.has(id))
      this.#bySpan.set(event.span, [...this.of(event.span), id]);
    this.#exchanges.set(id, event.exchange);
  }
}
