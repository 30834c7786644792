import type { TraceBatch } from '../api/window.ts';
import { Fault } from '../base/fault.ts';
import type { World } from '../base/world.ts';
import { toCurl } from '../trace/curl.ts';
import type { Exchange, ExchangeId, TraceEvent } from '../trace/event.ts';
import { save, type TraceForm } from '../trace/save.ts';
import { searchFor } from '../trace/search.ts';
import type { Trace } from '../trace/trace.ts';
import { streamRows } from './trace-stream.ts';

/** Milliseconds of work at a time, and of rest after it: the bridges share this thread. */
const SLICE = 8;
const REST = 2;
/** Events that are looked at between two looks at the clock. */
const STEP = 20;
/** Characters of one piece of a file. */
const PIECE = 256 * 1024;

interface Around {
  broker: { recorded: Trace };
  world: Pick<World, 'sleep'>;
  version: string;
}

/** The broker's trace for windows: rows as they come, whole events when they are asked for. */
export class TraceRoom {
  readonly #trace: Trace;
  readonly #world: Pick<World, 'sleep'>;
  readonly #version: string;

  constructor({ broker, world, version }: Around) {
    this.#trace = broker.recorded;
    this.#world = world;
    this.#version = version;
  }

  events(): AsyncIterable<TraceBatch> {
    return streamRows(this.#trace, this.#world);
  }

  async event(seq: number): Promise<TraceEvent | undefined> {
    return this.#trace.event(seq);
  }

  async exchange(id: ExchangeId): Promise<Exchange | undefined> {
    return this.#trace.exchange(id);
  }

  async search(text: string): Promise<number[]> {
    if (text === '') return [];
    const matches = searchFor(text);
    const found: number[] = [];
    let from = this.#trace.seq + 1;
    let began = performance.now();
    for (;;) {
      const events = this.#trace.before(from, STEP);
      const [first] = events;
      if (!first) return found;
      from = first.seq;
      for (const event of events.reverse()) if (matches(event)) found.push(event.seq);
      began = await this.#rest(began);
    }
  }

  async *export(form: TraceForm, seqs?: readonly number[]): AsyncGenerator<string, void> {
    let piece = '';
    let began = performance.now();
    for (const text of save(form, this.#chosen(seqs), this.#version)) {
      piece += text;
      if (piece.length >= PIECE) {
        yield piece;
        piece = '';
      }
      began = await this.#rest(began);
    }
    if (piece !== '') yield piece;
  }

  /** The events of a file, with the spans they belong to. */
  #chosen(seqs: readonly number[] | undefined): readonly TraceEvent[] {
    const former = this.#trace.formerSpans;
    if (!seqs) return [...former, ...this.#trace.since()];
    const wanted = new Set(seqs);
    const events = this.#trace.since().filter(event => event.kind === 'span' || wanted.has(event.seq));
    return [...former, ...events];
  }

  async curl(id: ExchangeId): Promise<string> {
    const exchange = this.#trace.exchange(id);
    if (!exchange) throw new Fault('usage.flag', 'This exchange is no longer in the trace.');
    return toCurl(exchange);
  }

  /** Lets others have the thread when a slice is over. Resolves with when this one began. */
  async #rest(began: number): Promise<number> {
    if (performance.now() - began < SLICE) return began;
    await this.#world.sleep(REST);
    return performance.now();
  }
}
