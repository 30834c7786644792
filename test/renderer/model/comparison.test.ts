import { expect, test } from 'vitest';
import { align } from '../../../app/renderer/model/comparison.ts';

const shown = (stretches: readonly { kind: string; text: string }[]) =>
  stretches.map(({ kind, text }) => (kind === 'same' ? text : `[${kind} ${text}]`)).join('');

test.each([
  [
    'a slash at the end',
    'https://a/mcp/',
    'https://a/mcp',
    'https://a/mcp[differs /]',
    'https://a/mcp[gap  ]',
  ],
  ['another scheme', 'http://a', 'https://a', 'http[gap  ]://a', 'http[differs s]://a'],
  ['another letter', 'https://A/x', 'https://a/x', 'https://[differs A]/x', 'https://[differs a]/x'],
  ['nothing', 'https://a', 'https://a', 'https://a', 'https://a'],
  ['one repeated', 'aaa', 'aa', 'aa[differs a]', 'aa[gap  ]'],
])('two texts that differ in %s stand sign over sign', (_, seen, expected, one, other) => {
  const aligned = align(seen, expected);
  expect(shown(aligned.seen)).toBe(one);
  expect(shown(aligned.expected)).toBe(other);
});

test('signs that cannot be seen are spelled out', () => {
  expect(shown(align('a\u200b', 'a').seen)).toBe('a[differs \\u{200b}]');
});
