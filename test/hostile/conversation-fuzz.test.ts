import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SHORT } from '../support/hostile-server/arbitrary-values.ts';
import { fuzz, hold, report } from '../support/hostile-server/fuzz.ts';
import { KNOWN } from '../support/hostile-server/known.ts';
import { openStage, type Stage } from '../support/hostile-server/stage.ts';

/** `npm run fuzz` goes on for longer, with others, and with larger conversations. */
const SEEDS = [11, 12, 13, 14];
/** Milliseconds. */
const LASTS = 700;
const SHRINKS = 15_000;
const PATIENCE = 90_000;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

/**
 * Of the broker, with another host and its server beside: no turn of the event loop over 50 ms, no echo of the
 * neighbour later than 250 ms, memory within its bounds, one answer to each request, no storm of requests.
 */
describe('the numbers hold, whatever one server does', () => {
  test.each(Object.entries(KNOWN))(
    '%s',
    async (_what, { conversation, lasts }) => {
      const found = await hold(stage, conversation, { lasts });
      expect(found && report(found)).toBeUndefined();
    },
    PATIENCE,
  );

  test.each(SEEDS)(
    'and whatever it makes up: npm run fuzz -- --short --runs 1 --seed %i',
    async seed => {
      const found = await fuzz(stage, seed, { scale: SHORT, lasts: LASTS, shrinks: SHRINKS });
      expect(found && report(found)).toBeUndefined();
    },
    PATIENCE,
  );
});
