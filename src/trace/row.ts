import type { Exchange, ExchangeId, MessageRecord, Purpose, TraceEvent } from './event.ts';

interface Common {
  /** The event's number; of an exchange that of the last. */
  seq: number;
  /** When it happened; an exchange when it began. */
  at: number;
  span: string;
}

/** An exchange in short: what a list shows of it. */
export interface ExchangeRow extends Common {
  kind: 'exchange';
  id: ExchangeId;
  purpose: Purpose;
  method: string;
  url: string;
  /** `open`: answered, and its body still runs. `broken`: the body broke off. */
  state: 'pending' | 'open' | 'done' | 'broken' | 'failed';
  status?: number;
  /** The code of the fault it failed with. */
  fault?: string;
  /** Bytes of the two bodies. */
  sent: number;
  received: number;
  /** The media type of the answer. */
  type?: string;
  /** The JSON-RPC method that was sent. */
  rpc?: string;
  /** Where a redirect leads. */
  location?: string;
  /** Fingerprint of the credential in `Authorization`. */
  token?: string;
  /** Milliseconds: of the phases, and from the start to the head and to the end. */
  timing: { dns?: number; connect?: number; tls?: number; head?: number; end?: number };
}

export interface MessageRow extends Common {
  kind: 'message';
  direction: MessageRecord['direction'];
  message: MessageRecord['kind'];
  id?: string;
  method?: string;
  size: number;
}

export interface NoteRow extends Common {
  kind: 'note';
  text: string;
}

export type TraceRow = ExchangeRow | MessageRow | NoteRow;

/** Characters of a URL and of a note that a row has. */
const LONGEST_URL = 500;
const LONGEST_NOTE = 300;
const LONGEST_NAME = 100;

const FINGERPRINT = /\[redacted \d+ #([0-9a-f]{6})\]/;
/** A member `method` before anything that is nested. */
const METHOD = /^\s*\{[^{}[]*"method"\s*:\s*"([^"\\]{1,100})"/;

/** The event in short, without bodies and header fields. A span has no row. */
export function toRow(event: TraceEvent): TraceRow | undefined {
  const { seq, at, span } = event;
  switch (event.kind) {
    case 'span':
      return undefined;
    case 'note':
      return { kind: 'note', seq, at, span, text: event.text.slice(0, LONGEST_NOTE) };
    case 'message': {
      const { direction, kind, id, method, size } = event.message;
      return {
        ...{ kind: 'message', seq, at, span, direction, message: kind, size },
        ...(id === undefined ? {} : { id }),
        ...(method === undefined ? {} : { method }),
      };
    }
    case 'exchange':
      return { kind: 'exchange', seq, at: event.exchange.startedAt, span, ...ofExchange(event.exchange) };
  }
}

function ofExchange(exchange: Exchange): Omit<ExchangeRow, keyof Common | 'kind'> {
  const { id, purpose, request, outcome, connection, timing } = exchange;
  const answered = outcome.kind === 'answered' ? outcome : undefined;
  const type = headerOf(answered?.headers, 'content-type')?.split(';', 1)[0]?.trim().slice(0, LONGEST_NAME);
  const isRedirect = answered !== undefined && answered.status >= 300 && answered.status < 400;
  const location = isRedirect ? headerOf(answered.headers, 'location') : undefined;
  const rpc = request.body && METHOD.exec(request.body.text)?.[1];
  const token = FINGERPRINT.exec(headerOf(request.headers, 'authorization') ?? '')?.[1];
  return {
    id,
    purpose,
    method: request.method.slice(0, LONGEST_NAME),
    url: request.url.slice(0, LONGEST_URL),
    state: stateOf(exchange),
    ...(answered ? { status: answered.status } : {}),
    ...(outcome.kind === 'failed' ? { fault: outcome.fault.code } : {}),
    sent: request.body?.size ?? 0,
    received: answered?.body?.size ?? 0,
    ...(type ? { type } : {}),
    ...(rpc ? { rpc } : {}),
    ...(location ? { location: location.slice(0, LONGEST_URL) } : {}),
    ...(token ? { token } : {}),
    timing: {
      ...timing,
      ...phases(connection),
    },
  };
}

/** A connection that was there already took no time. */
function phases(connection: Exchange['connection']): Pick<ExchangeRow['timing'], 'dns' | 'connect' | 'tls'> {
  if (!connection || connection.reused) return {};
  const { dns, connect, tlsHandshake } = connection;
  return {
    ...(dns === undefined ? {} : { dns }),
    ...(connect === undefined ? {} : { connect }),
    ...(tlsHandshake === undefined ? {} : { tls: tlsHandshake }),
  };
}

function stateOf({ outcome }: Exchange): ExchangeRow['state'] {
  if (outcome.kind !== 'answered') return outcome.kind;
  if (outcome.complete === undefined) return 'open';
  return outcome.complete ? 'done' : 'broken';
}

/** The first value of a header field, whatever the case of its name. */
function headerOf(headers: Exchange['request']['headers'] | undefined, name: string): string | undefined {
  return headers?.find(([each]) => each.toLowerCase() === name)?.[1];
}
