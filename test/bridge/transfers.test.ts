import { expect, test } from 'vitest';
import { Transfers } from '../../src/bridge/transfers.ts';
import { fakeClock } from '../support/fake-clock.ts';

test('a transfer that stalls holds up the next for five seconds, also when the clock is set back meanwhile', async () => {
  const clock = fakeClock();
  let back = 0;
  const transfers = new Transfers({ now: () => clock.now() - back, sleep: clock.sleep });
  await transfers.begin();
  let begun = false;
  const next = transfers.begin().then(() => {
    begun = true;
  });
  await clock.advance(4_000);
  expect(begun).toBe(false);
  back = 3_600_000;
  await clock.advance(1_000);
  await next;
  expect(begun).toBe(true);
});
