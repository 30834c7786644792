import { Fault } from '../base/fault.ts';
import { isObject, type JsonObject, parseJson } from '../base/json.ts';
import type { TraceEvent } from './event.ts';
import { eventsOf, readHeader } from './file.ts';
import { readHar } from './har-reader.ts';
import { createRedactor, type Redactor } from './redact.ts';
import { toEvent } from './whole-event.ts';

/** Characters of a file that is opened, and events that are read of it. */
const LONGEST = 64 * 1024 * 1024;
const MOST = 50_000;

/**
 * A saved trace of Keybridge's, or an HTTP Archive of any program, event by event, so that a long file can be
 * read in slices. Whatever it says is bounded and redacted. Throws `store.damaged` for what is neither.
 */
export function* readRecording(text: string): Generator<TraceEvent> {
  if (text.length > LONGEST) {
    throw new Fault('store.damaged', 'This file is longer than a trace that Keybridge opens.', {
      remedy: 'Save fewer requests into it.',
    });
  }
  const log = archiveIn(text);
  const redactor = createRedactor();
  let count = 0;
  for (const event of log ? ofArchive(log) : ofTrace(text, redactor)) {
    yield event;
    if (++count >= MOST) return;
  }
}

/** The log of an HTTP Archive, which is one object; a trace is a line for each event. */
function archiveIn(text: string): JsonObject | undefined {
  if (readHeader(text) !== undefined) return undefined;
  const har = parseJson(text);
  if (isObject(har) && isObject(har.log) && Array.isArray(har.log.entries)) return har.log;
  throw new Fault('store.damaged', 'This file is neither a trace of Keybridge nor an HTTP Archive.', {
    remedy: 'Open what was saved as a trace or as HAR, by Keybridge or by a browser.',
  });
}

function* ofArchive(log: JsonObject): Generator<TraceEvent> {
  let seq = 0;
  for (const { exchange, span } of readHar(log)) {
    yield { kind: 'exchange', seq: ++seq, at: exchange.startedAt, span, exchange };
  }
}

function* ofTrace(text: string, redactor: Redactor): Generator<TraceEvent> {
  for (const event of eventsOf(text)) yield toEvent(event as unknown as JsonObject, redactor);
}
