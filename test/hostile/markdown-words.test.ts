import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toMarkdownText } from '../../src/base/markdown.ts';
import { toMarkdown } from '../../src/doctor/output/markdown.ts';
import type { TraceEvent } from '../../src/trace/event.ts';
import { saveMarkdown } from '../../src/trace/markdown.ts';
import { diagnosed, finding } from '../support/diagnosis.ts';
import { examined } from '../support/examination.ts';
import { alive, outsideCode } from '../support/markdown.ts';

/** What Markdown and forges bring to life, and what could end or begin something around it. */
const words = fc
  .array(
    fc.constantFrom(
      ...[
        '@octocat',
        '@',
        'octo/repo#1',
        '#1',
        'GH-7',
        '!12',
        '$3',
        '%4',
        'https://evil.example',
        'http:',
        '//x',
      ],
      ...[
        'www.evil.example',
        'WWW.evil.example',
        'me@evil.example',
        'mailto:a@b.example',
        '![x](y)',
        '[x](y)',
        '[x]: y',
      ],
      ...[
        '<img src=x>',
        '<!--',
        '-->',
        '</details>',
        '&lt;',
        '&#64;octocat',
        'deadbeef1',
        'a',
        'word',
        '(',
        ')',
        '[',
        ']',
      ],
      ...[
        '`',
        '``',
        '```',
        '~~~',
        '\\',
        '|',
        '*',
        '_',
        '# ',
        '> ',
        '- ',
        '1. ',
        '---',
        '===',
        ' ',
        '\n',
        '\r\n',
        '\t',
      ],
      ...['\u061c', '\u202e', '\u200b', '\u2028', '\u00a0', '\u0000', '\u001b[2J', '.', ',', ':', '"', "'"],
    ),
    { maxLength: 14 },
  )
  .map(parts => parts.join(''));

describe('Markdown with a server’s words in it', () => {
  test('of one text has nothing alive', () =>
    fc.assert(
      fc.property(words, text => {
        const made = toMarkdownText(text);
        expect(made).not.toContain('\n');
        expect(alive(made)).toEqual([]);
      }),
      { numRuns: 3_000 },
    ));

  test('of a trace has nothing alive, wherever they stand', () =>
    fc.assert(
      fc.property(
        fc.array(words, { minLength: 6, maxLength: 6 }),
        fc.boolean(),
        ([a = '', b = '', c = '', d = '', e = '', f = ''], fails) => {
          const base = { at: 0, span: 's' };
          const body = { size: 1, text: f, cut: false };
          const events = [
            { ...base, seq: 1, kind: 'note', text: a },
            {
              ...base,
              seq: 2,
              kind: 'message',
              message: { direction: 'to-host', kind: 'request', method: b, id: c, ...body },
            },
            {
              ...base,
              seq: 3,
              kind: 'exchange',
              exchange: {
                id: 'e',
                purpose: 'mcp',
                startedAt: 0,
                request: { method: a, url: d, headers: [[e, b]], body },
                outcome: fails
                  ? { kind: 'failed', fault: { code: 'net.failed', message: e, evidence: [] } }
                  : { kind: 'answered', status: 200, headers: [[c, d]], body },
                timing: {},
              },
            },
          ] as unknown as TraceEvent[];
          const markdown = [...saveMarkdown(events)].join('');
          expect(alive(markdown)).toEqual([]);
          // The headings and the table are ours alone.
          const lines = outsideCode(markdown).split('\n');
          expect(lines.filter(line => /^#/.test(line))).toHaveLength(3);
          expect(lines.filter(line => /^\|(?:[^|]*\|){5}$/.test(line))).toHaveLength(5);
          expect(lines.filter(line => /^\s*(?:[-+*>]|\d+[.)]|={2,}|~{3,})/.test(line))).toEqual([]);
        },
      ),
      { numRuns: 500 },
    ));

  test('of a report has nothing alive but its own references', async () => {
    const examination = await examined();
    const { references, ...bare } = finding({});
    expect(references.length).toBeGreaterThan(0);
    fc.assert(
      fc.property(words, words, words, words, (title, detail, remedy, seen) => {
        const comparison = { seenIn: title, seen, expectedFrom: detail, expected: remedy };
        const found = { ...bare, references: [], title, detail, remedy, comparison };
        const markdown = toMarkdown(diagnosed(examination, [found]))
          .replaceAll('<details><summary>What was asked</summary>', '')
          .replaceAll('</details>\n', '');
        expect(alive(markdown)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
