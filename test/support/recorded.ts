import type { Examination } from '../../src/checks/examination.ts';
import { fromTrace } from '../../src/doctor/from-trace.ts';
import type { Exchange, Purpose, TraceEvent } from '../../src/trace/event.ts';
import { saveTrace } from '../../src/trace/file.ts';
import { SERVER } from './examination.ts';

/** One exchange of a trace made by hand; seconds from its beginning. */
export interface Happened {
  at?: number;
  purpose?: Purpose;
  url?: string;
  method?: string;
  status?: number;
  asked?: string;
  sent?: Record<string, string>;
  answered?: string;
  headers?: Record<string, string>;
  /** Seconds that an event stream lasted before it broke off. */
  cutAfter?: number;
}

const body = (text: string) => ({ size: text.length, text, cut: false });

function exchange(one: Happened, index: number): Exchange {
  const { at = index, purpose = 'mcp', status = 200, cutAfter } = one;
  const isForm = purpose === 'token' || purpose === 'refresh';
  const { url = isForm ? 'https://as.example/token' : SERVER, method = 'POST' } = one;
  return {
    id: `e${index + 1}`,
    purpose,
    startedAt: 1_750_000_000_000 + at * 1000,
    request: {
      method,
      url,
      headers: Object.entries(one.sent ?? {}),
      ...(one.asked === undefined ? {} : { body: body(one.asked) }),
    },
    outcome: {
      kind: 'answered',
      status,
      headers: Object.entries(one.headers ?? {}),
      ...(one.answered === undefined ? {} : { body: body(one.answered) }),
      ...(cutAfter === undefined ? {} : { complete: false }),
    },
    timing: { head: 10, end: 10 + (cutAfter ?? 0.1) * 1000 },
  };
}

/** A trace as it is saved. */
export function traceText(happened: readonly Happened[]): string {
  const events = happened.map(
    (one, index): TraceEvent => ({
      seq: index + 1,
      at: 0,
      span: 's1',
      kind: 'exchange',
      exchange: exchange(one, index),
    }),
  );
  return [...saveTrace(events)].join('');
}

/** What the doctor makes of a saved trace. */
export const recordedAs = (...happened: Happened[]): Examination =>
  fromTrace(traceText(happened), new URL(SERVER));
