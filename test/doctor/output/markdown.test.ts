import { expect, test } from 'vitest';
import { toMarkdown, toMarkdownText } from '../../../src/doctor/output/markdown.ts';
import { diagnosed, finding, NASTY, nasty } from '../../support/diagnosis.ts';
import { examined } from '../../support/examination.ts';

/** What is left of a text when its code, spans and blocks, is taken out. */
function outsideCode(markdown: string): string {
  return markdown
    .replace(/^(`{3,})[^\n]*\n[\s\S]*?\n\1$/gm, '')
    .replace(/(?<!`)(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, '');
}

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

test('a report has no mention, link, picture or HTML but its own', async () => {
  const markdown = toMarkdown(await nasty());
  const own = outsideCode(markdown)
    .replaceAll('<details><summary>What was asked</summary>', '')
    .replaceAll('</details>', '')
    .replaceAll('[RFC 9728 §3.2](https://www.rfc-editor.org/rfc/rfc9728.html#section-3.2)', '')
    .replaceAll('**Mend:**', '')
    .replace(/^#+ /gm, '')
    .replace(/^\|.*\|$/gm, row => row.replaceAll('|', ''));
  expect(own).not.toMatch(/[@#<>[\]*_~|$&\\]|:\/\/|www\./);
  expect(markdown).toContain('ASM-10');
  expect(markdown.split('\n').filter(line => line.startsWith('### broken: PRM-05 Title'))).toHaveLength(1);
});

test('a comparison stands in a block that no text of it ends', async () => {
  const comparison = { seenIn: 'here', seen: '```\n````x', expectedFrom: 'there', expected: '```' };
  const markdown = toMarkdown(diagnosed(await examined(), [finding({ comparison })]));
  expect(markdown).toMatch(/\n`{5}text\nhere +```\\u\{a\}````x\nthere +```\n[^\n]*\n`{5}\n/);
});
