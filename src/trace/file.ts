import { Fault } from '../base/fault.ts';
import { isObject, parseJson } from '../base/json.ts';
import type { RecordedBody, TraceEvent } from './event.ts';

/** Raised when an older Keybridge could not make sense of the file. */
const VERSION = 1;

const KINDS: ReadonlySet<unknown> = new Set(['span', 'exchange', 'message', 'note']);

/** A trace as JSON Lines: a line that names the format and its version, then one event a line. */
export function* saveTrace(events: Iterable<TraceEvent>): Generator<string> {
  yield `${JSON.stringify({ keybridgeTrace: VERSION })}\n`;
  for (const event of events) yield `${JSON.stringify(event)}\n`;
}

function isEvent(value: unknown): value is TraceEvent {
  if (!isObject(value) || !KINDS.has(value.kind)) return false;
  if (typeof value.seq !== 'number' || typeof value.at !== 'number' || typeof value.span !== 'string')
    return false;
  if (value.kind === 'note') return typeof value.text === 'string';
  if (value.kind === 'span') return isObject(value.started);
  if (value.kind === 'message') return isObject(value.message);
  return isObject(value.exchange) && isObject(value.exchange.request) && isObject(value.exchange.outcome);
}

/** The version a trace's first line names; `undefined` when it is no trace. */
export function readHeader(text: string): number | undefined {
  const end = text.indexOf('\n');
  const first = end < 0 ? text : text.slice(0, end);
  const header = first.length < 1_000 ? parseJson(first) : undefined;
  return isObject(header) && typeof header.keybridgeTrace === 'number' ? header.keybridgeTrace : undefined;
}

/** What {@link loadTrace} reads, event by event. */
export function* eventsOf(text: string): Generator<TraceEvent> {
  const version = readHeader(text);
  if (version === undefined) throw new Fault('store.damaged', 'This file is not a trace of Keybridge.');
  if (version > VERSION) {
    throw new Fault('store.damaged', 'This trace was written by a newer Keybridge.', {
      remedy: 'Open it with that version.',
    });
  }
  let from = text.indexOf('\n') + 1;
  for (let line = 2; from > 0 && from < text.length; line++) {
    const end = text.indexOf('\n', from);
    // What is no JSON costs an exception, and a file may be full of line ends.
    const event: unknown = end === from ? undefined : parseJson(text.slice(from, end < 0 ? undefined : end));
    if (isEvent(event)) yield event;
    else if (end >= 0 && end > from)
      throw new Fault('store.damaged', `Line ${line} of the trace is damaged.`);
    from = end + 1;
  }
}

/**
 * Reads what {@link saveTrace} wrote. A last line that a crash broke off is passed over. Throws
 * `store.damaged` for a file that is no trace, is newer than this Keybridge, or is damaged in the middle.
 */
export function loadTrace(text: string): TraceEvent[] {
  return [...eventsOf(text)];
}

function bodiless(body: RecordedBody): RecordedBody {
  return { size: body.size, text: '', cut: body.size > 0 };
}

/** The event as it may lie on disk unless the user asks for more: sizes stay, bodies and messages go. */
export function withoutBodies(event: TraceEvent): TraceEvent {
  if (event.kind === 'message') {
    return { ...event, message: { ...event.message, text: '', cut: event.message.size > 0 } };
  }
  if (event.kind !== 'exchange') return event;
  const { exchange } = event;
  const { request, outcome } = exchange;
  return {
    ...event,
    exchange: {
      ...exchange,
      request: request.body ? { ...request, body: bodiless(request.body) } : request,
      outcome:
        outcome.kind === 'answered' && outcome.body ? { ...outcome, body: bodiless(outcome.body) } : outcome,
    },
  };
}
