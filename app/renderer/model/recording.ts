import { Fault } from '../../../src/base/fault.ts';
import { toCurl } from '../../../src/trace/curl.ts';
import type { Exchange, ExchangeId, TraceEvent } from '../../../src/trace/event.ts';
import { readRecording } from '../../../src/trace/recording.ts';
import { toRow } from '../../../src/trace/row.ts';
import { save } from '../../../src/trace/save.ts';
import { searchFor } from '../../../src/trace/search.ts';
import { TraceModel } from './trace.ts';
import type { TraceSource } from './trace-source.ts';
import type { Pace } from './trace-view.ts';

/** Milliseconds of reading at a time. */
const SLICE = 8;

/** Does work in slices, so that the window stays quick beside it. */
async function* inSlices<T>(items: Iterable<T>, { now, rest }: Pace): AsyncGenerator<T> {
  let began = now();
  for (const item of items) {
    yield item;
    if (now() - began < SLICE) continue;
    await rest();
    began = now();
  }
}

/** A file that was opened: its rows, and where they come from. It never leaves the window. Throws `store.damaged`. */
export async function openRecording(
  text: string,
  version: string,
  pace: Pace,
): Promise<{ model: TraceModel; source: TraceSource }> {
  const events = new Map<number, TraceEvent>();
  const exchanges = new Map<ExchangeId, Exchange>();
  for await (const event of inSlices(readRecording(text), pace)) {
    const seq = events.has(event.seq) ? events.size + 1_000_000 : event.seq;
    events.set(seq, { ...event, seq });
    if (event.kind === 'exchange') exchanges.set(event.exchange.id, event.exchange);
  }
  const model = new TraceModel();
  const all = [...events.values()];
  model.fold({
    rows: all.flatMap(event => toRow(event) ?? []),
    spans: all.flatMap(event => (event.kind === 'span' ? [event.started] : [])),
    ...{ more: false, dropped: 0, oldest: 0 },
  });
  return { model, source: source(events, exchanges, version, pace) };
}

function source(
  events: ReadonlyMap<number, TraceEvent>,
  exchanges: ReadonlyMap<ExchangeId, Exchange>,
  version: string,
  pace: Pace,
): TraceSource {
  return {
    event: async seq => events.get(seq),
    exchange: async id => exchanges.get(id),
    search: async text => {
      const matches = searchFor(text);
      const found: number[] = [];
      for await (const event of inSlices(events.values(), pace)) if (matches(event)) found.push(event.seq);
      return found;
    },
    save: (form, seqs) => {
      const wanted = seqs && new Set(seqs);
      const all = [...events.values()];
      const chosen = wanted ? all.filter(({ kind, seq }) => kind === 'span' || wanted.has(seq)) : all;
      return inSlices(save(form, chosen, version), pace);
    },
    curl: async id => {
      const exchange = exchanges.get(id);
      if (!exchange) throw new Fault('usage.flag', 'This exchange is not in the file.');
      return toCurl(exchange);
    },
  };
}
