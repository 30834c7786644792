import { describe, expect, test } from 'vitest';
import { partnerOf, redirectsOf } from '../../../app/renderer/model/exchanges.ts';
import { keyOf, TraceModel } from '../../../app/renderer/model/trace.ts';
import type { TraceBatch } from '../../../src/api/window.ts';
import type { ExchangeRow, MessageRow, TraceRow } from '../../../src/trace/row.ts';

const batch = (rows: readonly TraceRow[], more: Partial<TraceBatch> = {}): TraceBatch => ({
  ...{ rows, spans: [], more: false, dropped: 0, oldest: 0 },
  ...more,
});

const note = (seq: number, at = seq): TraceRow => ({
  kind: 'note',
  seq,
  at,
  span: 's1',
  text: `note ${seq}`,
});

const exchange = (seq: number, id: string, more: Partial<ExchangeRow> = {}): ExchangeRow => ({
  ...{ kind: 'exchange', seq, at: 1, span: 's1', id, purpose: 'probe', method: 'GET', state: 'done' },
  ...{ url: 'https://a.example/', sent: 0, received: 0, timing: {} },
  ...more,
});

const message = (seq: number, more: Partial<MessageRow>): MessageRow => ({
  ...{
    kind: 'message',
    seq,
    at: seq,
    span: 's1',
    direction: 'from-host',
    message: 'request',
    size: 1,
    id: '1',
  },
  ...more,
});

const seqs = (model: TraceModel) => model.entries.map(({ row }) => row.seq);

describe('the rows of a trace', () => {
  test('are in the order in which they began, whatever the order in which they come', () => {
    const rows = Array.from({ length: 60 }, (_, n) => note(n + 1));
    for (const order of [
      [2, 1, 0],
      [0, 1, 2],
      [1, 2, 0],
    ]) {
      const model = new TraceModel();
      for (const part of order) model.fold(batch(rows.slice(part * 20, part * 20 + 20)));
      expect(seqs(model)).toEqual(rows.map(({ seq }) => seq));
    }
  });

  test('have an exchange once, where it began, as it was last known', () => {
    const model = new TraceModel();
    model.fold(batch([exchange(1, 'x1', { state: 'pending' }), note(2), note(3)]));
    const before = model.entries;
    model.fold(batch([exchange(9, 'x1', { status: 200 })]));
    model.fold(batch([exchange(5, 'x1', { state: 'open' })]));
    expect(seqs(model)).toEqual([9, 2, 3]);
    expect(model.byKey('x1')?.row).toMatchObject({ status: 200, state: 'done' });
    expect([model.bySeq(1), model.bySeq(9)?.first]).toEqual([undefined, 1]);
    expect(before.map(({ row }) => row.seq)).toEqual([1, 2, 3]);
  });

  test('have an exchange once also where both its rows come in one batch', () => {
    const model = new TraceModel();
    model.fold(batch([exchange(1, 'x1', { state: 'pending' }), exchange(2, 'x1', { status: 204 })]));
    expect(model.entries).toHaveLength(1);
    expect(model.entries[0]?.row).toMatchObject({ status: 204 });
  });

  test('are let go when the broker has dropped them, and with them what leads to them', () => {
    const model = new TraceModel();
    model.fold(batch(Array.from({ length: 2_000 }, (_, n) => note(n + 1))));
    model.fold(batch([note(2_001)], { oldest: 1_001, dropped: 1_000 }));
    expect(model.entries).toHaveLength(1_001);
    expect([model.bySeq(1_000), model.byKey('#1')]).toEqual([undefined, undefined]);
    expect(model.dropped).toBe(1_000);
  });

  test('are never more than 50,000', () => {
    const model = new TraceModel();
    for (let from = 0; from < 60_000; from += 5_000)
      model.fold(batch(Array.from({ length: 5_000 }, (_, n) => note(from + n + 1))));
    expect(model.entries).toHaveLength(50_000);
    expect(seqs(model)[0]).toBe(10_001);
  });

  test('belong to the server of the span around them, which may become known later', () => {
    const model = new TraceModel();
    const target = { server: 'https://a.example/mcp', profile: 'default' };
    model.fold(
      batch([exchange(5, 'x1', { span: 's3' })], { spans: [{ id: 's3', name: 'c', parent: 's2' }] }),
    );
    const [entry] = model.entries;
    expect(entry && model.targetOf(entry)).toBeUndefined();
    model.fold(
      batch([], {
        spans: [
          { id: 's2', name: 'b', parent: 's1', target },
          { id: 's1', name: 'a', parent: 's2' },
        ],
      }),
    );
    expect(entry && model.targetOf(entry)).toEqual(target);
    expect(entry && keyOf(entry.row)).toBe('x1');
  });
});

describe('a JSON-RPC request', () => {
  const pair = (rows: readonly TraceRow[], seq: number) => {
    const model = new TraceModel();
    model.fold(batch(rows));
    const entry = model.bySeq(seq);
    return entry && partnerOf(model.entries, entry)?.row.seq;
  };
  const answer = { direction: 'to-host', message: 'response' } as const;

  test('is paired with the answer of its id, of its own bridge and of the other side', () => {
    const rows = [
      message(1, {}),
      message(2, { ...answer, id: '"1"' }),
      message(3, { ...answer, span: 's2' }),
      message(4, { direction: 'to-host' }),
      message(5, { message: 'response' }),
      message(6, answer),
    ];
    expect(pair(rows, 1)).toBe(6);
    expect(pair(rows, 6)).toBe(1);
    expect(pair(rows, 4)).toBe(5);
    expect(pair(rows, 2)).toBeUndefined();
  });

  test('is not given the answer to a later request of the same id', () => {
    const rows = [message(1, {}), message(2, {}), message(3, answer)];
    expect(pair(rows, 1)).toBeUndefined();
    expect([pair(rows, 2), pair(rows, 3)]).toEqual([3, 2]);
  });
});

test('redirects are a chain, found from any of its links', () => {
  const url = (path: string) => `https://a.example${path}`;
  const model = new TraceModel();
  model.fold(
    batch([
      exchange(1, 'x1', { at: 1, url: url('/one'), location: '/two?a=1', status: 301 }),
      exchange(2, 'x2', { at: 2, url: url('/other') }),
      exchange(3, 'x3', { at: 3, url: url('/two?a=1'), location: 'https://b.example/', status: 302 }),
      exchange(4, 'x4', { at: 4, url: 'https://b.example/' }),
    ]),
  );
  const chain = (key: string) => {
    const entry = model.byKey(key);
    return entry && redirectsOf(model.entries, entry).map(({ row }) => row.seq);
  };
  expect(['x1', 'x3', 'x4'].map(chain)).toEqual([
    [1, 3, 4],
    [1, 3, 4],
    [1, 3, 4],
  ]);
  expect(chain('x2')).toEqual([]);
});
