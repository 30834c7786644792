import fc, { type Arbitrary } from 'fast-check';
import { json, magnitude, message, rawText, type Scale, timesFor } from './arbitrary-values.ts';
import type {
  Body,
  Conversation,
  Deed,
  Document,
  EventStream,
  Framing,
  Message,
  Reply,
  SignIn,
  StreamPart,
} from './conversation.ts';

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
      delay: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(1_000) }),
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
      arbitrary: fc
        .record({
          kind: fc.constant('ask' as const),
          method: fc.constantFrom('tools/call', 'tools/call', 'tools/list', 'ping', 'resources/list', 'x/y'),
          times: fc.oneof(fc.constant(1), magnitude(scale.inFlight)),
          value: json({ ...scale, largest: 4_096 }),
        })
        // A host is not hostile: what it asks is a few MiB at most.
        .map(({ times, ...ask }) => ({
          ...ask,
          times: Math.max(
            1,
            Math.floor(Math.min(times, timesFor(ask.value, { ...scale, largest: 1 << 20 }))),
          ),
        })),
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
    elsewhere: fc.oneof(
      { weight: 4, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: reply(body(scale, ANSWERS)) },
    ),
    hosts: fc.integer({ min: 1, max: scale.hosts }),
    deeds: fc.array(deed(scale), { minLength: 1, maxLength: 6 }),
  });
}

/** The same with more to look at for a doctor: documents of discovery, and something at every other address. */
export function examinations(scale: Scale): Arbitrary<Conversation> {
  return fc
    .record({
      conversation: conversations(scale),
      signIn: fc.oneof(fc.constant(null), signIn(scale)),
      elsewhere: fc.oneof(fc.constant(null), reply(body(scale, ANSWERS))),
    })
    .map(({ conversation, ...more }) => ({ ...conversation, ...more }));
}
