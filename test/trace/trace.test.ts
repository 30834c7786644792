import { describe, expect, it } from 'vitest';
import type { Exchange, TraceEvent } from '../../src/trace/event.ts';
import { Trace } from '../../src/trace/trace.ts';

const note = (text: string) => ({ kind: 'note', at: 0, span: 's1', text }) as const;

function exchange(id: string, outcome: Exchange['outcome'] = { kind: 'pending' }) {
  const request = { method: 'GET', url: 'https://a.example/', headers: [] };
  const one: Exchange = { id, purpose: 'probe', startedAt: 0, request, outcome, timing: {} };
  return { kind: 'exchange', at: 0, span: 's1', exchange: one } as const;
}

const texts = (trace: Trace) => trace.since().map(event => (event.kind === 'note' ? event.text : event.kind));

describe('a trace', () => {
  it('numbers its events and hands back those after a number', () => {
    const trace = new Trace();
    for (const text of ['a', 'b', 'c']) trace.append(note(text));
    expect(trace.since().map(event => event.seq)).toEqual([1, 2, 3]);
    expect(trace.since(2)).toEqual([{ ...note('c'), seq: 3 }]);
    expect(trace.since(3)).toEqual([]);
    expect(trace.seq).toBe(3);
  });

  it('keeps only what was last known of an exchange', () => {
    const trace = new Trace();
    trace.append(exchange('x1'));
    trace.append(exchange('x2'));
    trace.append(exchange('x1', { kind: 'answered', status: 200, headers: [] }));
    expect(trace.since().map(event => event.seq)).toEqual([2, 3]);
    expect(trace.since(2)).toMatchObject([{ exchange: { id: 'x1', outcome: { kind: 'answered' } } }]);
    expect(trace.dropped).toBe(0);
  });

  it('drops the oldest beyond its number of events and counts them', () => {
    const trace = new Trace({ events: 3 });
    for (const text of ['a', 'b', 'c', 'd', 'e']) trace.append(note(text));
    expect(texts(trace)).toEqual(['c', 'd', 'e']);
    expect(trace.dropped).toBe(2);
  });

  it('keeps the newest and the order however much it has dropped', () => {
    const trace = new Trace({ events: 5 });
    let expected: TraceEvent[] = [];
    let dropped = 0;
    for (let n = 0; n < 200; n++) {
      const event = trace.append(n % 3 === 0 ? note(`${n}`) : exchange(`x${n % 7}`));
      const id = event.kind === 'exchange' ? event.exchange.id : '';
      const others = expected.filter(each => each.kind !== 'exchange' || each.exchange.id !== id);
      expected = [...others, event].slice(-5);
      dropped += others.length + 1 - expected.length;
      expect(trace.since()).toEqual(expected);
      expect(trace.since(n - 1)).toEqual(expected.filter(({ seq }) => seq > n - 1));
      expect(trace.dropped).toBe(dropped);
    }
  });

  it('drops the oldest beyond its amount of text', () => {
    const trace = new Trace({ size: 10_000 });
    for (let n = 0; n < 20; n++) trace.append(note(String(n).padEnd(1_000, '.')));
    expect(trace.since().length).toBeLessThan(10);
    expect(trace.since().length + trace.dropped).toBe(20);
    expect(texts(trace).at(-1)).toMatch(/^19\./);
  });

  it('gives back the room of what was superseded', () => {
    const trace = new Trace({ size: 40_000 });
    trace.append(note('first'));
    for (let n = 0; n < 100; n++) {
      const text = 'x'.repeat(5_000);
      trace.append(
        exchange('x1', { kind: 'answered', status: 200, headers: [], body: { size: 1, text, cut: false } }),
      );
    }
    expect(texts(trace)).toEqual(['first', 'exchange']);
  });

  it('tells listeners of each event until they have enough', () => {
    const trace = new Trace();
    const heard: number[] = [];
    const stop = trace.subscribe(event => heard.push(event.seq));
    trace.append(exchange('x1'));
    trace.append(exchange('x1'));
    stop();
    trace.append(note('unheard'));
    expect(heard).toEqual([1, 2]);
  });

  it('goes on recording when a listener fails', () => {
    const trace = new Trace();
    const heard: number[] = [];
    trace.subscribe(() => {
      throw new Error('a broken window');
    });
    trace.subscribe(event => heard.push(event.seq));
    trace.append(note('a'));
    expect(heard).toEqual([1]);
    expect(texts(trace)).toEqual(['a']);
  });
});

describe('the part of one server', () => {
  const span = (id: string, parent: string | undefined, server?: string): Parameters<Trace['append']>[0] => ({
    kind: 'span',
    at: 1,
    span: id,
    started: {
      id,
      name: id,
      ...(parent === undefined ? {} : { parent }),
      ...(server === undefined ? {} : { target: { server, profile: 'default' } }),
    },
  });
  const inSpan = (id: string, text: string) => ({ ...note(text), span: id });

  it('is bounded, so that a server which says much takes nothing from the others', () => {
    const trace = new Trace({ size: 1_000_000, sizeOfOne: 10_000 });
    trace.append(span('root', undefined));
    trace.append(span('quiet', 'root', 'https://quiet.example/mcp'));
    trace.append(inSpan('quiet', 'the quiet one'));
    trace.append(span('loud', 'root', 'https://loud.example/mcp'));
    trace.append(span('inner', 'loud'));
    for (let n = 0; n < 5_000; n++)
      trace.append(inSpan(n % 2 === 0 ? 'loud' : 'inner', `${n} ${'x'.repeat(100)}`));
    const kept = texts(trace);
    expect(kept).toContain('the quiet one');
    expect(kept.filter(text => text.endsWith('x')).length).toBeGreaterThan(10);
    expect(kept.filter(text => text.endsWith('x')).length).toBeLessThan(100);
    expect(kept.at(-1)).toMatch(/^4999 /);
    expect(trace.since(0).map(({ seq }) => seq)).toEqual(
      trace.before(trace.seq + 1, 1_000).map(({ seq }) => seq),
    );
    expect(trace.since(trace.seq - 3)).toHaveLength(3);
    expect(trace.event(3)).toMatchObject({ text: 'the quiet one' });
    expect(trace.event(10)).toBeUndefined();
    // What was dropped is out of the list, not only marked.
    expect(trace.since().length + trace.dropped).toBe(5_005);
  });

  it('is shared by all addresses of one origin', () => {
    const trace = new Trace({ sizeOfOne: 10_000 });
    for (let n = 0; n < 50; n++) {
      trace.append(span(`s${n}`, undefined, `https://loud.example/${n}`));
      trace.append(inSpan(`s${n}`, 'x'.repeat(1_000)));
    }
    expect(texts(trace).length).toBeLessThan(20);
  });
});
