/**
 * A recipe for a JSON value a server sends: a few words that stand for megabytes, so that a whole conversation can
 * be printed, kept in a test and made smaller.
 */
export type Json =
  /** JSON as it stands. */
  | { kind: 'plain'; json: string }
  /** A string of `unit`, which is written as it stands, escapes included. */
  | { kind: 'text'; unit: string; times: number }
  | { kind: 'nested'; open: '[' | '{"a":'; depth: number }
  /** An object; the names have `name` letters before their number, or are all the same. */
  | { kind: 'members'; count: number; name: number; same: boolean; value: string }
  | { kind: 'items'; count: number; item: string }
  | { kind: 'digits'; count: number }
  /**
   * Values that Keybridge is to take for secrets: `count` of them, each `length` characters long and alike up to
   * the last few.
   */
  | { kind: 'secrets'; field: string; letter: string; count: number; length: number };

/** What a message of the server is: whether it answers what was asked, and how. */
export type MessageKind =
  | 'answer'
  /** The same answer twice, with different results. */
  | 'twice'
  /** An answer to an id that nobody used. */
  | 'foreign'
  | 'error'
  /** An error that calls itself one of Keybridge's own. */
  | 'forged'
  | 'notification'
  | 'progress'
  | 'list-changed'
  /** A request of the server to the host. */
  | 'request'
  /** The first half of an answer. */
  | 'half';

export interface Message {
  kind: MessageKind;
  value: Json;
  /** So many of them, one after the other; as one JSON-RPC batch where `batch` is set. */
  times: number;
  batch: boolean;
}

/** Part of an event stream. */
export type StreamPart =
  | { kind: 'message'; message: Message; lineEnd: '\n' | '\r' | '\r\n' }
  /** Text as it stands, so many times: comments, fields, ends of lines or none. */
  | { kind: 'raw'; text: string; times: number };

export interface EventStream {
  kind: 'stream';
  parts: StreamPart[];
  /** How often the parts are sent; 0 is for as long as anybody reads. */
  rounds: number;
  /** Rounds a second; 0 is as fast as they are read. */
  rate: number;
  after: 'end' | 'hold' | 'break';
}

export type Body =
  | { kind: 'none' }
  | { kind: 'json'; message: Message }
  /** A JSON value that is no message: metadata, tokens, registrations. */
  | { kind: 'value'; value: Json }
  /** Text as it stands; `times` 0 is for as long as anybody reads. */
  | { kind: 'raw'; text: string; times: number }
  /** So many MiB of one letter, compressed. */
  | { kind: 'bomb'; mebibytes: number }
  | EventStream;

/** How the bytes of a body travel. */
export interface Framing {
  /** Bytes of a chunk; 0 is a body with a Content-Length, or up to the end of the connection. */
  chunk: number;
  /** Characters of each chunk's extension. */
  extension: number;
  trailers: number;
  coding: 'identity' | 'gzip' | 'br' | 'gzip, gzip';
  /** Bytes written at once, and milliseconds between; 0 is as many, and as fast, as they are read. */
  write: number;
  pause: number;
}

export interface Reply {
  status: number;
  type: string;
  /** Header fields besides those that belong there, and characters of each value. */
  fields: { count: number; length: number };
  /** Characters of a challenge in WWW-Authenticate; 0 is none. */
  challenge: number;
  /** Milliseconds until it begins. */
  delay: number;
  body: Body;
  framing: Framing;
}

/** A document of discovery or of the sign-in: what belongs there and something more. */
export interface Document {
  status: number;
  more: Json;
  framing: Framing;
}

/** A server that wants a sign-in, its authorization server included. */
export interface SignIn {
  challenge: number;
  resource: Document;
  issuer: Document;
  registration: Document;
  token: Document;
  /** Seconds a token lives. */
  lives: number;
}

/** What the hosts of the hostile server do, one thing after the other. */
export type Deed =
  | { kind: 'ask'; method: string; times: number; value: Json }
  | { kind: 'cancel' }
  /** A line that is no message, or not a good one. */
  | { kind: 'line'; text: string; times: number }
  | { kind: 'wait'; milliseconds: number };

/** One hostile server and its hosts. */
export interface Conversation {
  /** The answer to `initialize`; `null` is one as it should be. */
  greeting: Reply | null;
  /** The answers to whatever else is asked, in turn. */
  replies: Reply[];
  /** The answer to GET, on which a server speaks unasked; `null` is a server that has none. */
  stream: Reply | null;
  signIn: SignIn | null;
  /** The answer at every other address; `null` is 404. */
  elsewhere: Reply | null;
  hosts: number;
  deeds: Deed[];
}
