import { describe, expect, test } from 'vitest';
import { LineSplitter } from '../../src/bridge/lines.ts';
import { TooLong } from '../../src/node/too-long.ts';

/** What is found of the id when `line` passes through a splitter with a low limit, in chunks. */
function idOf(line: string, size = 512): string | undefined {
  let found: string | undefined;
  let watched: TooLong | undefined;
  const splitter = new LineSplitter({
    limit: 8192,
    onTooLong: beginning => {
      watched = new TooLong(beginning);
    },
  });
  const bytes = Buffer.from(`${line}\n{"jsonrpc":"2.0","id":"next","method":"ping"}\n`);
  for (let at = 0; at < bytes.length; at += size) {
    const chunk = bytes.subarray(at, at + size);
    splitter.push(chunk);
    if (!watched?.push(chunk)) continue;
    found = watched.id;
    watched = undefined;
  }
  return found;
}

const long = 'x'.repeat(20_000);
const params = `"params":{"id":666,"text":"${long}"}`;
const nested = `"params":{"text":"${long}","deep":{"method":"no","id":667}}`;

describe('the id of a request that is too long', () => {
  test.each([
    ['before the parameters', `{"jsonrpc":"2.0","id":7,"method":"tools/call",${params}}`, '7'],
    ['before them, as a string', `{"jsonrpc":"2.0","id":"a\\"b","method":"m",${params}}`, '"a\\"b"'],
    ['before them, with space', `  { "id" : -1 , "method" : "m" , ${params} } `, '-1'],
    ['behind them', `{"method":"tools/call",${params},"jsonrpc":"2.0","id":8}`, '8'],
    ['behind them, as a string', `{"method":"m",${params},"jsonrpc":"2.0","id":"ü,}"}`, '"ü,}"'],
    ['behind them, with the method', `{${params},"id":9,"method":"m","jsonrpc":"2.0"}\r`, '9'],
    ['behind them, after a value that looks like one', `{"method":"m",${nested},"id":10}`, '10'],
  ])('is found %s', (_where, line, id) => {
    expect(idOf(line)).toBe(id);
    expect(idOf(line, 8000)).toBe(id);
  });

  test.each([
    ['a notification', `{"jsonrpc":"2.0","method":"m",${params}}`],
    ['a notification whose parameters end with one', `{"jsonrpc":"2.0","method":"m",${nested}}`],
    ['an answer', `{"jsonrpc":"2.0","id":7,"result":{"text":"${long}"}}`],
    ['an answer as the SDK writes it', `{"result":{"method":"m","text":"${long}"},"jsonrpc":"2.0","id":7}`],
    ['an answer with an error', `{"id":7,"error":{"message":"${long}"},"jsonrpc":"2.0"}`],
    ['a text that looks like one', `{"method":"m","params":{"text":"${long},\\"id\\":5}"}}`],
    ['an id that is no id', `{"jsonrpc":"2.0","id":{"a":1},"method":"m",${params}}`],
    ['no JSON', long],
    ['a batch', `[{"jsonrpc":"2.0","id":7,"method":"m",${params}}]`],
  ])('is not made up for %s', (_what, line) => {
    expect(idOf(line)).toBeUndefined();
  });
});
