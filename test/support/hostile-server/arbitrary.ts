import fc, { type Arbitrary } from 'fast-check';
import type {
  Body,
  Conversation,
  Deed,
  Document,
  EventStream,
  Framing,
  Json,
  Message,
  Reply,
  SignIn,
  StreamPart,
} from './conversation.ts';

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
function magnitude(most: number, least = 1): Arbitrary<number> {
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

function json({ largest }: Scale): Arbitrary<Json> {
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

function message(scale: Scale, kinds: readonly Message['kind'][]): Arbitrary<Message> {
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
function timesFor(value: Json, { largest }: Scale): number {
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

const ANSWERS: readonly Message['kind'][] = [
  'answer',
  'answer',
  'twice',
  'foreign',
  'error',
  'forged',
  'half',
];
const UNASKED: readonly Message['kind'][] = [
  'notification',
  'notification',
  'progress',
  'list-changed',
  'request',
  'foreign',
];

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

const rawText = fc.oneof(
  fc.constantFrom(...RAW),
  fc.array(fc.constantFrom(...RAW), { minLength: 2, maxLength: 4 }).map(parts => parts.join('')),
);

function part(scale: Scale): Arbitrary<StreamPart> {
  return fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('message' as const),
        message: message(scale, [...UNASKED, ...ANSWERS]),
        lineEnd: fc.constantFrom('\n', '\r', '\r\n') as Arbitrary<'\n'>,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('raw' as const),
        text: rawText,
        times: magnitude(scale.largest / 16),
      }),
    },
  );
}

function stream(scale: Scale): Arbitrary<EventStream> {
  return fc.record({
    kind: fc.constant('stream' as const),
    parts: fc.array(part(scale), { minLength: 1, maxLength: 4 }),
    rounds: fc.oneof(fc.constant(1), magnitude(100), fc.constant(0)),
    rate: fc.oneof(fc.constant(0), magnitude(20_000)),
    after: fc.constantFrom('end', 'hold', 'break') as Arbitrary<'end'>,
  });
}

const framing: Arbitrary<Framing> = fc.record({
  chunk: fc.oneof(fc.constant(0), fc.constant(1), fc.constant(2), magnitude(65_536)),
  extension: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: magnitude(2_000) }),
  trailers: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: magnitude(200) }),
  coding: fc.oneof(
    { weight: 4, arbitrary: fc.constant('identity' as const) },
    { weight: 1, arbitrary: fc.constantFrom('gzip', 'br', 'gzip, gzip') as Arbitrary<'gzip'> },
  ),
  write: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: magnitude(65_536) }),
  pause: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 5 }) },
  ),
});

function body(scale: Scale, kinds: readonly Message['kind'][]): Arbitrary<Body> {
  return fc.oneof(
    {
      weight: 5,
      arbitrary: message(scale, kinds).map((each): Body => ({ kind: 'json', message: each })),
    },
    { weight: 5, arbitrary: stream(scale) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(rawText, fc.oneof(fc.constant(0), magnitude(scale.largest / 8)))
        .map(([text, times]): Body => ({ kind: 'raw', text, times })),
    },
    { weight: 1, arbitrary: magnitude(scale.bomb).map((mebibytes): Body => ({ kind: 'bomb', mebibytes })) },
  );
}

function reply(of: Arbitrary<Body>): Arbitrary<Reply> {
  return fc
    .record({
      status: fc.oneof(
        { weight: 5, arbitrary: fc.constant(200) },
        { weight: 1, arbitrary: fc.constantFrom(202, 400, 401, 403, 404, 405, 429, 500, 502, 503) },
      ),
      odd: fc.oneof(
        { weight: 6, arbitrary: fc.constant(undefined) },
        {
          weight: 1,
          arbitrary: fc.constantFrom('text/html', '', 'application/octet-stream', 'application/json'),
        },
      ),
      fields: fc.oneof(
        { weight: 4, arbitrary: fc.constant({ count: 0, length: 0 }) },
        { weight: 1, arbitrary: fc.record({ count: magnitude(500), length: magnitude(4_000) }) },
      ),
      challenge: fc.oneof(
        { weight: 4, arbitrary: fc.constant(0) },
        { weight: 1, arbitrary: magnitude(64_000) },
      ),
      body: of,
      framing,
    })
    .map(({ odd, body, framing, ...rest }) => ({
      ...rest,
      body,
      type: odd ?? (body.kind === 'stream' || body.kind === 'raw' ? 'text/event-stream' : 'application/json'),
      // A bomb is one in any coding; without chunks its end is the connection's.
      framing: body.kind === 'bomb' ? { ...framing, coding: 'gzip' as const } : framing,
    }));
}

function document(scale: Scale): Arbitrary<Document> {
  return fc.record({
    status: fc.oneof(
      { weight: 6, arbitrary: fc.constant(200) },
      { weight: 1, arbitrary: fc.constantFrom(201, 400, 404, 500) },
    ),
    more: json({ ...scale, largest: Math.min(scale.largest, 4 << 20) }),
    framing: fc.oneof(
      fc.constant<Framing>({ chunk: 0, extension: 0, trailers: 0, coding: 'identity', write: 0, pause: 0 }),
      framing,
    ),
  });
}

function signIn(scale: Scale): Arbitrary<SignIn> {
  const each = document(scale);
  return fc.record({
    challenge: fc.oneof(fc.constant(0), magnitude(64_000)),
    resource: each,
    issuer: each,
    registration: each,
    token: each,
    lives: fc.constantFrom(3_600, 60, 1, 0.001),
  });
}

/** With `ID` where an answer is owed. */
const LINES = [
  'nonsense',
  '{"jsonrpc":"2.0","id":1',
  '{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}',
  '{"jsonrpc":"2.0","id":"s0","result":{"roots":[]}}',
  '{"jsonrpc":"2.0","id":"never","result":{}}',
  '[]',
  '\u0000',
];

function deed(scale: Scale): Arbitrary<Deed> {
  return fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('ask' as const),
        method: fc.constantFrom('tools/call', 'tools/call', 'tools/list', 'ping', 'resources/list', 'x/y'),
        times: fc.oneof(fc.constant(1), magnitude(scale.inFlight)),
        value: json({ ...scale, largest: 4_096 }),
      }),
    },
    { weight: 1, arbitrary: fc.constant<Deed>({ kind: 'cancel' }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('line' as const),
        text: fc.constantFrom(...LINES),
        times: magnitude(100),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('wait' as const),
        milliseconds: fc.integer({ min: 1, max: 300 }),
      }),
    },
  );
}

/** Any conversation a hostile server may lead with its hosts. */
export function conversations(scale: Scale): Arbitrary<Conversation> {
  return fc.record({
    greeting: fc.oneof(
      { weight: 5, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: reply(body(scale, [...ANSWERS, ...ANSWERS, ...UNASKED])) },
    ),
    replies: fc.array(reply(body(scale, ANSWERS)), { minLength: 1, maxLength: 4 }),
    stream: fc.oneof(
      { weight: 1, arbitrary: fc.constant(null) },
      {
        weight: 2,
        arbitrary: reply(fc.oneof({ weight: 3, arbitrary: stream(scale) }, body(scale, UNASKED))),
      },
    ),
    signIn: fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: signIn(scale) }),
    hosts: fc.integer({ min: 1, max: scale.hosts }),
    deeds: fc.array(deed(scale), { minLength: 1, maxLength: 6 }),
  });
}
