import { expect, test } from 'vitest';
import { TraceCursor } from '../../src/broker/trace-cursor.ts';
import { Trace } from '../../src/trace/trace.ts';

const note = (text: string) => ({ kind: 'note', at: 1, span: 's1', text }) as const;

test('a reader gets what there is, oldest first, and then the end', async () => {
  const trace = new Trace();
  for (let n = 0; n < 250; n++) trace.append(note(String(n)));
  const seen: number[] = [];
  for await (const { seq } of new TraceCursor(trace, false)) seen.push(seq);
  expect(seen).toEqual(Array.from({ length: 250 }, (_, n) => n + 1));
});

test('one who follows gets what comes, and ends when they want to, also while they wait', async () => {
  const trace = new Trace();
  trace.append(note('a'));
  const cursor = new TraceCursor(trace, true);
  expect((await cursor.next()).value).toMatchObject({ text: 'a' });
  const next = cursor.next();
  trace.append(note('b'));
  expect((await next).value).toMatchObject({ text: 'b' });
  const waiting = cursor.next();
  await Promise.resolve();
  await cursor.return();
  expect(await waiting).toEqual({ value: undefined, done: true });
});

test('one who does not read keeps nothing in memory: what the trace drops is passed over', async () => {
  const trace = new Trace({ events: 10 });
  const cursor = new TraceCursor(trace, true);
  const first = cursor.next();
  for (let n = 0; n < 1_000; n++) trace.append(note(String(n)));
  const seen = [(await first).value];
  for (let n = 0; n < 9; n++) seen.push((await cursor.next()).value);
  expect(seen.at(-1)).toMatchObject({ text: '999' });
});
