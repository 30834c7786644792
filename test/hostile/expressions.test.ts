import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import remembered from '../support/expressions.json' with { type: 'json' };
import {
  attackOf,
  type Expression,
  expressionsIn,
  judgeExpression,
  matchAll,
  strains,
  written,
} from '../support/expressions.ts';
import { costOf, growthOf } from '../support/work.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const files = ['src', 'app'].flatMap(folder =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => /\.tsx?$/.test(name))
    .map(name => join(folder, name).replaceAll('\\', '/'))
    .map(path => ({ path, text: readFileSync(join(root, path), 'utf8') })),
);
const { expressions, made } = expressionsIn(files);

/**
 * Expressions that take long for a long text and are given none. `longest`: the characters they are given at most,
 * by `because`.
 */
const REVIEWED: Readonly<Record<string, { longest: number; because: string }>> = {
  '/([\\w.-]{1,60})"?\\s*[:=]\\s*"?$/': {
    longest: 100,
    because: 'LONGEST_LEAD in app/renderer/model/exchanges.ts cuts the text before a mark to so many.',
  },
};

/** Places where an expression is put together at run time, and why no text of a stranger's can make it slow. */
const MADE: Readonly<Record<string, string>> = {
  'src/trace/fields.ts': 'Of a constant that stands beside it.',
  'src/trace/search.ts': 'Of 200 characters at most, every sign escaped: no repeats.',
  'src/lab/staged/locations.ts': 'Of the configuration of the lab’s own nginx.',
};

/** Characters of a text that an expression is tried with, and milliseconds it may take for it. */
const SIZE = 16 * 1024;
const LIMIT = 8;

/** How a text makes the expression slow: `undefined` for one that V8 takes no longer for than its length says. */
function growth(each: Expression, attack: Parameters<typeof attackOf>[0]): string | undefined {
  return growthOf(matchAll(each), size => attackOf(attack, size));
}

describe('regular expressions', () => {
  test('are found, and those that are put together at run time are known', () => {
    expect(expressions.length).toBeGreaterThan(300);
    const places = made.map(({ place }) => place.replace(/:\d+$/, ''));
    expect(new Set(places)).toEqual(new Set(Object.keys(MADE)));
  });

  test('an analyzer and V8 find those that are slow', () => {
    const judged = ['(?:\\d+(?:ms|[smhdw])?)+$', '\\ufffd+$', '<[^>]*>'].map(source => {
      const each = { source, flags: '', places: [] };
      return { each, ...judgeExpression(each) };
    });
    expect(judged.map(({ status }) => status)).toEqual(['vulnerable', 'vulnerable', 'vulnerable']);
    for (const { each, attack } of judged.slice(1)) expect(attack && growth(each, attack)).toBeDefined();
  });

  test('none takes time that grows faster than its text, by what an analyzer says of it', {
    timeout: 120_000,
  }, () => {
    const known = process.env.KEYBRIDGE_JUDGE === 'all' ? new Set<string>() : new Set(remembered);
    const slow = expressions.flatMap(each => {
      if (known.has(written(each)) || written(each) in REVIEWED) return [];
      const { status, attack } = judgeExpression(each);
      const how = status === 'vulnerable' && attack ? growth(each, attack) : undefined;
      return how === undefined ? [] : [`${written(each)} at ${each.places.join(', ')}: ${how}`];
    });
    expect(slow).toEqual([]);
  });

  test('none takes long for repeats of its own words and of any sign', { timeout: 120_000 }, () => {
    const slow = expressions.flatMap(each => {
      if (written(each) in REVIEWED) return [];
      const run = matchAll(each);
      for (const text of strains(each.source, SIZE)) {
        const cost = costOf(() => run(text), 5, LIMIT);
        if (cost > LIMIT)
          return [
            `${written(each)} at ${each.places.join(', ')}: ${cost.toFixed(1)} ms for ${JSON.stringify(text.slice(0, 40))}`,
          ];
      }
      return [];
    });
    expect(slow).toEqual([]);
  });

  test('those that are let pass are given no more than they take', () => {
    for (const [name, { longest }] of Object.entries(REVIEWED)) {
      const each = expressions.find(other => written(other) === name);
      expect(each, name).toBeDefined();
      if (!each) continue;
      const run = matchAll(each);
      for (const text of strains(each.source, longest))
        expect(
          costOf(() => run(text.slice(-longest)), 5, 1),
          name,
        ).toBeLessThan(1);
    }
  });

  test('what is remembered as judged stands in the source', () => {
    const all = new Set(expressions.map(written));
    expect(remembered.filter(each => !all.has(each))).toEqual([]);
  });
});
