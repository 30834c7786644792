import { expect, it } from 'vitest';
import { complaints, soak } from '../bench/soak.ts';

/** Rounds behind the one in which the trace is filled. `npm run bench -- --soak MINUTES` goes on for longer. */
const ROUNDS = 10;

it('an hour of ordinary use in half a minute: every request is answered, and the broker holds no more than before', async () => {
  const lines: string[] = [];
  const result = await soak({
    goesOn: rounds => rounds < ROUNDS,
    tokenLife: 12,
    say: line => lines.push(line),
  });
  const { tally, after } = result;
  expect(complaints(result), lines.join('\n')).toEqual([]);
  // It has all taken place.
  expect(tally.requests).toBeGreaterThan(10_000);
  expect(tally.progress).toBeGreaterThan(50);
  expect(tally.listChanges).toBeGreaterThan(10);
  expect(tally.askedBack).toBeGreaterThan(10);
  expect(tally).toMatchObject({ hostsReplaced: 3 * ROUNDS, restarts: 4, drops: 3 });
  expect(after.refreshes).toBeGreaterThan(2);
  // Only a server that goes away in the middle of a call is a reason for an error.
  expect(tally.refused).toBeLessThan(tally.requests / 50);
}, 180_000);
