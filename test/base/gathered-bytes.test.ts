import fc from 'fast-check';
import { expect, it } from 'vitest';
import { GatheredBytes } from '../../src/base/gathered-bytes.ts';

const chunks = fc.array(
  fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.nat(9_000).map(length => new Uint8Array(length).fill(length)),
  ),
  { maxLength: 60 },
);

it('what was put in comes out, in order, whatever the sizes', () => {
  fc.assert(
    fc.property(chunks, fc.nat(20_000), (given, most) => {
      const bytes = new GatheredBytes();
      for (const chunk of given) bytes.push(chunk);
      const all = Buffer.concat(given);
      expect(bytes.size).toBe(all.length);
      expect(Buffer.from(bytes.beginning(most))).toEqual(all.subarray(0, most));
      expect(Buffer.concat(bytes.takeChunks())).toEqual(all);
      expect(bytes.size).toBe(0);
      for (const chunk of given) bytes.push(chunk);
      expect(Buffer.from(bytes.take())).toEqual(all);
      expect(bytes.take()).toHaveLength(0);
    }),
  );
});

it('a hundred thousand bytes that come one by one are kept in few pieces', () => {
  const bytes = new GatheredBytes();
  for (let i = 0; i < 100_000; i++) bytes.push(Uint8Array.of(i & 0xff));
  expect(bytes.takeChunks().length).toBeLessThan(20);
});

it('of a short view of much it keeps no more than the view', () => {
  const bytes = new GatheredBytes();
  bytes.push(new Uint8Array(1_000_000).subarray(0, 5_000));
  expect(bytes.takeChunks().map(({ buffer }) => buffer.byteLength)).toEqual([5_000]);
});

it('what it keeps of small chunks is a copy', () => {
  const bytes = new GatheredBytes();
  const chunk = Uint8Array.of(1, 2, 3);
  bytes.push(chunk);
  chunk.fill(9);
  expect([...bytes.take()]).toEqual([1, 2, 3]);
});
