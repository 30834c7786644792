import type { TraceBatch } from '../../../src/api/window.ts';
import type { SpanRecord, SpanTarget } from '../../../src/trace/event.ts';
import type { TraceRow } from '../../../src/trace/row.ts';

/** Rows that are kept, as many as the broker keeps events. */
const MOST = 50_000;
/** Rows the broker may have dropped before they are swept out here. */
const SWEEP = 500;
const MOST_HOSTS = 300;

/** A row in its place. A new one is made when something becomes known of an exchange. */
export interface Entry {
  row: TraceRow;
  /** The number by which it was first known: of two that began together the smaller stands first. */
  first: number;
  /** What a text is looked for in, in lower case. */
  text: string;
  host: string;
}

/** What a row is known by, whatever becomes known of it. */
export function keyOf(row: TraceRow): string {
  return row.kind === 'exchange' ? row.id : `#${row.seq}`;
}

/** The trace as a list of rows in the order in which they began, whatever the order in which they come. */
export class TraceModel {
  #entries: Entry[] = [];
  readonly #byKey = new Map<string, Entry>();
  readonly #bySeq = new Map<number, Entry>();
  readonly #spans = new Map<string, SpanRecord>();
  readonly #targets = new Map<string, SpanTarget | undefined>();
  #swept = 0;
  /** Hosts that were asked. */
  readonly hosts = new Set<string>();
  /** Older rows are still to come. */
  more = true;
  dropped = 0;

  /** In order; not to be changed. Another list after each change. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  bySeq(seq: number): Entry | undefined {
    return this.#bySeq.get(seq);
  }

  byKey(key: string): Entry | undefined {
    return this.#byKey.get(key);
  }

  /** The server a row belongs to, by its span or one around it. */
  targetOf({ row }: Entry): SpanTarget | undefined {
    return this.#targetOf(row.span);
  }

  fold({ rows, spans, more, dropped, oldest }: TraceBatch): void {
    for (const span of spans) this.#spans.set(span.id, span);
    if (spans.length > 0) this.#targets.clear();
    this.more = more;
    this.dropped = dropped;
    const fresh: Entry[] = [];
    const entries = [...this.#entries];
    for (const row of rows) {
      const key = keyOf(row);
      const earlier = this.#byKey.get(key);
      if (earlier && earlier.row.seq >= row.seq) continue;
      const entry = { row, first: earlier?.first ?? row.seq, text: textOf(row), host: this.#hostOf(row) };
      const at = earlier ? place(entries, earlier) : -1;
      if (at >= 0) entries[at] = entry;
      else {
        const waiting = earlier ? fresh.indexOf(earlier) : -1;
        if (waiting >= 0) fresh[waiting] = entry;
        else fresh.push(entry);
      }
      if (entry.host !== '' && this.hosts.size < MOST_HOSTS) this.hosts.add(entry.host);
      if (earlier) this.#bySeq.delete(earlier.row.seq);
      this.#byKey.set(key, entry);
      this.#bySeq.set(row.seq, entry);
    }
    this.#entries = merge(entries, fresh.sort(compare));
    this.#sweep(oldest);
  }

  #sweep(oldest: number): void {
    if (oldest - this.#swept < SWEEP && this.#entries.length <= MOST) return;
    this.#swept = oldest;
    const kept = this.#entries.filter(({ row }) => row.seq >= oldest);
    const rest = kept.slice(Math.max(0, kept.length - MOST));
    if (rest.length === this.#entries.length) return;
    const stays = new Set(rest);
    for (const entry of this.#entries) {
      if (stays.has(entry)) continue;
      this.#bySeq.delete(entry.row.seq);
      this.#byKey.delete(keyOf(entry.row));
    }
    this.#entries = rest;
  }

  #targetOf(span: string): SpanTarget | undefined {
    if (this.#targets.has(span)) return this.#targets.get(span);
    const seen = new Set<string>();
    let target: SpanTarget | undefined;
    for (let id: string | undefined = span; id !== undefined && !seen.has(id) && !target; ) {
      seen.add(id);
      target = this.#spans.get(id)?.target;
      id = this.#spans.get(id)?.parent;
    }
    this.#targets.set(span, target);
    return target;
  }

  #hostOf(row: TraceRow): string {
    if (row.kind === 'exchange') return hostIn(row.url);
    const target = this.#targetOf(row.span);
    return target ? hostIn(target.server) : '';
  }
}

function hostIn(url: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(url)?.[1] ?? '';
}

function textOf(row: TraceRow): string {
  switch (row.kind) {
    case 'note':
      return row.text.toLowerCase();
    case 'message':
      return `${row.method ?? ''} ${row.message} ${row.id ?? ''}`.toLowerCase();
    case 'exchange':
      return `${row.method} ${row.url} ${row.purpose} ${row.status ?? row.fault ?? ''} ${row.rpc ?? ''} ${row.token ? `#${row.token}` : ''}`.toLowerCase();
  }
}

function compare(one: Entry, other: Entry): number {
  return one.row.at - other.row.at || one.first - other.first;
}

/** Where an entry stands in a sorted list; -1 when it is not in it. */
export function place(entries: readonly Entry[], entry: Entry): number {
  let low = 0;
  let high = entries.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const order = compare(entries[middle] as Entry, entry);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

function merge(entries: Entry[], fresh: Entry[]): Entry[] {
  const [first] = fresh;
  const last = entries.at(-1);
  if (!first) return entries;
  if (!last || compare(last, first) <= 0) {
    for (const entry of fresh) entries.push(entry);
    return entries;
  }
  const merged: Entry[] = [];
  let at = 0;
  for (const entry of entries) {
    for (let next = fresh[at]; next && compare(next, entry) < 0; next = fresh[++at]) merged.push(next);
    merged.push(entry);
  }
  for (; at < fresh.length; at++) merged.push(fresh[at] as Entry);
  return merged;
}
