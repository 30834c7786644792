import { expect, it } from 'vitest';
import { createRedactor, NOT_SEARCHED } from '../../src/trace/redact.ts';

/** Milliseconds of the quickest of three tries: the work itself, whatever else the machine does. */
function quickest(work: () => void): number {
  const times = [0, 1, 2].map(() => {
    const started = performance.now();
    work();
    return performance.now() - started;
  });
  return Math.min(...times);
}

/** Before its work was bounded, each of these took from half a second to minutes. */
const PATIENCE = 300;

it.each([
  [10, 7_500],
  [120, 7_500],
  [200, 500],
  [480, 100],
])(
  'values that a server has taught, %i of %i letters that begin alike, cost a later text no time',
  (count, length) => {
    const redactor = createRedactor();
    for (let i = 0; i < count; i++) {
      redactor.text(`{"access_token":"${'a'.repeat(length - 4)}${i}x"}`, { purpose: 'mcp' });
    }
    let letter = 0;
    const text = () => `${'a'.repeat(16 * 1024)}${letter++}`;
    expect(quickest(() => redactor.text(text()))).toBeLessThan(PATIENCE);
    // And nobody else's texts.
    const other = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      result: { content: [{ type: 'text', text: 'aaaa' }] },
    });
    expect(redactor.text(other)).toBe(other);
  },
);

it.each([
  ['bytes that are no UTF-8', `${'\ufffd'.repeat(65_535)}x`],
  ['schemes of credentials', `${'basic+'.repeat(10_900)}a=a`],
  ['fields', Array.from({ length: 4_000 }, (_, i) => `"token":"t${i}"`).join(',')],
  ['parameters', 'token=1&'.repeat(8_000)],
  [
    'credentials',
    Array.from({ length: 1_500 }, (_, i) => `"access_token":"t${i}abcdefghijklmnop"`).join(','),
  ],
  ['escapes of escapes', '%2525252541'.repeat(6_000)],
  ['user names', '://a@'.repeat(13_000)],
  ['open lists', '"token":['.repeat(7_000)],
])('a text full of %s costs no time', (_, text) => {
  const redactor = createRedactor();
  let letter = 0;
  expect(quickest(() => redactor.text(`${text}${letter++}`))).toBeLessThan(PATIENCE);
});

it('a text that cannot be searched in time is left out, and never shown as it is', () => {
  const redactor = createRedactor();
  const secret = `${'a'.repeat(5_000)}the-end`;
  redactor.secret(secret);
  const shown = redactor.text(`${'a'.repeat(60_000)} ${secret}`);
  expect(shown).not.toContain('the-end');
  expect(shown.startsWith(NOT_SEARCHED)).toBe(true);
  expect(shown).toContain(String(65_008));
});

it('a token is found in capital and in small letters, and in hexadecimal', () => {
  const redactor = createRedactor();
  const token = 'Abc123-Def456_Ghi789';
  redactor.secret(token);
  const hex = Buffer.from(token).toString('hex');
  const [mark] = redactor.text(token).match(/#[0-9a-f]{6}/) ?? [];
  for (const variant of [token.toLowerCase(), token.toUpperCase(), hex, hex.toUpperCase()]) {
    expect(redactor.text(`it is ${variant} there`)).toBe(`it is [redacted 20 ${mark}] there`);
  }
});

it('a short value that the user has named is hidden where it stands alone', () => {
  const redactor = createRedactor();
  redactor.secret('k7x');
  redactor.secret('p@ss');
  redactor.secret('true');
  redactor.secret('1');
  const shown = redactor.text('{"key":"k7x","word":"ak7xb","k7x":1,"p":"p@ss","flag":true,"a%20p%40ss":1}');
  expect(shown.replaceAll(/\[redacted (\d) #[0-9a-f]{6}\]/g, '<$1>')).toBe(
    '{"key":"<3>","word":"ak7xb","<3>":1,"p":"<4>","flag":true,"a%20<4>":1}',
  );
});
