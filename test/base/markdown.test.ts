import { expect, test } from 'vitest';
import { toMarkdownText } from '../../src/base/markdown.ts';
import { NASTY } from '../support/diagnosis.ts';
import { outsideCode } from '../support/markdown.ts';

test('whatever a server says is a text and nothing else', () => {
  for (const text of [
    NASTY,
    ...NASTY.split(' '),
    '1. one',
    '# one',
    '> one',
    '- one',
    '---',
    '``',
    '`',
    '&amp;',
  ]) {
    const rest = outsideCode(toMarkdownText(text));
    expect(rest).not.toMatch(/[@#<>[\]!*_~|$&\\=+`]|:\/\/|www\.|GH-|^\s*\d+[.)]|^\s*-|\b[\da-f]{7,}\b/);
  }
});

test('sentences stay readable', () => {
  const text =
    'Clients that look only into WWW-Authenticate stop here; others (not all) find it: "no", 401, 3 times…';
  expect(toMarkdownText(text)).toBe(text.replace('…', '…'));
  expect(toMarkdownText('Set resource_metadata to https://a.example/x.')).toBe(
    'Set `resource_metadata` to `https://a.example/x`.',
  );
});

test('a long word that is no plain one is seen to be none at once', () => {
  const word = `${'a'.repeat(1_900)}@`;
  expect(toMarkdownText(word)).toBe(`\`${word}\``);
});
