import { expect, onTestFinished, test, vi } from 'vitest';
import type { TraceBatch } from '../../src/api/window.ts';
import { readRecording } from '../../src/trace/recording.ts';
import { Trace } from '../../src/trace/trace.ts';
import { TraceRoom } from '../../src/window/trace-room.ts';
import { answered, recording } from '../support/recording.ts';

const pause = (signal?: AbortSignal) =>
  new Promise<void>((resolve, reject) => {
    if (signal?.aborted) reject(signal.reason);
    setTimeout(resolve, 0);
  });

function room(trace: Trace) {
  const pauses: number[] = [];
  const sleep = (ms: number, signal?: AbortSignal) => {
    pauses.push(ms);
    return pause(signal);
  };
  return { pauses, room: new TraceRoom({ broker: { recorded: trace }, world: { sleep }, version: '1.2.3' }) };
}

function notes(count: number, trace = new Trace()): Trace {
  for (let n = 1; n <= count; n++) trace.append({ kind: 'note', at: n, span: 's1', text: `note ${n}` });
  return trace;
}

const seqs = (batch: TraceBatch) => batch.rows.map(({ seq }) => seq);

test('a window gets the newest rows first, then the older ones in batches, each once', async () => {
  const batches: TraceBatch[] = [];
  for await (const batch of room(notes(5_000)).room.events()) {
    batches.push(batch);
    if (!batch.more) break;
  }
  expect(seqs(batches[0] as TraceBatch)).toEqual(Array.from({ length: 200 }, (_, n) => 4_801 + n));
  expect(Math.max(...batches.map(({ rows }) => rows.length))).toBeLessThanOrEqual(1_000);
  const all = batches.flatMap(seqs);
  expect(all.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 5_000 }, (_, n) => n + 1));
});

test('what happens while older rows are still to come is neither lost nor sent twice', async () => {
  const trace = notes(2_500);
  const seen: number[] = [];
  for await (const batch of room(trace).room.events()) {
    seen.push(...seqs(batch));
    if (trace.seq < 2_503) notes(1, trace);
    else if (!batch.more && seen.length >= 2_503) break;
  }
  expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 2_503 }, (_, n) => n + 1));
});

test('a window that does not read has nothing kept for it, and is told later what was dropped meanwhile', async () => {
  const trace = new Trace({ events: 100 });
  const events = room(trace).room.events()[Symbol.asyncIterator]();
  await events.next();
  notes(10_000, trace);
  const seen: number[] = [];
  let last: TraceBatch | undefined;
  while (!seen.includes(10_000)) {
    last = (await events.next()).value as TraceBatch;
    seen.push(...seqs(last));
  }
  expect(seen).toEqual(Array.from({ length: 100 }, (_, n) => 9_901 + n));
  expect(last).toMatchObject({ dropped: 9_900, oldest: 9_901 });
});

test('whoever stops listening ends the stream at once, though nothing happens', async () => {
  const trace = notes(1);
  const events = room(trace).room.events()[Symbol.asyncIterator]();
  await events.next();
  const waiting = events.next();
  await pause();
  await events.return?.();
  expect(await waiting).toEqual({ value: undefined, done: true });
});

test('rows keep the span they belong to, though its beginning was dropped long ago', async () => {
  const { root, trace } = recording(() => answered({}), { events: 10 });
  const span = root.span('bridge to mcp.example', { server: 'https://mcp.example/mcp', profile: 'work' });
  for (let n = 0; n < 50; n++) span.note(`note ${n}`);
  const { value } = (await room(trace).room.events()[Symbol.asyncIterator]().next()) as { value: TraceBatch };
  expect(trace.since().some(({ kind }) => kind === 'span')).toBe(false);
  expect(value.spans).toContainEqual({
    ...{ id: span.id, name: 'bridge to mcp.example', parent: root.id },
    target: { server: 'https://mcp.example/mcp', profile: 'work' },
  });
});

