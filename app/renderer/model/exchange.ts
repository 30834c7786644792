import { parseJson } from '../../../src/base/json.ts';
import type { Exchange, RecordedBody } from '../../../src/trace/event.ts';

/** One stretch of an exchange's time. */
export interface Phase {
  name: 'dns' | 'connect' | 'tls' | 'waiting' | 'body';
  /** Milliseconds. */
  from: number;
  length: number;
}

/** Where the time of an exchange went, as far as it is known; a connection used again took none. */
export function phasesOf({ connection, timing }: Exchange): Phase[] {
  const { head, end } = timing;
  const phases: Phase[] = [];
  let from = 0;
  const add = (name: Phase['name'], length: number | undefined) => {
    if (length === undefined || length <= 0) return;
    phases.push({ name, from, length });
    from += length;
  };
  if (connection && !connection.reused) {
    add('dns', connection.dns);
    add('connect', connection.connect);
    add('tls', connection.tlsHandshake);
  }
  const first = head ?? end;
  if (first !== undefined) add('waiting', first - from);
  if (head !== undefined && end !== undefined) add('body', end - Math.max(head, from));
  return phases;
}

/** What a body is to be shown as. */
export type ShownBody =
  | { kind: 'none' }
  | { kind: 'json'; value: object }
  | { kind: 'text'; text: string }
  /** There was one, of which no text was recorded. */
  | { kind: 'unseen' };

/** A body as JSON where it is an object or a list, else as text. */
export function shownBody(body: RecordedBody | undefined): ShownBody {
  if (!body || (body.size === 0 && body.text === '')) return { kind: 'none' };
  if (body.text === '') return { kind: 'unseen' };
  const value: unknown = body.cut ? undefined : parseJson(body.text);
  if (typeof value === 'object' && value !== null) return { kind: 'json', value };
  return { kind: 'text', text: body.text };
}

/** `401`, or the code of the fault; empty while an answer is awaited. */
export function statusOf({ outcome }: Exchange): string {
  if (outcome.kind === 'answered') return String(outcome.status);
  return outcome.kind === 'failed' ? outcome.fault.code : '';
}
