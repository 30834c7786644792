import type { Fault } from '../base/fault.ts';
import type { Heads } from './head-scanner.ts';

/**
 * One JSON-RPC message as bytes, never rewritten: key order, number spelling and white space stay.
 * The head was read by scanning, the body was not parsed.
 */
export interface Message extends Heads {
  /** One JSON text in UTF-8 without line breaks; empty when it went ahead in pieces. */
  bytes: Uint8Array;
  /** Gives back the memory of a large message; its bytes are gone then. */
  release?: () => void;
  /** Set when the message's bytes went ahead in pieces under this number. */
  transfer?: number;
  /**
   * Why there is no answer, in an error that was made here in a server's place. Never read from bytes: what a
   * server says is not ours, whatever it looks like.
   */
  fault?: Fault;
}

/** Bytes of a message too large to be held, on their way before it is known what it is, or whether it is one. */
export interface Piece {
  kind: 'piece';
  transfer: number;
  bytes: readonly Uint8Array[];
}

/** Nothing comes of the pieces under this number. */
export interface Dropped {
  kind: 'dropped';
  transfer: number;
}

/** What a server's side sends: a message, or something of one that is too large to be held. */
export type Parcel = Message | Piece | Dropped;

/** One side of a JSON-RPC conversation; a bridge is two of them joined. */
interface Channel<Sent extends Parcel, Heard extends Parcel> {
  /** Resolves when there is room for more; the answer comes through `messages`. */
  send(message: Sent): Promise<void>;
  readonly messages: AsyncIterable<Heard>;
  close(): Promise<void>;
}

/** What a host says comes whole; what it is told may go in pieces. */
export type HostChannel = Channel<Parcel, Message>;
export type ServerChannel = Channel<Message, Parcel>;

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
