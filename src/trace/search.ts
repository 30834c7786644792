import type { HeaderList } from '../base/world.ts';
import type { TraceEvent } from './event.ts';

/** Characters of what is searched for. */
const LONGEST = 200;

/** A test of events for a text, whatever its case: in URLs, header fields, bodies, messages and notes. */
export function searchFor(text: string): (event: TraceEvent) => boolean {
  const escaped = text.slice(0, LONGEST).replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  const pattern = new RegExp(escaped, 'i');
  return event => {
    for (const each of textsOf(event)) if (pattern.test(each)) return true;
    return false;
  };
}

function* textsOf(event: TraceEvent): Generator<string> {
  switch (event.kind) {
    case 'span':
      return;
    case 'note':
      yield event.text;
      return;
    case 'message':
      yield event.message.text;
      return;
    case 'exchange': {
      const { request, outcome } = event.exchange;
      yield `${request.method} ${request.url}`;
      yield* fieldsOf(request.headers);
      if (request.body) yield request.body.text;
      if (outcome.kind === 'failed') yield `${outcome.fault.code} ${outcome.fault.message}`;
      if (outcome.kind !== 'answered') return;
      yield* fieldsOf(outcome.headers);
      if (outcome.body) yield outcome.body.text;
    }
  }
}

function* fieldsOf(headers: HeaderList): Generator<string> {
  for (const [name, value] of headers) yield `${name}: ${value}`;
}
