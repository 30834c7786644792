import { describe, expect, test } from 'vitest';
import { idKey } from '../../src/bridge/scan.ts';
import { cancelledKey, FromHost, type HostLine, type Refused } from '../../src/node/from-host.ts';

/** What is heard of bytes that come in chunks of one size, under a low limit. */
function heard(text: string, size: number) {
  const found = { messages: [] as HostLine[], tooLong: [] as Refused[], others: 0 };
  const from = new FromHost(
    {
      onMessage: line => found.messages.push(line),
      onTooLong: refused => found.tooLong.push(refused),
      onOther: () => found.others++,
      onEncoding: () => {},
    },
    8192,
  );
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) from.push(bytes.subarray(at, at + size));
  from.end();
  return found;
}

const text = (line: HostLine | undefined) => Buffer.concat(line?.pieces ?? []).toString();
const long = 'x'.repeat(20_000);
const params = `"params":{"id":666,"text":"${long}"}`;
const nested = `"params":{"text":"${long}","deep":{"method":"no","id":667}}`;
const next = '{"jsonrpc":"2.0","id":"next","method":"ping"}';

test.each([1, 7, 50, 9000])('lines are the same in chunks of %i bytes, whatever their ends', size => {
  const { messages, tooLong, others } = heard(
    `${next}\r\n\n  \r\nnot json\n${next} \n{"id":1,"result":"é"}`,
    size,
  );
  expect(messages.map(text)).toEqual([next, `${next} `, '{"id":1,"result":"é"}']);
  expect(messages.map(({ size }) => size)).toEqual([45, 46, 22]);
  expect(messages.at(-1)).toMatchObject({ kind: 'response', id: '1' });
  expect([tooLong, others]).toEqual([[], 1]);
});

describe('of a line that is too long the ids are found, and the next line is whole', () => {
  test.each([
    ['before the parameters', `{"jsonrpc":"2.0","id":7,"method":"m",${params}}`, ['7']],
    ['as a string', `{"jsonrpc":"2.0","id":"a\\"b","method":"m",${params}}`, ['"a\\"b"']],
    ['behind them', `{${params},"id":"ü,}","method":"m","jsonrpc":"2.0"}\r`, ['"ü,}"']],
    ['after what looks like one', `{"method":"m",${nested},"id":10}`, ['10']],
    ['a notification', `{"jsonrpc":"2.0","method":"m",${nested}}`, []],
    ['an answer', `{"jsonrpc":"2.0","id":7,"result":{"text":"${long}"}}`, []],
    ['a batch', `[{"jsonrpc":"2.0","id":7,"method":"m",${params}}]`, ['7']],
    ['no JSON', long, []],
    ['broken at its end', `{"jsonrpc":"2.0","id":7,"method":"m",${params}`, ['7']],
  ])('%s', (_what, line, ids) => {
    for (const size of [512, 8000]) {
      const { messages, tooLong } = heard(`${line}\n${next}\n`, size);
      expect(tooLong.map(refused => refused.ids)).toEqual([ids]);
      expect(messages.map(text)).toEqual([next]);
    }
  });
});

test('a line of exactly the limit passes, with either line end', () => {
  const line = next + ' '.repeat(8192 - next.length);
  expect(heard(`${line}\n${line}\r\n${line} \n`, 1000)).toMatchObject({
    messages: [{ size: 8192 }, { size: 8192 }],
    tooLong: [{ ids: ['"next"'] }],
  });
});

test.each(['1', '"a"', '"\\u0061"', '9007199254740993', '1.5'])(
  'a cancel names the request with the id %s',
  id => {
    const cancel = `{"method":"notifications/cancelled","params":{"requestId":${id}}}`;
    const [line] = heard(cancel, 10).messages;
    expect(line && cancelledKey(line)).toBe(idKey(id));
  },
);
