import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { Body } from '../../src/node/dial-body.ts';

const source = { pause: () => {}, resume: () => {}, abort: () => {} };

it.each([['gzip'], []])(
  'a body that breaks off hands on all that had arrived, then the reason (coding: %s)',
  async (...codings) => {
    const text = Buffer.alloc(3_000_000, 'abcdefghij');
    const body = new Body(codings, source, cause => cause);
    const reason = new Error('The connection was lost.');
    body.push(codings.length > 0 ? gzipSync(text) : text);
    body.fail(reason);
    let size = 0;
    const read = async () => {
      for await (const chunk of body.stream) size += chunk.byteLength;
    };
    await expect(read()).rejects.toBe(reason);
    expect(size).toBe(text.byteLength);
  },
);

it('pieces of one byte that come at once are handed on as one', async () => {
  const body = new Body([], source, cause => cause);
  for (let i = 0; i < 5_000; i++) body.push(Uint8Array.of(i & 0xff));
  body.end();
  const sizes: number[] = [];
  for await (const chunk of body.stream) sizes.push(chunk.byteLength);
  expect(sizes).toEqual([5_000]);
});
