import type { WindowApi } from '../../../src/api/window.ts';
import type { Exchange, ExchangeId, TraceEvent } from '../../../src/trace/event.ts';
import type { TraceForm } from '../../../src/trace/save.ts';

/** Where whole events come from: Keybridge's own process, or a file that was opened. */
export interface TraceSource {
  event(seq: number): Promise<TraceEvent | undefined>;
  exchange(id: ExchangeId): Promise<Exchange | undefined>;
  search(text: string): Promise<number[]>;
  save(form: TraceForm, seqs?: readonly number[]): AsyncIterable<string>;
  curl(id: ExchangeId): Promise<string>;
}

export function liveSource(api: WindowApi): TraceSource {
  return {
    event: seq => api.event(seq),
    exchange: id => api.exchange(id),
    search: text => api.search(text),
    save: (form, seqs) => api.exportTrace(form, seqs),
    curl: id => api.curl(id),
  };
}
