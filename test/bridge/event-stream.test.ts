import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { concat } from '../../src/base/gathered-bytes.ts';
import { EventStreamParser, type ServerEvent } from '../../src/bridge/event-stream.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array) => new TextDecoder().decode(data);

/** What the reference says of the same stream: ids (priming ones too), retries and events, in order. */
function reference(source: string): unknown[] {
  const found: unknown[] = [];
  const parser = createParser({
    onId: id => found.push({ id }),
    onRetry: retry => found.push({ retry }),
    onEvent: ({ event, data }) => found.push({ event: event || undefined, data }),
  });
  parser.feed(source);
  return found;
}

function ours(chunks: readonly Uint8Array[], large?: number): unknown[] {
  const parser = new EventStreamParser(undefined, large);
  let ahead: Uint8Array[] = [];
  const spread = (event: ServerEvent) => {
    if (event.piece) {
      ahead.push(...event.piece);
      return [];
    }
    const whole = event.large ? { ...event, data: concat(ahead) } : event;
    if (!('retry' in event)) ahead = [];
    return parts(whole);
  };
  const parts = ({ id, type, data, retry }: ServerEvent) => [
    ...(id === undefined ? [] : [{ id }]),
    ...(retry === undefined ? [] : [{ retry }]),
    ...(data === undefined ? [] : [{ event: type || undefined, data: text(data) }]),
  ];
  return chunks.flatMap(chunk => parser.push(chunk)).flatMap(spread);
}

test('any stream, cut anywhere, is read as eventsource-parser reads it', () => {
  const field = fc.tuple(
    fc.constantFrom('data', 'data', 'id', 'event', 'retry', '', 'other', 'datum', 'd'),
    fc.constantFrom(':', ': ', ':  ', ''),
    fc.oneof(fc.constantFrom('', '1', '1500', 'message', '{"a":1}', 'é', '\0', ':', ' x'), fc.string()),
    fc.constantFrom('\n', '\r\n', '\r', '\n\n', '\r\n\r\n', '\r\r', '\n\r\n'),
  );
  fc.assert(
    fc.property(
      fc.array(field.map(parts => parts.join(''))),
      fc.constantFrom('', '\ufeff'),
      fc.array(fc.nat()),
      (fields, mark, at) => {
        // A last line makes the reference's CR at the end of everything unambiguous.
        const source = `${mark}${fields.join('')}:\n`;
        const data = bytes(source);
        const places = [0, ...at.map(place => place % data.length), data.length].sort((a, b) => a - b);
        const chunks = places.slice(1).map((end, index) => data.subarray(places[index], end));
        expect(ours(chunks)).toEqual(reference(source));
        // The same with data that goes ahead in pieces as soon as it can.
        expect(ours(chunks, 1)).toEqual(reference(source));
        expect(ours(chunks, 9)).toEqual(reference(source));
      },
    ),
    { numRuns: 3000 },
  );
});

test('a priming event is an id without data, and a retry counts before its block ends', () => {
  const parser = new EventStreamParser();
  expect(parser.push(bytes('id: e1\nretry: 500\n'))).toEqual([{ retry: 500 }]);
  expect(parser.push(bytes('\n'))).toEqual([{ id: 'e1' }]);
  expect(parser.push(bytes('data: cut off'))).toEqual([]);
});

test('an event over the limit is refused, however it is spread over lines and chunks', () => {
  const long = new EventStreamParser(100);
  expect(() => {
    for (let count = 0; count < 30; count++) long.push(bytes('data: abcd\n'));
  }).toThrow(/more than 100 bytes/);
  const endless = new EventStreamParser(100);
  expect(() => {
    for (let count = 0; count < 30; count++) endless.push(bytes(': comment'));
  }).toThrow(/more than 100 bytes/);
  const modest = new EventStreamParser(100);
  for (let count = 0; count < 30; count++) modest.push(bytes(': comment\ndata: abcd\n\n'));
});

describe('a line that never ends', () => {
  const feed = (beginning: string, letter: string, count: number) => {
    const parser = new EventStreamParser(undefined, 256 * 1024);
    parser.push(Buffer.from(beginning));
    const one = Buffer.from(letter);
    let most = 0;
    for (let i = 0; i < count; i++) {
      parser.push(one);
      most = Math.max(most, parser.held);
    }
    return { parser, most };
  };

  it.each([':', 'event: ', 'id: ', 'retry: ', 'unknown', 'dat', 'data-of-another-kind: '])(
    'is not kept beyond 64 KiB where it begins with %j, and what follows it is read',
    beginning => {
      const { parser, most } = feed(beginning, 'x', 300_000);
      expect(most).toBeLessThanOrEqual(64 * 1024 + 100);
      expect(parser.held).toBe(0);
      const events = parser.push(Buffer.from('\ndata: next\n\n'));
      expect(events.map(({ data }) => data && text(data))).toEqual(['next']);
    },
  );

  it('goes ahead in pieces where it is data', () => {
    const { parser, most } = feed('data: ', 'x', 300_000);
    expect(most).toBeLessThanOrEqual(256 * 1024 + 100);
    expect(parser.push(Buffer.from('\n\n')).at(-1)).toMatchObject({ large: true });
  });
});
