import { expect, test } from 'vitest';
import { createAxis } from '../../../app/renderer/model/axis.ts';
import { fingerprintsOf } from '../../../app/renderer/model/exchanges.ts';
import { splitEvents } from '../../../app/renderer/model/stream-events.ts';
import { TraceModel } from '../../../app/renderer/model/trace.ts';
import { EVERYTHING, type Filter } from '../../../app/renderer/model/trace-filter.ts';
import { TraceView } from '../../../app/renderer/model/trace-view.ts';
import type { TraceRow } from '../../../src/trace/row.ts';

/** A pace turned by hand: each look at the clock costs a millisecond. */
function paced() {
  const rests: (() => void)[] = [];
  const later: (() => void)[] = [];
  let time = 0;
  return {
    rests,
    later: () => later.splice(0).forEach(work => void work()),
    pace: {
      now: () => ++time,
      rest: () => new Promise<void>(resolve => rests.push(resolve)),
      later: (work: () => void) => void later.push(work),
    },
  };
}

const host = (n: number) => (n % 2 === 0 ? 'even.example' : 'odd.example');
const rows = (count: number, from = 0): TraceRow[] =>
  Array.from({ length: count }, (_, n) => ({
    ...{ kind: 'exchange', seq: from + n + 1, at: from + n, span: 's1', id: `x${from + n}`, state: 'done' },
    ...{ purpose: n % 3 === 0 ? 'token' : 'mcp', method: 'POST', status: n % 5 === 0 ? 401 : 200 },
    ...{ url: `https://${host(n)}/path/${n}`, sent: 0, received: 0, timing: {} },
  }));

function viewed(count: number) {
  const model = new TraceModel();
  const fold = (list: readonly TraceRow[]) =>
    model.fold({ rows: list, spans: [], more: false, dropped: 0, oldest: 0 });
  fold(rows(count));
  const hand = paced();
  return { model, fold, view: new TraceView(model, hand.pace), ...hand };
}

const turn = () => new Promise<void>(resolve => setTimeout(resolve, 0));

test.each<[string, Partial<Filter>, number]>([
  ['nothing', {}, 300],
  ['a host', { host: 'odd.example' }, 150],
  ['a kind', { kind: 'sign-in' }, 100],
  ['all of HTTP', { kind: 'http' }, 300],
  ['messages, of which there are none', { kind: 'message' }, 0],
  ['a class of statuses', { result: '4' }, 60],
  ['a text in the URL, whatever its case', { text: ' /PATH/29 ' }, 11],
  ['all of them together', { host: 'even.example', kind: 'sign-in', result: '4', text: '/path/' }, 10],
])('a trace is filtered by %s', (_what, filter, count) => {
  const { view } = viewed(300);
  view.setFilter({ ...EVERYTHING, ...filter });
  expect(view.shown.get()).toMatchObject({ total: 300, filter: { ...EVERYTHING, ...filter } });
  expect(view.shown.get().entries).toHaveLength(count);
});

test('what bodies hold is shown once it is known', () => {
  const { view } = viewed(300);
  view.setFilter({ text: 'only in a body' });
  expect(view.shown.get().entries).toEqual([]);
  view.setFilter({ text: 'only in a body' }, new Set([7, 9]));
  expect(view.shown.get().entries.map(({ row }) => row.seq)).toEqual([7, 9]);
});

test('a long trace is filtered in slices, and a later filter ends an earlier one', async () => {
  const { view, rests } = viewed(10_000);
  view.setFilter({ text: '/path/1' });
  expect(rests).toHaveLength(1);
  expect(view.shown.get().entries).toEqual([]);
  view.setFilter({ text: '/path/9999' });
  for (let count = 0; count < rests.length; count++) {
    rests[count]?.();
    await turn();
  }
  expect(rests.length).toBeGreaterThan(3);
  expect(view.shown.get().entries.map(({ row }) => row.seq)).toEqual([10_000]);
});

test('while it is paused nothing moves, and what has come is counted', () => {
  const { view, fold, later } = viewed(10);
  view.setFilter(EVERYTHING);
  view.setPaused(true);
  fold(rows(5, 10));
  view.changed();
  later();
  expect(view.shown.get()).toMatchObject({ isPaused: true, waiting: 5, total: 10 });
  expect(view.shown.get().entries).toHaveLength(10);
  view.setPaused(false);
  expect(view.shown.get()).toMatchObject({ isPaused: false, waiting: 0, total: 15 });
  expect(view.shown.get().entries).toHaveLength(15);
});

test('pauses between bursts are shortened on the axis, and its order is that of time', () => {
  const axis = createAxis([
    { from: 0, to: 100 },
    { from: 60_000, to: 60_100 },
    { from: 50, to: 120 },
  ]);
  const at = [0, 100, 120, 30_000, 60_000, 60_050, 60_100, 90_000].map(axis);
  expect(at).toEqual(at.toSorted((a, b) => a - b));
  expect([at[0], at.at(-1)]).toEqual([0, 1]);
  expect((at[4] ?? 0) - (at[2] ?? 0)).toBeCloseTo(0.04);
  expect(createAxis([])(5)).toBe(0);
  expect(createAxis([{ from: 5, to: 5 }])(5)).toBe(0);
});

test('the text of a stream is split into its events, the last of which may not have ended', () => {
  const text =
    '\ufeff: hello\n\nid: 1\nevent: message\ndata: {"a":\ndata:1}\n\ndata: two\r\n\r\n: ping\n\nevent: end\n\ndata: unfin';
  expect(splitEvents(text)).toEqual({
    events: [{ id: '1', event: 'message', data: '{"a":\n1}' }, { data: 'two' }, { event: 'end', data: '' }],
    rest: 'data: unfin',
  });
  expect(splitEvents('')).toEqual({ events: [], rest: '' });
});

test('redacted values are found by their names, each once, in headers, URLs and bodies', () => {
  const body = (text: string) => ({ size: text.length, text, cut: false });
  const found = fingerprintsOf({
    ...{ id: 'x1', purpose: 'token', startedAt: 0, timing: {} },
    request: {
      method: 'POST',
      url: 'https://a.example/?key=[redacted 5 #000001]',
      headers: [['Authorization', 'Bearer [redacted 43 #a1b2c3]']],
      body: body('client_secret=[redacted 20 #000002]&token=[redacted 43 #a1b2c3]'),
    },
    outcome: {
      kind: 'answered',
      status: 200,
      headers: [['set-cookie', 'sid=[redacted 9 #000003]; Path=/']],
      body: body('{"access_token": "[redacted 43 #000004]", "said": "[redacted 43 #a1b2c3]"}'),
    },
  });
  expect(found).toEqual([
    { name: 'authorization', fingerprint: 'a1b2c3', length: 43 },
    { name: 'key', fingerprint: '000001', length: 5 },
    { name: 'client_secret', fingerprint: '000002', length: 20 },
    { name: 'set-cookie', fingerprint: '000003', length: 9 },
    { name: 'access_token', fingerprint: '000004', length: 43 },
  ]);
});
