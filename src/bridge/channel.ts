import type { MessageHead } from '../trace/event.ts';

/**
 * One JSON-RPC message as bytes, never rewritten: key order, number spelling and white space stay.
 * The head was read by scanning, the body was not parsed.
 */
export interface Message extends MessageHead {
  /** One JSON text in UTF-8 without line breaks. */
  bytes: Uint8Array;
  /** For `kind: 'batch'`: the heads of its members. */
  parts?: readonly MessageHead[];
}

/** One side of a JSON-RPC conversation; a bridge is two of them joined. */
export interface Channel {
  /** Resolves when the message was handed over; the answer comes through `messages`. */
  send(message: Message): Promise<void>;
  readonly messages: AsyncIterable<Message>;
  close(): Promise<void>;
}

/** What a refused request brings to {@link Authorize}. */
export interface Refusal {
  status: number;
  /** Values of every WWW-Authenticate field, in order. */
  challenges: readonly string[];
  /** The access token the refused request carried, if any. */
  token?: string | undefined;
  exchange: string;
  /** True when no host asked for anything (the notification stream): no tab may open for it. */
  background?: boolean | undefined;
  /** Address the server answered from, to tell public servers from private ones. */
  address?: string | undefined;
}

/**
 * The access token to send, or `undefined` for none. Called without a refusal before each request and
 * with one after a 401 or a 403 `insufficient_scope`; it may wait for a sign-in, and throws Faults.
 */
export type Authorize = (refusal?: Refusal, signal?: AbortSignal) => Promise<string | undefined>;
