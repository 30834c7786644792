import { expect, test } from 'vitest';
import { bendAtRandom } from './bends.ts';
import { tryOne } from './oracle.ts';
import { Random } from './random.ts';
import { KINDS } from './right.ts';
import { disagreement } from './witnesses.ts';

/** Bent servers of this run; `npm run oracle` tries as many as it is told to. */
const RUNS = 60;
const SEED = 1;
/** Servers on which the witnesses once did not agree. */
const FORMER = [1013, 1544, 3172, 5702, 6007, 6915, 9043, 12112, 30300, 42117, 54964];

test.each(KINDS)('at a right server (%s) everybody gets on, and nothing is found', async kind => {
  expect(await disagreement(kind)).toBeUndefined();
});

test('a number stands for one bent server', () => {
  const name = (number: number) => {
    const random = new Random(number);
    const { spot, what } = bendAtRandom(random, random.of(KINDS));
    return `${spot} ${what}`;
  };
  expect(name(7)).toBe(name(7));
  expect(new Set(Array.from({ length: 200 }, (_, number) => name(number))).size).toBeGreaterThan(150);
});

test('where one answer is bent, the bridge, the walked clients and the doctor say the same of it', async () => {
  const said: string[] = [];
  const run = Array.from({ length: RUNS }, (_, index) => SEED + index);
  for (const number of [...run, ...FORMER]) said.push(...[(await tryOne(number)) ?? []].flat());
  expect(said).toEqual([]);
}, 120_000);
