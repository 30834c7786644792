import fc, { type Arbitrary } from 'fast-check';
import type { Json, Message } from './conversation.ts';

/** How much a generated server may say at once, in characters of JSON, and what it may do besides. */
export interface Scale {
  largest: number;
  /** MiB of a compressed bomb. */
  bomb: number;
  hosts: number;
  inFlight: number;
}

/** For a run of seconds, and for one of minutes. */
export const SHORT: Scale = { largest: 1 << 20, bomb: 64, hosts: 2, inFlight: 200 };
export const LONG: Scale = { largest: 12 << 20, bomb: 300, hosts: 4, inFlight: 2_000 };

/** Few mostly, and now and then as many as there may be: sizes matter by their magnitude. */
export function magnitude(most: number, least = 1): Arbitrary<number> {
  const steps = Math.log2(most / least);
  return fc.integer({ min: 0, max: 1_000 }).map(at => Math.round(least * 2 ** ((at / 1_000) * steps)));
}

const letters = fc.constantFrom('a', 'A', '0', '\u00fc', '\u20ac', ' ', 'a%25', 'eyJ');
const escaped = fc.constantFrom(
  '\\u0061',
  '\\\\u0061',
  '%61',
  '%2561',
  '%25%25',
  '\\"',
  '\\\\',
  '\\n',
  '&#97;',
  'YWFh',
  '\\ud83d\\ude00',
  'Bearer ',
  'token=a&',
  'a:b@',
  'https://a:b@c/?code=x ',
);
const FIELDS = ['access_token', 'refresh_token', 'client_secret', 'password', 'api_key', 'id_token'];

/** Any JSON value. */
export function json({ largest }: Scale): Arbitrary<Json> {
  const upTo = (each: number) => magnitude(Math.max(2, Math.floor(largest / each)));
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant<Json>({ kind: 'plain', json: '{}' }) },
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.oneof(letters, escaped), magnitude(largest))
        .map(([unit, size]): Json => ({ kind: 'text', unit, times: Math.ceil(size / unit.length) })),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom('[', '{"a":'), upTo(7))
        .map(([open, depth]): Json => ({ kind: 'nested', open: open as '[', depth })),
    },
    {
      weight: 3,
      arbitrary: fc
        .record({
          count: upTo(16),
          name: fc.oneof(fc.nat(12), magnitude(4_000)),
          same: fc.boolean(),
          value: fc.constantFrom('1', '{}', '[]', '"value"', '"Bearer abcdefghijklmnop"', 'null'),
        })
        .map(
          ({ count, ...rest }): Json => ({
            kind: 'members',
            count: Math.max(1, Math.min(count, Math.floor(largest / (rest.name + 10)))),
            ...rest,
          }),
        ),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          upTo(4),
          fc.constantFrom('0', '{}', '[]', '"x"', '{"id":1}', '{"token":"abcdefghijklmnopqrst"}'),
        )
        .map(([count, item]): Json => ({ kind: 'items', count, item })),
    },
    { weight: 1, arbitrary: magnitude(largest).map((count): Json => ({ kind: 'digits', count })) },
    {
      weight: 4,
      arbitrary: fc
        .record({
          field: fc.constantFrom(...FIELDS),
          letter: letters,
          length: magnitude(60_000, 20),
          count: magnitude(2_000),
        })
        .map(
          ({ count, ...rest }): Json => ({
            kind: 'secrets',
            count: Math.max(1, Math.min(count, Math.floor(largest / rest.length))),
            ...rest,
          }),
        ),
    },
  );
}

/** A message of one of these kinds. */
export function message(scale: Scale, kinds: readonly Message['kind'][]): Arbitrary<Message> {
  return fc
    .record({
      kind: fc.constantFrom(...kinds),
      value: json(scale),
      times: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, { weight: 2, arbitrary: magnitude(2_000) }),
      batch: fc.boolean(),
    })
    .map(each => ({
      ...each,
      times: Math.max(1, Math.floor(Math.min(each.times, timesFor(each.value, scale)))),
    }));
}

/** So that a message of megabytes does not come by the thousand. */
export function timesFor(value: Json, { largest }: Scale): number {
  switch (value.kind) {
    case 'plain':
      return largest;
    case 'text':
      return (4 * largest) / (value.unit.length * value.times);
    case 'nested':
      return largest / (7 * value.depth);
    case 'members':
      return largest / (value.count * (value.name + 10));
    case 'items':
      return largest / (value.count * value.item.length);
    case 'digits':
      return largest / value.count;
    case 'secrets':
      return (4 * largest) / (value.count * value.length);
  }
}

const RAW = [
  ':',
  ': comment\n',
  '\n',
  '\r',
  '\r\n',
  'data:x\n',
  'data\n',
  'data: \r',
  'dat',
  'a',
  'id: 1\n',
  'id: 1\n\n',
  'id:\n',
  'retry: 0\n',
  'retry: 0\n\n',
  'retry: 999999999999\n',
  'event: x\n',
  'event: message\ndata: {}\n\n',
  'data: {"jsonrpc":"2.0","method":"x"}\n\n',
  'data: [\n\n',
  'x: y\n',
  '\ufeff',
  '\u0000',
  'data: \ud83d\ude00',
];

/** What may stand in an event stream and is no event of MCP, or only half of one. */
export const rawText = fc.oneof(
  fc.constantFrom(...RAW),
  fc.array(fc.constantFrom(...RAW), { minLength: 2, maxLength: 4 }).map(parts => parts.join('')),
);
