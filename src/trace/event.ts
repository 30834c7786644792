import type { FaultJson } from '../base/fault.ts';
import type { Connection, HeaderList } from '../base/world.ts';

/** Why a request was made. */
export type Purpose =
  | 'mcp'
  | 'mcp-stream'
  | 'mcp-session-end'
  | 'resource-metadata'
  | 'server-metadata'
  | 'registration'
  | 'device'
  | 'token'
  | 'refresh'
  | 'revocation'
  | 'probe';

export type ExchangeId = string;

/** A body as it was recorded: redacted, cut to a bounded length. */
export interface RecordedBody {
  /** Bytes that went over the wire (decoded). */
  size: number;
  text: string;
  /** True when `text` is only the beginning. */
  cut: boolean;
}

/** One HTTP request and what became of it. Plain data, redacted at recording. */
export interface Exchange {
  id: ExchangeId;
  purpose: Purpose;
  startedAt: number;
  request: { method: string; url: string; headers: HeaderList; body?: RecordedBody };
  outcome:
    | { kind: 'pending' }
    | {
        kind: 'answered';
        status: number;
        headers: HeaderList;
        /** Absent while the body is still being read, or when there is none. */
        body?: RecordedBody;
        /** False when the body broke off. */
        complete?: boolean;
      }
    | { kind: 'failed'; fault: FaultJson };
  connection?: Connection;
  /** Milliseconds from the start. */
  timing: { head?: number; end?: number };
}

/** One JSON-RPC message on its way through a bridge. */
export interface MessageRecord {
  direction: 'from-host' | 'to-host';
  kind: 'request' | 'notification' | 'response' | 'batch';
  /** The id as it stands in the message (raw JSON). */
  id?: string;
  method?: string;
  size: number;
  /** Redacted and cut. */
  text: string;
  cut: boolean;
}

/** A named stretch of work; spans nest by `parent`. */
export interface SpanRecord {
  id: string;
  name: string;
  parent?: string;
  /** The server and the profile it is done for; what is nested in it is done for the same. */
  target?: SpanTarget;
}

/** Which server a stretch of work is for: its URL as it may be shown, and the profile. */
export interface SpanTarget {
  server: string;
  profile: string;
}

export type TraceEvent = { seq: number; at: number; span: string } & (
  | { kind: 'span'; started: SpanRecord }
  /** Sent again whenever something of the exchange becomes known; the last one counts. */
  | { kind: 'exchange'; exchange: Exchange }
  | { kind: 'message'; message: MessageRecord }
  | { kind: 'note'; text: string }
);

/** What {@link Span.fetch} is asked for. */
export interface FetchRequest {
  method: string;
  url: string;
  headers: HeaderList;
  body?: Uint8Array | undefined;
  signal?: AbortSignal | undefined;
  network?: import('../base/world.ts').NetworkSettings | undefined;
  reach?: 'any' | 'public' | undefined;
  /** Milliseconds until the response's head must be there; 0 for no limit of our own. */
  headTimeout?: number | undefined;
  /** Names of header fields whose values the user gave and which are recorded as secrets. */
  secretHeaders?: readonly string[] | undefined;
  /** Bytes of the answer's body that are recorded; 64 KiB unless told. */
  recorded?: number | undefined;
}

/** What {@link Span.fetch} answers. Reading `response.body` is what records it. */
export interface Fetched {
  response: Response;
  /** Order and duplicates kept. */
  headers: HeaderList;
  exchange: ExchangeId;
  connection: Connection;
}

/** The only road to the network, and the pen that writes the trace. */
export interface Span {
  readonly id: string;
  /** Throws `net.*` faults, or the signal's reason. Redirects are answers, not followed. */
  fetch(purpose: Purpose, request: FetchRequest): Promise<Fetched>;
  /** A sentence for the reader of the trace. Redacted like everything else. */
  note(text: string): void;
  /** `size`: bytes of the message when `bytes` are only its beginning. */
  message(direction: MessageRecord['direction'], bytes: Uint8Array, head: MessageHead, size?: number): void;
  span(name: string, target?: SpanTarget): Span;
  /** From now on this value is replaced wherever it would be recorded. */
  secret(value: string): void;
}

/** What is known of a message without parsing all of it. */
export interface MessageHead {
  kind: MessageRecord['kind'];
  /** Raw JSON of the id: `1` and `"1"` are two ids. */
  id?: string;
  method?: string;
}
