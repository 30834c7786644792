import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import { open, seal } from '../../src/tokens/sealed.ts';

const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
const key = random(32);
const HEADER = 8 + 1 + 8 + 12;
const content = fc.uint8Array({ maxLength: 2_000 });

const reasonOf = async (opening: Promise<unknown>) => {
  const fault = await opening.then(
    () => 'opened',
    error => error,
  );
  return fault instanceof Fault ? [fault.code, fault.data?.reason] : fault;
};

describe('sealed content', () => {
  test('opens with its key, byte for byte', () =>
    fc.assert(
      fc.asyncProperty(content, async bytes => {
        expect(await open(key, await seal(key, bytes, random))).toEqual(Uint8Array.from(bytes));
      }),
    ));

  test('is refused with any one bit changed, header included', () =>
    fc.assert(
      fc.asyncProperty(content, fc.nat(), fc.nat(7), async (bytes, place, bit) => {
        const file = await seal(key, bytes, random);
        const at = place % file.length;
        file[at] = (file[at] ?? 0) ^ (1 << bit);
        await expect(open(key, file)).rejects.toMatchObject({ code: 'store.damaged' });
      }),
      { numRuns: 500 },
    ));

  test('is refused with each bit of the header changed', async () => {
    const file = await seal(key, Uint8Array.of(1, 2, 3), random);
    for (let bit = 0; bit < HEADER * 8; bit++) {
      const changed = file.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await expect(open(key, changed), `bit ${bit}`).rejects.toMatchObject({ code: 'store.damaged' });
    }
  });

  test('is refused cut off anywhere', () =>
    fc.assert(
      fc.asyncProperty(content, fc.nat(), async (bytes, length) => {
        const file = await seal(key, bytes, random);
        const cut = file.slice(0, length % file.length);
        expect(await reasonOf(open(key, cut))).toEqual(['store.damaged', 'damaged']);
      }),
    ));

  test('is refused with anything after it', () =>
    fc.assert(
      fc.asyncProperty(content, fc.uint8Array({ minLength: 1, maxLength: 40 }), async (bytes, more) => {
        const file = await seal(key, bytes, random);
        expect(await reasonOf(open(key, Uint8Array.from([...file, ...more])))).toEqual([
          'store.damaged',
          'damaged',
        ]);
      }),
    ));

  test('is refused when it never was sealed', () =>
    fc.assert(
      fc.asyncProperty(content, async bytes => {
        expect(await reasonOf(open(key, bytes))).toEqual(['store.damaged', 'damaged']);
      }),
    ));

  test('made with another key is told apart from damage', async () => {
    const file = await seal(key, Uint8Array.of(1), random);
    expect(await reasonOf(open(random(32), file))).toEqual(['store.damaged', 'other-key']);
    file[file.length - 1] = (file.at(-1) ?? 0) ^ 1;
    expect(await reasonOf(open(key, file))).toEqual(['store.damaged', 'damaged']);
  });

  test('of a newer version is told apart from damage', async () => {
    const file = await seal(key, Uint8Array.of(1), random);
    file[8] = 2;
    expect(await reasonOf(open(key, file))).toEqual(['store.damaged', 'newer-version']);
  });

  test('has a nonce of its own each time, and shows neither content nor key', async () => {
    const bytes = new TextEncoder().encode('a refresh token that must not be seen');
    const files = await Promise.all(Array.from({ length: 200 }, () => seal(key, bytes, random)));
    const nonces = files.map(file => Buffer.from(file.subarray(HEADER - 12, HEADER)).toString('hex'));
    expect(new Set(nonces).size).toBe(200);
    for (const file of files) {
      expect(Buffer.from(file).includes(Buffer.from(bytes))).toBe(false);
      expect(Buffer.from(file).includes(Buffer.from(key.subarray(0, 8)))).toBe(false);
    }
  });
});

test('a key of the wrong length is a mistake of ours', async () => {
  await expect(seal(new Uint8Array(16), new Uint8Array(1), random)).rejects.toMatchObject({
    code: 'internal',
  });
});