test('a search looks into bodies, whatever the case, and lets others work in between', async () => {
  const { root, trace } = recording(() => answered({ body: `{"found":"The NEEDLE"}${' '.repeat(60_000)}` }));
  for (let n = 0; n < 200; n++) {
    const { response } = await root.fetch('mcp', { method: 'POST', url: 'https://a.example/', headers: [] });
    await response.text();
  }
  // However fast the machine is: each look at the clock finds that three milliseconds have gone.
  let clock = 0;
  const spy = vi.spyOn(performance, 'now').mockImplementation(() => {
    clock += 3;
    return clock;
  });
  onTestFinished(() => spy.mockRestore());
  const { room: one, pauses } = room(trace);
  expect(await one.search('the needle')).toHaveLength(200);
  expect(await one.search('no such thing [a-z]')).toEqual([]);
  expect(pauses.length).toBeGreaterThan(0);
  expect(await one.search('')).toEqual([]);
});

test('what has come of a running stream is there for whoever asks, and no event is made of it', async () => {
  let feed: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>({
    start: controller => {
      feed = controller;
    },
  });
  const { root, trace } = recording(() =>
    answered({ headers: [['content-type', 'text/event-stream']], body }),
  );
  const asked = { method: 'GET', url: 'https://a.example/', headers: [] };
  const { response, exchange } = await root.fetch('mcp-stream', asked);
  const reader = response.body?.getReader();
  const { room: one } = room(trace);
  const before = trace.seq;
  feed?.enqueue(new TextEncoder().encode('data: {"access_token":"a-secret-that-is-long-enough-1"}\n\n'));
  await reader?.read();
  const so = await one.exchange(exchange);
  expect(so?.outcome).toMatchObject({
    status: 200,
    body: { text: expect.stringMatching(/^data: .*redacted/) },
  });
  expect(so?.outcome).not.toHaveProperty('complete');
  expect(trace.seq).toBe(before);
  feed?.close();
  await reader?.read();
  expect((await one.exchange(exchange))?.outcome).toMatchObject({ complete: true });
});

test.each(['trace', 'har'] as const)('what is saved as %s is opened again', async form => {
  const { root, trace } = recording(() => answered({ status: 401, body: 'no' }));
  const asked = {
    method: 'GET',
    url: 'https://a.example/?key=a-secret-that-is-long-enough-1&token=abcdefghijklmnopqrst',
    headers: [['authorization', 'Bearer abcdefghijklmnopqrst']] as const,
  };
  for (let n = 0; n < 2; n++) await (await root.fetch('probe', asked)).response.text();
  const { room: one } = room(trace);
  let text = '';
  for await (const piece of one.export(form)) text += piece;
  const events = [...readRecording(text)].filter(({ kind }) => kind === 'exchange');
  const kept = trace.since().filter(({ kind }) => kind === 'exchange');
  expect(events).toMatchObject(
    kept.map(event => {
      const { id, request, purpose } = event.kind === 'exchange' ? event.exchange : ({} as never);
      return { exchange: { id, purpose, request, outcome: { status: 401, body: { text: 'no' } } } };
    }),
  );
});

test('some events are saved as Markdown that nothing in them can break out of', async () => {
  const body = '```\n# not a title\n````\n<script>|';
  const { root, trace } = recording(() => answered({ body }));
  root.note('| a | note | <b>');
  const asked = { method: 'GET', url: 'https://a.example/|`x`', headers: [] };
  await (await root.fetch('probe', asked)).response.text();
  const { room: one } = room(trace);
  let text = '';
  for await (const piece of one.export('markdown', [trace.seq])) text += piece;
  expect(text).toContain(`\n\`\`\`\`\`\n${body}\n\`\`\`\`\`\n`);
  expect(text).toContain('GET `` https://a.example/¦`x` ``');
  expect(text).not.toContain('a | note');
});

test('an exchange is had as a curl command until it is dropped', async () => {
  const { root, trace } = recording(() => answered({}), { events: 3 });
  const { exchange } = await root.fetch('probe', { method: 'GET', url: 'https://a.example/', headers: [] });
  const { room: one } = room(trace);
  expect(await one.curl(exchange)).toBe("curl -g -sS -i 'https://a.example/'");
  notes(3, trace);
  await expect(one.curl(exchange)).rejects.toThrow('no longer in the trace');
  expect(await one.event(1)).toBeUndefined();
});
