import { expect, test } from 'vitest';
import { compare } from '../../../src/doctor/output/compare.ts';

const between = (seen: string, expected: string) => ({
  seenIn: 'resource in the metadata',
  seen,
  expectedFrom: 'the URL',
  expected,
});

test('row 4.2: two almost equal URLs stand one under the other, and the first difference is marked and named', () => {
  expect(compare(between('https://mcp.example/mcp/', 'https://mcp.example/mcp'), 100)).toEqual([
    'resource in the metadata  https://mcp.example/mcp/',
    'the URL                   https://mcp.example/mcp',
    '                                                 ^ character 24: "/" here, nothing there',
  ]);
  expect(compare(between('http://a.example', 'https://a.example'), 100).at(-1)).toBe(
    '                              ^ character 5: ":" here, "s" there',
  );
});

test('signs that look alike are told apart by their code points, and what cannot be seen is spelled out', () => {
  expect(compare(between('https://ex\u0430mple', 'https://example'), 100).at(-1)).toContain(
    'character 11: "а" (U+0430) here, "a" (U+0061) there',
  );
  const [seen, , mark] = compare(between('https://a\u200b\u001b.example', 'https://a.example'), 120);
  expect(seen).toBe('resource in the metadata  https://a\\u{200b}\\u{1b}.example');
  expect(mark?.indexOf('^')).toBe(seen?.indexOf('\\u{200b}'));
});

test('wide signs take two columns, so that the mark stands under the difference', () => {
  const lines = compare(between('https://例え.example/a', 'https://例え.example/b'), 100);
  // Each of the two signs is one character of the line and two columns of the terminal.
  expect(lines[2]?.indexOf('^')).toBe((lines[0]?.lastIndexOf('a') ?? 0) + 2);
});

test('what is too long for the width is shown around the difference, on lines of its own', () => {
  const path = 'x'.repeat(200);
  const lines = compare(
    between(`https://a.example/${path}A${path}`, `https://a.example/${path}B${path}`),
    60,
  );
  expect(lines.every(line => line.length <= 60)).toBe(true);
  expect(lines[0]).toBe('resource in the metadata:');
  expect(lines[1]?.[lines[4]?.indexOf('^') ?? 0]).toBe('A');
  expect(lines[3]?.[lines[4]?.indexOf('^') ?? 0]).toBe('B');
  expect(lines[1]).toMatch(/^ {2}….*…$/);
});
