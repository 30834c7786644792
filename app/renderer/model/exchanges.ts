import type { HeaderList } from '../../../src/base/world.ts';
import type { Exchange } from '../../../src/trace/event.ts';
import type { MessageRow } from '../../../src/trace/row.ts';
import { type Entry, place } from './trace.ts';

/** Entries of one span, around an entry, that are looked through for what belongs to it. */
const NEAR = 5_000;

function* around(entries: readonly Entry[], entry: Entry, step: 1 | -1): Generator<Entry> {
  let at = place(entries, entry);
  if (at < 0) return;
  for (let count = 0; count < NEAR; count++) {
    at += step;
    const other = entries[at];
    if (!other) return;
    if (other.row.span === entry.row.span) yield other;
  }
}

/** The answer to a JSON-RPC request, or the request an answer belongs to. JSON-RPC 2.0 §5. */
export function partnerOf(entries: readonly Entry[], entry: Entry): Entry | undefined {
  const { row } = entry;
  if (row.kind !== 'message' || row.id === undefined) return undefined;
  const wanted: MessageRow['message'] | undefined =
    row.message === 'request' ? 'response' : row.message === 'response' ? 'request' : undefined;
  if (wanted === undefined) return undefined;
  for (const other of around(entries, entry, wanted === 'response' ? 1 : -1)) {
    const it = other.row;
    if (it.kind !== 'message' || it.id !== row.id) continue;
    // The same id in the same direction is another conversation.
    if (it.direction === row.direction) {
      if (it.message === row.message) return undefined;
      continue;
    }
    if (it.message === wanted) return other;
  }
  return undefined;
}

/** The chain of redirects an exchange belongs to, in order; empty when there is none. */
export function redirectsOf(entries: readonly Entry[], entry: Entry): Entry[] {
  const before: Entry[] = [];
  let here = entry;
  for (const other of around(entries, entry, -1)) {
    if (!leadsTo(other, here)) continue;
    before.unshift(other);
    here = other;
  }
  const after: Entry[] = [];
  here = entry;
  for (const other of around(entries, entry, 1)) {
    if (!leadsTo(here, other)) continue;
    after.push(other);
    here = other;
  }
  return before.length + after.length === 0 ? [] : [...before, entry, ...after];
}

function leadsTo({ row: from }: Entry, { row: to }: Entry): boolean {
  if (from.kind !== 'exchange' || to.kind !== 'exchange' || from.location === undefined) return false;
  const target = URL.parse(from.location, URL.parse(from.url)?.href);
  const reached = URL.parse(to.url);
  if (!target || !reached) return from.location === to.url;
  return (
    target.origin + target.pathname + target.search === reached.origin + reached.pathname + reached.search
  );
}

/** A value that was redacted: the name it stood under, and what it is known by. */
export interface Fingerprint {
  name: string;
  fingerprint: string;
  length: number;
}

const MARK = /\[redacted (\d+) #([0-9a-f]{6})\]/g;
/** The name before a mark, looked for at the end of a piece of this many characters. */
const NAME = /([\w.-]{1,60})"?\s*[:=]\s*"?$/;
const LONGEST_LEAD = 100;

/** The redacted values of an exchange, each once, the most telling name first found. */
export function fingerprintsOf({ request, outcome }: Exchange): Fingerprint[] {
  const found = new Map<string, Fingerprint>();
  const add = (name: string, length: string | undefined, fingerprint: string | undefined) => {
    if (fingerprint === undefined || found.has(fingerprint)) return;
    found.set(fingerprint, { name, fingerprint, length: Number(length) });
  };
  const fields = (headers: HeaderList) => {
    for (const [name, value] of headers)
      for (const [, length, fingerprint] of value.matchAll(MARK))
        add(name.toLowerCase(), length, fingerprint);
  };
  const text = (body: string) => {
    const marks = [...body.matchAll(MARK)].map(({ index, 1: length, 2: fingerprint }) => {
      const name = NAME.exec(body.slice(Math.max(0, index - LONGEST_LEAD), index))?.[1];
      return { name, length, fingerprint };
    });
    for (const { name, length, fingerprint } of marks) if (name) add(name, length, fingerprint);
    for (const { length, fingerprint } of marks) add('', length, fingerprint);
  };
  fields(request.headers);
  text(request.url);
  if (request.body) text(request.body.text);
  if (outcome.kind === 'answered') {
    fields(outcome.headers);
    if (outcome.body) text(outcome.body.text);
  }
  return [...found.values()];
}

/** The hue of a fingerprint, in degrees: equal values look alike. */
export function hueOf(fingerprint: string): number {
  return Number.parseInt(fingerprint, 16) % 360;
}
