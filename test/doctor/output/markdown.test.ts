import { expect, test } from 'vitest';
import { toMarkdown } from '../../../src/doctor/output/markdown.ts';
import { diagnosed, finding, nasty } from '../../support/diagnosis.ts';
import { examined } from '../../support/examination.ts';
import { outsideCode } from '../../support/markdown.ts';

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
