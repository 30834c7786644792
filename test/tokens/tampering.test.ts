import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Fault } from '../../src/base/fault.ts';
import { grant, installation, registration } from '../support/installation.ts';

const FILE = 'grants.sealed';

/** A store with sign-ins in it, closed again; another seal of other contents beside it. */
async function kept() {
  const house = installation();
  const store = house.start();
  await store.putGrant(grant({ profile: 'first' }, 'refresh-of-the-first'));
  const earlier = file(house.disk);
  await store.putGrant(grant({ profile: 'second' }, 'refresh-of-the-second'));
  await store.putRegistration(registration());
  return { ...house, earlier, right: file(house.disk), grants: await house.start().grants() };
}

function file(disk: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const bytes = disk.get(FILE);
  if (!bytes) throw new Error('Nothing was written.');
  return bytes.slice();
}

/** Opens what somebody has changed: the grants, a fault, or an empty store that says where the rest is. */
async function judge(house: Awaited<ReturnType<typeof kept>>, changed: Uint8Array): Promise<void> {
  house.disk.clear();
  house.disk.set(FILE, changed.slice());
  house.notes.length = 0;
  const found = await house
    .start()
    .grants()
    .catch((fault: Fault) => fault);
  if (!Array.isArray(found)) {
    expect(found).toMatchObject({ code: 'store.damaged', remedy: expect.any(String) });
    expect(house.disk.get(FILE)).toEqual(changed);
    return;
  }
  expect(found).toEqual([]);
  // What was there is still there, whole, and was spoken of.
  const aside = [...house.disk].filter(([name]) => name.endsWith('.unreadable'));
  expect(aside.map(([, bytes]) => bytes)).toEqual([changed]);
  expect(house.notes.join()).toContain('set aside');
}

describe('the sealed file, whoever changed it, never gives a wrong grant and is never silently empty', () => {
  test('torn at any byte', async () => {
    const house = await kept();
    for (let length = 0; length < house.right.length; length++)
      await judge(house, house.right.slice(0, length));
  });

  test('with any one bit turned', async () => {
    const house = await kept();
    const bits = fc.nat(house.right.length * 8 - 1);
    await fc.assert(
      fc.asyncProperty(bits, async bit => {
        const changed = house.right.slice();
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        await judge(house, changed);
      }),
      { numRuns: 500 },
    );
  });

  test('with a part of it in another place, twice, or from an earlier file', async () => {
    const house = await kept();
    const part = fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.boolean());
    await fc.assert(
      fc.asyncProperty(part, async ([from, to, length, isEarlier]) => {
        const source = isEarlier ? house.earlier : house.right;
        const start = from % source.length;
        const taken = source.slice(start, start + 1 + (length % 64));
        const changed = house.right.slice();
        changed.set(taken.slice(0, changed.length - (to % changed.length)), to % changed.length);
        if (changed.every((byte, at) => byte === house.right[at])) return;
        await judge(house, changed);
      }),
      { numRuns: 500 },
    );
  });

  test('with anything in its place', async () => {
    const house = await kept();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), bytes => judge(house, Uint8Array.from(bytes))),
    );
  });

  test('and unchanged it gives what was put into it; an earlier one what was true then', async () => {
    const house = await kept();
    house.disk.set(FILE, house.right);
    expect(await house.start().grants()).toEqual(house.grants);
    // Putting an old file back is not noticed: it was ours, and whoever can do it can delete it as well.
    house.disk.set(FILE, house.earlier);
    expect((await house.start().grants()).map(({ key }) => key.profile)).toEqual(['first']);
  });
});
