import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BURST, BURSTS, bear, LOAD_NAMES, NEIGHBOUR, SOME } from '../support/hostile-server/load.ts';
import { openStage, type Stage } from '../support/hostile-server/stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

/** `npm run fuzz -- --load` has them in full: 200 bridges, 5,000 calls, 1 GB. */
describe('nothing is lost, and a neighbour is served, beside', () => {
  test.each(LOAD_NAMES)(
    'a load of %s',
    async name => {
      const { failures, p99, worst } = await bear(stage, name, SOME);
      expect(failures).toEqual([]);
      if (BURSTS.includes(name)) expect(worst).toBeLessThan(BURST);
      else expect(p99).toBeLessThan(NEIGHBOUR);
    },
    150_000,
  );
});
