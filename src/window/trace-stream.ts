import type { TraceBatch } from '../api/window.ts';
import type { World } from '../base/world.ts';
import type { TraceEvent } from '../trace/event.ts';
import { toRow } from '../trace/row.ts';
import type { Trace } from '../trace/trace.ts';

/** Rows of the first batch, which a window waits for, and of the others. */
const FIRST = 200;
const MOST = 1_000;
/** Milliseconds between two batches: what happens meanwhile comes together, and the bridges get their turn. */
const PAUSE = 60;

/**
 * A trace for one window: the newest rows, then older ones, then what happens. What has not been sent is not
 * kept here but read from the trace when the window asks for more, so a slow window costs no memory.
 */
export function streamRows(trace: Trace, { sleep }: Pick<World, 'sleep'>): AsyncIterableIterator<TraceBatch> {
  const over = new AbortController();
  const batches = rows(trace, sleep, over.signal);
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => batches.next(),
    return: () => {
      // A generator's own return would wait behind its sleep.
      over.abort();
      return batches.return(undefined);
    },
  };
}

async function* rows(
  trace: Trace,
  sleep: World['sleep'],
  over: AbortSignal,
): AsyncGenerator<TraceBatch, void> {
  let newest = trace.seq;
  /** Everything between this and `newest` was taken. */
  let oldest = newest + 1;
  const takeOlder = (most: number): TraceEvent[] => {
    const events = trace.before(oldest, most);
    oldest = events[0]?.seq ?? 0;
    return events;
  };
  const batch = (events: readonly TraceEvent[]): TraceBatch => ({
    rows: events.flatMap(event => toRow(event) ?? []),
    spans: events.flatMap(event => (event.kind === 'span' ? [event.started] : [])),
    more: trace.before(oldest, 1).length > 0,
    dropped: trace.dropped,
    oldest: trace.oldest,
  });

  yield batch([...trace.formerSpans, ...takeOlder(FIRST)]);
  while (!over.aborted) {
    await sleep(PAUSE, over).catch(() => {});
    const latest = trace.since(newest, MOST);
    newest = latest.at(-1)?.seq ?? newest;
    const older = takeOlder(MOST);
    if (latest.length + older.length > 0) yield batch([...older, ...latest]);
    else await something(trace, newest, over);
  }
}

/** Resolves at the next event, or when nobody listens any longer. */
async function something(trace: Trace, after: number, over: AbortSignal): Promise<void> {
  if (trace.seq > after || over.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = trace.subscribe(() => resolve());
  const gone = () => resolve();
  over.addEventListener('abort', gone);
  await promise;
  stop();
  over.removeEventListener('abort', gone);
}
