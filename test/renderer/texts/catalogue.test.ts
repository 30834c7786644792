import { describe, expect, test } from 'vitest';
import { all as en } from '../../../app/renderer/texts/en/all.ts';
import { all as he } from '../../../app/renderer/texts/he/all.ts';
import { all as zhHant } from '../../../app/renderer/texts/zh-hant/all.ts';

type Text = string | ((...values: never[]) => string);

/** Names, and terms of the specifications, that are spelled alike everywhere. */
const ALIKE =
  /^(?:Keybridge|Proxy|JSON|TLS|HTTP|MCP|HAR 1\.2|[2-5]xx|Scope|Resource|Client (?:ID|secret|metadata URL)|[\d.]+ (?:ms|s|B|kB|MB))$/;

/** Every text of a catalogue by its way through it. */
function textsOf(part: object, way = ''): Map<string, Text> {
  return new Map(
    Object.entries(part).flatMap(([name, value]: [string, unknown]) => {
      const here = way === '' ? name : `${way}.${name}`;
      return typeof value === 'object' && value !== null
        ? [...textsOf(value, here)]
        : [[here, value as Text] as const];
    }),
  );
}

/** A text with these values; a text without values as it is. */
function say(text: Text, ...values: unknown[]): string {
  return typeof text === 'string' ? text : String(text(...(values as never[])));
}

/** What a text makes of values that are all told apart, and which of them it shows. */
function shown(text: Text): string[] {
  if (typeof text === 'string') return [];
  const values = ['7301', '7302', '7303', '7304', '7305'];
  const said = say(text, ...values);
  return values.filter(value => said.includes(value));
}

const english = textsOf(en);

test('English says one of a thing in the singular', () => {
  const wrong = [...english].filter(([, text]) => {
    if (typeof text === 'string') return false;
    return /(?<![\d.])1 (?!(?:ms|is|was|has|less)\b)[a-z-]+s\b/.test(say(text, 1, 1, 1, 1));
  });
  expect(wrong.map(([way, text]) => `${way}: ${say(text, 1, 1, 1, 1)}`)).toEqual([]);
});

describe.each([
  ['Traditional Chinese', zhHant, /\p{Script=Han}/u],
  ['Hebrew', he, /\p{Script=Hebrew}/u],
] as const)('%s', (_, catalogue, script) => {
  const texts = textsOf(catalogue);

  test('has every text that English has, with the same values, and no other', () => {
    expect([...texts.keys()].sort()).toEqual([...english.keys()].sort());
    const kind = (text: Text | undefined) => (typeof text === 'function' ? text.length : typeof text);
    const wrong = [...texts].filter(([way, text]) => kind(text) !== kind(english.get(way)));
    expect(wrong.map(([way]) => way)).toEqual([]);
  });

  test('shows every value that English shows', () => {
    const wrong = [...texts].filter(
      ([way, text]) => shown(text).join() !== shown(english.get(way) ?? '').join(),
    );
    expect(wrong.map(([way]) => way)).toEqual([]);
  });

  test('is written in its own script, but for names and terms', () => {
    const wrong = [...texts].filter(([, text]) => {
      const said = say(text, 1, 1, 1, 1);
      return /\p{L}/u.test(said) && !script.test(said) && !ALIKE.test(said.replace(/[\u2066\u2069]/g, ''));
    });
    expect(wrong.map(([way, text]) => `${way}: ${say(text, 1, 1, 1, 1)}`)).toEqual([]);
  });
});

test('Hebrew says one of a thing in the singular, and without its figure', () => {
  const wrong = [...textsOf(he)].filter(([, text]) => {
    return typeof text === 'function' && /(?<![\d.])1 \p{Script=Hebrew}/u.test(say(text, 1, 1, 1, 1));
  });
  expect(wrong.map(([way, text]) => `${way}: ${say(text, 1, 1, 1, 1)}`)).toEqual([]);
});

test('no two sentences of English are worded carelessly: no space is doubled, none stands at an end', () => {
  for (const catalogue of [en, zhHant, he])
    for (const [way, text] of textsOf(catalogue)) {
      const said = say(text, 3, 3, 3, 3);
      expect(`${way}: ${said}`).toBe(`${way}: ${said.replace(/ {2,}/g, ' ').trim()}`);
    }
});
