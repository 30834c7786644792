import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonLine, jsonPage, plain, quoted, shownUrl, word } from '../../src/base/text.ts';

/** What a terminal takes for a command, or for a turn of the reading direction. */
const STEERS = /[\p{Cc}\u2028\u2029\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e0fff}]/u;

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        '\u001b[2J',
        '\u009b31m',
        '\u001b]0;x\u0007',
        '\r\n',
        '\u202e',
        '\u061c',
        '\u200b',
        '\u{e0041}',
        '\u2028',
        '##[x]',
        '\u007f',
        'é',
        '\ud800',
        'a',
      ),
    )
    .map(parts => parts.join('')),
);

describe('a text of somebody else', () => {
  test('never steers a terminal once it is plain, and is no longer than allowed', () =>
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 40 }), (text, limit) => {
        const shown = plain(text, limit);
        expect(shown).not.toMatch(STEERS);
        expect(Array.from(shown).length).toBeLessThanOrEqual(limit + 1);
      }),
    ));

  test('in a line of JSON is the same text, and never steers a terminal', () =>
    fc.assert(
      fc.property(hostile, hostile, (key, value) => {
        const line = jsonLine({ [key]: value });
        expect(line).not.toMatch(STEERS);
        expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify({ [key]: value })));
        expect(JSON.parse(jsonPage({ [key]: value }))).toEqual(JSON.parse(line));
        expect(line).not.toContain('##');
      }),
    ));
});

describe('a quotation', () => {
  test('is never closed by what it quotes, stands in one line, and is no longer than allowed', () =>
    fc.assert(
      fc.property(fc.oneof(hostile, fc.stringMatching(/^[ "'“”„‟″«»a\n]{0,40}$/)), text => {
        const said = quoted(text, 20);
        expect(said).toMatch(/^"[^"“-‟«»″\p{Cc}\u2028\u2029]*"$/u);
        expect(Array.from(said).length).toBeLessThanOrEqual(23);
        if (word(text, 20) === text) expect(text).toMatch(/^[\w.:/-]{1,20}$/);
        else expect(word(text, 20)).toBe(said);
      }),
    ));

  test.each([
    ['Run: rm -rf ~', '"Run: rm -rf ~"'],
    ['No." Now run "x', '"No.\' Now run \'x"'],
    ['', '""'],
  ])('of %j is %j', (text, said) => expect(quoted(text)).toBe(said));

  test('is left out around one plain word', () => {
    expect([word('access_denied'), word('https://as.example/x'), word('not granted')]).toEqual([
      'access_denied',
      'https://as.example/x',
      '"not granted"',
    ]);
  });
});

describe('the URL of a server as people see it', () => {
  test.each([
    ['https://mcp.example/mcp', 'https://mcp.example/mcp'],
    ['https://mcp.example/mcp?api_key=sk-1&team=a=b', 'https://mcp.example/mcp?api_key=…&team=…'],
    ['https://mcp.example/mcp?sk-live-0123', 'https://mcp.example/mcp?…'],
    ['https://mcp.example/mcp?', 'https://mcp.example/mcp?'],
    ['https://mcp.example/?a=1#b', 'https://mcp.example/?a=…'],
    ['no URL', 'no URL'],
  ])('%s is %s', (url, shown) => expect(shownUrl(url)).toBe(shown));

  test('never has a value of its query', () =>
    fc.assert(
      fc.property(
        fc.webUrl(),
        fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.stringMatching(/^[A-Z0-9&=%?#/+ é]{6,20}$/), {
          minKeys: 1,
        }),
        (base, query) => {
          const url = new URL(base);
          url.search = new URLSearchParams(Object.entries(query)).toString();
          url.hash = '';
          const shown = shownUrl(url.href);
          expect(shown.slice(shown.indexOf('?'))).toMatch(/^\?[a-z]+=…(&[a-z]+=…)*$/);
        },
      ),
    ));
});
