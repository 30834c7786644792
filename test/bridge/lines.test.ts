import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineSplitter } from '../../src/bridge/lines.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array) => new TextDecoder().decode(data);

/** Cuts at the given places, wherever they fall, inside characters too. */
function cut(data: Uint8Array, at: readonly number[]): Uint8Array[] {
  const places = [0, ...at.map(place => place % (data.length + 1)), data.length].sort((a, b) => a - b);
  return places.slice(1).map((end, index) => data.subarray(places[index], end));
}

test('however the bytes are cut into chunks, the lines are the same', () => {
  const line = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', 'a\rb', 'é', '\r\r'));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n'))),
      fc.array(fc.nat()),
      fc.string(),
      (lines, places, rest) => {
        const source = `${lines.map(([one, end]) => one + end).join('')}${rest.replaceAll('\n', '')}`;
        const splitter = new LineSplitter();
        const found = cut(bytes(source), places).flatMap(chunk => splitter.push(chunk));
        const last = splitter.end();
        const expected = source.split('\n').map(one => one.replace(/\r$/, ''));
        expect([...found.map(text), last ? text(last) : '']).toEqual(expected);
      },
    ),
    { numRuns: 1000 },
  );
});

test('a line over the limit is reported once and skipped, and the lines around it are kept', () => {
  let reported = 0;
  const splitter = new LineSplitter({ limit: 10, onTooLong: () => reported++ });
  const found = ['ok\n0123456789\r\n', '0123', '45678', '9', 'ab', 'cdef', 'g\nnext\n'].flatMap(chunk =>
    splitter.push(bytes(chunk)),
  );
  expect(found.map(text)).toEqual(['ok', '0123456789', 'next']);
  expect(reported).toBe(1);
});

test('a long line in very small chunks takes time in proportion to its length', () => {
  const time = (size: number) => {
    const splitter = new LineSplitter();
    const chunk = bytes('0123456789abcdef');
    const start = performance.now();
    for (let at = 0; at < size; at += chunk.length) splitter.push(chunk);
    expect(splitter.push(bytes('\n'))[0]?.length).toBe(size);
    return performance.now() - start;
  };
  time(1 << 20);
  const one = Math.max(1, Math.min(time(1 << 20), time(1 << 20)));
  expect(Math.min(time(1 << 24), time(1 << 24))).toBeLessThan(one * 16 * 8);
});
