import type { Dialled, DialRequest, HeaderList } from '../../src/base/world.ts';
import type { Exchange, TraceEvent } from '../../src/trace/event.ts';
import { openTrace, type TraceOptions } from '../../src/trace/record.ts';
import type { Trace } from '../../src/trace/trace.ts';

/** What a server in memory answers. */
export interface Answer {
  status?: number;
  headers?: HeaderList;
  body?: ReadableStream<Uint8Array> | string | null;
}

export function answered({ status = 200, headers = [], body = null }: Answer): Dialled {
  return {
    response: new Response(body as BodyInit | null, {
      status,
      headers: headers.map(([name, value]) => [name, value] as [string, string]),
    }),
    headers,
    connection: { address: '192.0.2.7', family: 4, reused: false, connect: 3 },
  };
}

/** A recorder over a dial function, with a clock that is turned by hand. */
export function recording(
  dial: (request: DialRequest) => Dialled | Promise<Dialled>,
  options?: TraceOptions,
) {
  const clock = { now: 1_000 };
  const opened = openTrace({ dial: async request => dial(request), now: () => clock.now }, options);
  return { ...opened, clock };
}

/** The last state of the one exchange a trace holds. */
export function theExchange(trace: Trace): Exchange {
  const events = trace.since().filter(event => event.kind === 'exchange');
  const [event] = events;
  if (events.length !== 1 || event?.kind !== 'exchange') throw new Error(`${events.length} exchanges`);
  return event.exchange;
}

export function kinds(events: readonly TraceEvent[]): string[] {
  return events.map(event => (event.kind === 'exchange' ? event.exchange.outcome.kind : event.kind));
}
