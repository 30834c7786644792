import { expect, test } from 'vitest';
import { secretsOf, withhold } from '../../src/doctor/withhold.ts';

const target = new URL('https://mcp.example/mcp?team=red&key=abc%2Bdef%22ghi');

test('the values of header fields and of a query are secrets, names and short words are not', () => {
  const headers = [
    ['Authorization', 'Bearer 0123456789'],
    ['X-Short', 'on'],
    ['Origin', 'https://mcp.example'],
    ['Host', 'mcp.example'],
  ] as const;
  const secrets = secretsOf(target, headers);
  for (const secret of ['Bearer 0123456789', '0123456789', 'abc+def"ghi', 'abc%2Bdef%22ghi'])
    expect(secrets).toContain(secret);
  for (const word of ['on', 'red', 'key', 'team', 'https://mcp.example', 'mcp.example'])
    expect(secrets).not.toContain(word);
});

test('a secret is struck out of every string, in each spelling, and the target is shown without its values', () => {
  const secrets = secretsOf(target, []);
  const value = {
    target: target.href,
    titles: ['plain abc+def"ghi.', 'encoded abc%2Bdef%22ghi', JSON.stringify({ key: 'abc+def"ghi' })],
    nested: { 'abc+def"ghi': [1, null, true, 'team=red'] },
  };
  expect(withhold(value, target, secrets)).toEqual({
    target: 'https://mcp.example/mcp?team=…&key=…',
    titles: ['plain ….', 'encoded …', '{"key":"…"}'],
    nested: { '…': [1, null, true, 'team=red'] },
  });
});

test('what begins like another secret leaves nothing of it', () => {
  const secrets = ['12345678', '1234567890'];
  expect(withhold('a 1234567890 b 12345678', new URL('https://a.example'), secrets)).toBe('a … b …');
});
