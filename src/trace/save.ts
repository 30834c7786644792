import type { TraceEvent } from './event.ts';
import { saveTrace } from './file.ts';
import { saveHar } from './har.ts';
import { saveMarkdown } from './markdown.ts';

/** The forms a trace is saved in. */
export type TraceForm = 'trace' | 'har' | 'markdown';

/** Events as a file, in pieces: Keybridge's own trace, an HTTP Archive, or Markdown. */
export function save(form: TraceForm, events: Iterable<TraceEvent>, version: string): Generator<string> {
  if (form === 'har') return saveHar(events, version);
  if (form === 'markdown') return saveMarkdown(events, version);
  return saveTrace(events);
}
