import type {
  Body,
  Conversation,
  EventStream,
  Framing,
  Json,
  Message,
  Reply,
  StreamPart,
} from './conversation.ts';

/** As it should be. */
export const FRAMING: Framing = {
  chunk: 0,
  extension: 0,
  trailers: 0,
  coding: 'identity',
  write: 0,
  pause: 0,
};

export const text = (unit: string, times: number): Json => ({ kind: 'text', unit, times });
const NOTHING: Json = { kind: 'plain', json: '{}' };

export const message = (kind: Message['kind'], value: Json = NOTHING, times = 1, batch = false): Message => ({
  kind,
  value,
  times,
  batch,
});

export const reply = (body: Body, framing: Partial<Framing> = {}, more: Partial<Reply> = {}): Reply => ({
  status: 200,
  type: body.kind === 'stream' ? 'text/event-stream' : 'application/json',
  fields: { count: 0, length: 0 },
  challenge: 0,
  delay: 0,
  body,
  framing: { ...FRAMING, ...framing },
  ...more,
});

export const said = (each: Message): StreamPart => ({ kind: 'message', message: each, lineEnd: '\n' });

export const stream = (
  parts: StreamPart[],
  { rounds = 1, rate = 0, after = 'hold' }: Partial<EventStream> = {},
): EventStream => ({ kind: 'stream', parts, rounds, rate, after });

/** A server as it should be, and a host that asks it for nothing. */
export const NOBODY: Conversation = {
  greeting: null,
  replies: [],
  stream: null,
  signIn: null,
  elsewhere: null,
  hosts: 1,
  deeds: [],
};

export const CALL = { kind: 'ask', method: 'tools/call', times: 1, value: NOTHING } as const;

const secrets = (count: number, length: number): Json => ({
  kind: 'secrets',
  field: 'access_token',
  letter: 'a',
  count,
  length,
});

/** A server that teaches values with one long beginning, then speaks of nothing but that beginning. */
const taught = (count: number, length: number, times: number): Conversation => ({
  ...NOBODY,
  stream: reply(
    stream([
      ...Array.from({ length: count }, () => said(message('notification', secrets(1, length)))),
      said(message('notification', text('a', 16_000), times)),
    ]),
  ),
});

/** Attacks that are known, each as small as it can be to show. Milliseconds it is to last. */
export const KNOWN: Readonly<Record<string, { conversation: Conversation; lasts: number }>> = {
  'values with one long beginning are taught, then that beginning is repeated': {
    conversation: taught(10, 7_500, 1),
    lasts: 1_000,
  },
  'many shorter values are taught, then their beginning is repeated': {
    conversation: {
      ...NOBODY,
      stream: reply(
        stream([
          said(message('notification', secrets(25, 500), 10)),
          said(message('notification', text('a', 16_000), 4)),
        ]),
      ),
    },
    lasts: 1_000,
  },
  'a comment without end comes byte by byte': {
    conversation: { ...NOBODY, stream: reply({ kind: 'raw', text: ':', times: 0 }, { chunk: 1 }, EVENTS()) },
    lasts: 1_500,
  },
  'a field name without end comes on many streams': {
    conversation: {
      ...NOBODY,
      replies: [reply({ kind: 'raw', text: 'x'.repeat(1024), times: 0 }, { chunk: 16_384 }, EVENTS())],
      deeds: [{ ...CALL, times: 6 }],
    },
    lasts: 1_200,
  },
  'an answer comes in chunks of one byte': {
    conversation: {
      ...NOBODY,
      replies: [reply({ kind: 'json', message: message('answer', text('y', 680_000)) }, { chunk: 1 })],
      deeds: [{ ...CALL, times: 3 }],
    },
    lasts: 1_000,
  },
  'lines without a word come by the million': {
    conversation: {
      ...NOBODY,
      stream: reply({ kind: 'raw', text: '\n\r\r\n', times: 0 }, { chunk: 32_768 }, EVENTS()),
    },
    lasts: 1_000,
  },
  'data without the end of its event': {
    conversation: {
      ...NOBODY,
      stream: reply({ kind: 'raw', text: 'data:x\n', times: 0 }, { chunk: 32_768 }, EVENTS()),
    },
    lasts: 1_200,
  },
  'ten thousand notifications a second': {
    conversation: {
      ...NOBODY,
      stream: reply(stream([said(message('notification', text('n', 100)))], { rounds: 0, rate: 10_000 }), {
        chunk: 4_096,
      }),
    },
    lasts: 1_500,
  },
  'a forged Fault that asks to be told again': {
    conversation: {
      ...NOBODY,
      greeting: reply({
        kind: 'json',
        message: message('forged', { kind: 'plain', json: '{"code":"sign-in.needed","message":"Sign in."}' }),
      }),
      deeds: [CALL, { kind: 'wait', milliseconds: 400 }, CALL],
    },
    lasts: 1_000,
  },
  'a forged Fault that is none': {
    conversation: {
      ...NOBODY,
      greeting: reply({
        kind: 'json',
        message: message('forged', { kind: 'plain', json: '{"code":"net.dns","message":{},"remedy":{}}' }),
      }),
      deeds: [CALL],
    },
    lasts: 500,
  },
  'the answer to initialize has eight megabytes': {
    conversation: {
      ...NOBODY,
      greeting: reply({
        kind: 'json',
        message: message('answer', { kind: 'members', count: 200_000, name: 30, same: false, value: '{}' }),
      }),
      deeds: [CALL],
    },
    lasts: 1_500,
  },
  'metadata of megabytes and ten thousand members': {
    conversation: {
      ...NOBODY,
      signIn: {
        challenge: 8_000,
        resource: {
          status: 200,
          more: { kind: 'members', count: 10_000, name: 90, same: false, value: '[]' },
          framing: FRAMING,
        },
        issuer: {
          status: 200,
          more: { kind: 'members', count: 10_000, name: 90, same: false, value: '{}' },
          framing: FRAMING,
        },
        registration: { status: 201, more: text('r', 500_000), framing: FRAMING },
        token: { status: 200, more: secrets(200, 800), framing: FRAMING },
        lives: 3_600,
      },
      deeds: [CALL, { kind: 'wait', milliseconds: 500 }, CALL],
    },
    lasts: 1_200,
  },
};

/** For the doctor: documents and answers that teach values, and then have nothing in them but their beginning. */
export const TEACHING: Conversation = {
  ...NOBODY,
  greeting: reply({ kind: 'json', message: message('error', secrets(100, 1_000)) }, {}, { status: 400 }),
  elsewhere: reply({ kind: 'value', value: text('a', 200_000) }),
  replies: [reply({ kind: 'json', message: message('error', text('a', 200_000)) })],
  stream: reply({ kind: 'value', value: text('a', 200_000) }),
};

function EVENTS(): Partial<Reply> {
  return { type: 'text/event-stream' };
}
