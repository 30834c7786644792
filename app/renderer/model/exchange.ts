import { parseJson } from '../../../src/base/json.ts';
import type { Exchange, RecordedBody } from '../../../src/trace/event.ts';
import { type StreamEvent, splitEvents } from './stream-events.ts';

/** One stretch of an exchange's time. */
export interface Phase {
  name: 'dns' | 'connect' | 'tls' | 'waiting' | 'body';
  /** Milliseconds. */
  from: number;
  length: number;
}

/** Milliseconds: of the phases, and from the start to the head and to the end. */
interface Times {
  dns?: number | undefined;
  connect?: number | undefined;
  tls?: number | undefined;
  head?: number | undefined;
  end?: number | undefined;
}

/** Where the time of an exchange went, as far as it is known. */
export function phasesIn({ dns, connect, tls, head, end }: Times): Phase[] {
  const phases: Phase[] = [];
  let from = 0;
  const add = (name: Phase['name'], length: number | undefined) => {
    if (length === undefined || length <= 0) return;
    phases.push({ name, from, length });
    from += length;
  };
  add('dns', dns);
  add('connect', connect);
  add('tls', tls);
  const first = head ?? end;
  if (first !== undefined) add('waiting', first - from);
  if (head !== undefined && end !== undefined) add('body', end - Math.max(head, from));
  return phases;
}

/** The same of an exchange; a connection used again took no time. */
export function phasesOf({ connection, timing }: Exchange): Phase[] {
  if (!connection || connection.reused) return phasesIn(timing);
  const { dns, connect, tlsHandshake: tls } = connection;
  return phasesIn({ ...timing, dns, connect, tls });
}

/** What a body is to be shown as. */
export type ShownBody =
  | { kind: 'none' }
  | { kind: 'json'; value: object }
  | { kind: 'text'; text: string }
  /** An event stream, and the beginning of an event that has not ended. */
  | { kind: 'events'; events: readonly StreamEvent[]; rest: string }
  | { kind: 'form'; fields: readonly (readonly [string, string])[] }
  /** There was one, of which no text was recorded. */
  | { kind: 'unseen' };

/** A body as JSON where it is an object or a list, as events or fields where its media type says so, else as text. */
export function shownBody(body: RecordedBody | undefined, type = ''): ShownBody {
  if (!body || (body.size === 0 && body.text === '')) return { kind: 'none' };
  if (body.text === '') return { kind: 'unseen' };
  if (/^text\/event-stream/i.test(type)) return { kind: 'events', ...splitEvents(body.text) };
  if (/^application\/x-www-form-urlencoded/i.test(type) && !body.cut) {
    return { kind: 'form', fields: [...new URLSearchParams(body.text)] };
  }
  const value: unknown = body.cut ? undefined : parseJson(body.text);
  if (typeof value === 'object' && value !== null) return { kind: 'json', value };
  return { kind: 'text', text: body.text };
}

/** `401`, or the code of the fault; empty while an answer is awaited. */
export function statusOf({ outcome }: Exchange): string {
  if (outcome.kind === 'answered') return String(outcome.status);
  return outcome.kind === 'failed' ? outcome.fault.code : '';
}
