import { expect, test } from 'vitest';
import { readNetworkOptions, readPingInterval } from '../../src/node/network-arguments.ts';

const words = (values: Record<string, string>, flags: readonly string[]) => ({
  places: [],
  values: new Map(Object.entries(values).map(([name, text]) => [name, [text]])),
  flags: new Set(flags),
});
const flagged = (values: Record<string, string>, ...flags: string[]) =>
  readNetworkOptions(words(values, flags));

test('a command line without flags of the network settles nothing', () => {
  expect(flagged({})).toEqual({});
});

test('times are seconds, as they are to mcp-remote, with fractions and with 0 for "no limit" where that has a sense', () => {
  expect(
    flagged({ '--connect-timeout': '30', '--headers-timeout': '0.5', '--body-timeout': '0' }, '--ipv4'),
  ).toEqual({ connectTimeout: 30_000, headersTimeout: 500, bodyTimeout: 0, ipv4: true });
  expect(flagged({ '--headers-timeout': '1e2', '--body-timeout': '0.0001' })).toEqual({
    headersTimeout: 100_000,
    bodyTimeout: 1,
  });
});

test.each([
  ['--connect-timeout', ['0', '', ' ', '-1', 'ten', '10s', 'Infinity', 'NaN', '2147484', '--debug']],
  ['--headers-timeout', ['', '-0.1', 'none', 'Infinity', '1e9']],
  ['--body-timeout', ['', '-1', '5 min', 'Infinity', '1e9']],
])('%s that is no time is refused by name', (flag, texts) => {
  for (const text of texts) {
    expect(() => flagged({ [flag]: text })).toThrow(
      expect.objectContaining({
        code: 'usage.flag',
        message: expect.stringMatching(`^${flag} wants a number`),
      }),
    );
  }
});

test('pings go out by the interval, or every 30 s when only --keep-alive asks for them', () => {
  const interval = (values: Record<string, string>, ...flags: string[]) =>
    readPingInterval(words(values, flags));
  expect(interval({})).toBeUndefined();
  expect(interval({}, '--keep-alive')).toBe(30_000);
  expect(interval({ '--ping-interval': '60' })).toBe(60_000);
  expect(interval({ '--ping-interval': '1.5' }, '--keep-alive')).toBe(1500);
  for (const text of ['0', '-1', 'often', '']) {
    expect(() => interval({ '--ping-interval': text }, '--keep-alive')).toThrow(
      expect.objectContaining({ code: 'usage.flag', message: '--ping-interval wants a number of seconds.' }),
    );
  }
});
