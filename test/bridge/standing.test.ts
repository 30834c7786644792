import { expect, test } from 'vitest';
import { message } from '../../src/bridge/scan.ts';
import { Standing } from '../../src/bridge/standing.ts';

const ask = (method: string, uri: string) => message({ jsonrpc: '2.0', id: 1, method, params: { uri } });

test('what is kept of a host is no more than a greeting to a broker can bring', () => {
  const standing = new Standing();
  const long = (count: number) => `file:///${count}/${'x'.repeat(10_000)}`;
  const size = () => standing.messages.reduce((sum, { bytes }) => sum + bytes.length, 0);
  for (let count = 0; count < 500; count++) standing.note(ask('resources/subscribe', long(count)));
  expect(size()).toBeGreaterThan(1_000_000);
  expect(size()).toBeLessThan(1_100_000);
  // What is given up makes room.
  for (let count = 0; count < 500; count++) standing.note(ask('resources/unsubscribe', long(count)));
  expect(standing.messages).toEqual([]);
  standing.note(ask('resources/subscribe', long(501)));
  expect(standing.messages).toHaveLength(1);
});

test('more subscriptions than a thousand are not kept', () => {
  const standing = new Standing();
  for (let count = 0; count < 1_100; count++) standing.note(ask('resources/subscribe', `file:///${count}`));
  expect(standing.messages).toHaveLength(1_000);
});
