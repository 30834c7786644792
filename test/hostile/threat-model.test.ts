import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const model = readFileSync(`${root}docs/threat-model.md`, 'utf8');
const rows = model.split('\n').filter(line => /^\| (?!it may|they may|-)/.test(line));

/** The tests a row names: each file with the words that follow it. */
function named(row: string): { file: string; words: string[] }[] {
  const held = row.split(' | ').at(-1) ?? '';
  return [...held.matchAll(/`(test\/[^`]+)`((?:[^`])*)/g)].map(([, file = '', rest = '']) => ({
    file,
    words: [...rest.matchAll(/“([^”]+)”/g)].map(([, each = '']) => each),
  }));
}

test('the threat model has rows, and no row is without a test', () => {
  expect(rows.length).toBeGreaterThan(25);
  expect(rows.filter(row => named(row).length === 0)).toEqual([]);
});

test.each(rows.flatMap(named))(
  '$file has the tests that the threat model names: $words',
  ({ file, words }) => {
    expect(words.length).toBeGreaterThan(0);
    const names = readFileSync(`${root}${file}`, 'utf8')
      .replaceAll("\\'", "'")
      .split('\n')
      // Names stand in quotation marks, alone or behind what makes a test of them.
      .filter(line => /^\s*(?:\S.*\()?['"`].*['"`]/.test(line));
    for (const each of words)
      expect(
        names.filter(line => line.includes(each)),
        each,
      ).not.toEqual([]);
  },
);

test('every test of hostile servers and locals has its place in the threat model', () => {
  const files = readdirSync(`${root}test/hostile`).filter(name => name !== 'threat-model.test.ts');
  const missing = files.filter(name => !model.includes(`test/hostile/${name}`));
  expect(missing).toEqual([]);
});
