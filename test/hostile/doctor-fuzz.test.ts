import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { examinations } from '../support/hostile-server/arbitrary.ts';
import { SHORT } from '../support/hostile-server/arbitrary-values.ts';
import type { Conversation } from '../support/hostile-server/conversation.ts';
import { examineHostile } from '../support/hostile-server/doctor.ts';
import { KNOWN, TEACHING } from '../support/hostile-server/known.ts';

/** `npm run fuzz -- --doctor` goes on for longer, with others. */
const SEEDS = [21, 22, 23, 24];
const PATIENCE = 120_000;

/** Documents of megabytes, taught values, an answer byte by byte, bytes without an end. */
const SOME: [string, Conversation][] = [
  ...Object.entries(KNOWN)
    .filter(([name]) => /metadata|eight|byte by byte|one byte/.test(name))
    .map(([name, { conversation }]): [string, Conversation] => [name, conversation]),
  ['documents teach values, then repeat their beginning', TEACHING],
];

/** It ends in time, with a code that means something, with bounded work and memory. */
describe('the doctor comes to an end', () => {
  test.concurrent.each(SOME)(
    'where %s',
    async (_what, conversation) => {
      expect((await examineHostile(conversation, [])).failures).toEqual([]);
    },
    PATIENCE,
  );

  test.concurrent.each(SEEDS)(
    'where a server makes up whatever: npm run fuzz -- --doctor --short --runs 1 --seed %i',
    async seed => {
      const [conversation] = fc.sample(examinations(SHORT), { seed, numRuns: 1 });
      if (!conversation) throw new Error('Nothing was made up.');
      // Every other one is asked for what leaves a trace at the server, too.
      const flags = seed % 2 === 0 ? ['--active'] : [];
      expect((await examineHostile(conversation, flags)).failures).toEqual([]);
    },
    PATIENCE,
  );
});
