import { describe, expect, test } from 'vitest';
import { NASTY } from '../support/nasty.ts';
import { READERS } from '../support/readers.ts';
import { growthOf, WHOLE } from '../support/work.ts';

describe('what reads the text of others', () => {
  test.each(READERS.map(([name, run]) => ({ name, run })))(
    'takes time in proportion to its length, and at most a turn for 64 KiB: $name',
    { timeout: 120_000 },
    ({ name, run }) => {
      const quiet = (text: string) => {
        try {
          return run(text);
        } catch {
          return undefined;
        }
      };
      // Bytes that come one by one come in as many turns, and take their time.
      const each = name.endsWith('byte by byte');
      const texts = each ? NASTY.filter((_, index) => index % 5 === 0) : NASTY;
      const size = each ? WHOLE / 4 : WHOLE;
      const turn = each ? Number.POSITIVE_INFINITY : undefined;
      const slow = texts.flatMap(([what, make]) => {
        const wrong = growthOf(quiet, make, { size, from: size, turn });
        return wrong === undefined ? [] : [`${what}: ${wrong}`];
      });
      expect(slow).toEqual([]);
    },
  );
});
