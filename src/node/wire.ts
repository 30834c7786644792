import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { Fault, type FaultJson } from '../base/fault.ts';
import type { BridgeSettings } from '../broker/settings.ts';
import type { BrokerKind, Identity } from './identity.ts';

/**
 * The wire between a shim and the broker: lines. A line that begins with `#` is a control line of ours,
 * every other is a JSON-RPC message, passed as it is. Both sides prove that they know the secret of the
 * state folder before anything else is said; a greeting, which may hold credentials, comes after.
 *
 * Frozen for ever, so that any two versions can part: that a control line is `#`, a JSON object and a line
 * feed; `{ keybridge, nonce }` from the client, `{ keybridge, version, kind, nonce, proof }` from the broker
 * and `{ proof, greeting }` from the client, with {@link proof} as it is; in place of any line of the broker
 * `{ goodbye }` (it is just ending: come again) and after the greeting `{ fault }`; the greetings `stop` and
 * `handover` and what follows them ({@link HandOverLine}). A member nobody knows is passed over. All else
 * may change with this number, which is told as `keybridge`.
 */
export const WIRE_VERSION = 1;

/** What a shim tells the broker first. */
export type Greeting =
  | {
      kind: 'bridge';
      settings: BridgeSettings;
      /** Set when a shim comes back after its broker was lost: the host's own words, to say again. */
      resume?: { initialize: string; initialized: boolean; standing?: readonly string[] };
    }
  | { kind: 'api' }
  /** Ends the broker in good order, as the Api's `stop` does. Answered `{ ok }`; the close says that it has ended. */
  | { kind: 'stop' }
  /** A broker that outranks this one wants its place. */
  | { kind: 'handover'; from: Identity };

/**
 * A hand-over in turns, the older broker first: `ok`, once the greeting was read; `ready`, the newer one
 * could begin at once; then the older one finishes what is under way and sends all that is in memory only
 * as `handover`; `taken`; `released`, the place is free and no file will be written any more; `serving`.
 * Until then the older one goes on if the newer one is lost.
 */
export type HandOverLine =
  /** `vault`: sign-ins are in memory only because the user asked for that. */
  | { ok: true; vault?: 'memory' }
  | { ready: true }
  /** The contents of the store as JSON (`src/tokens/contents.ts`), where they are not on disk. Never logged. */
  | { handover: { contents?: string } }
  | { taken: true }
  | { released: true }
  | { serving: true };

export type ClientLine =
  | { keybridge: number; nonce: string }
  | { proof: string; greeting: Greeting }
  /** A message of so many bytes, too large to be sent unasked. */
  | { offer: number; bytes: number }
  /** It is not to be had any more. */
  | { withdrawn: number }
  /** The bytes of what was offered follow, right behind this line. */
  | { large: number }
  /** Asks for a sign of life. */
  | { ping: number }
  /** The answer to `drain`: no request comes behind this, and nothing that was offered. */
  | { holding: true };

export type BrokerLine =
  | { keybridge: number; version: string; kind: BrokerKind; nonce: string; proof: string }
  /** `pings`: it answers a `ping`. A broker that does not say so must not be asked, or be missed. */
  | { ok: true; pings?: true }
  | { fault: FaultJson }
  /** A sentence for the shim's stderr. */
  | { log: string; level: 'info' | 'debug' }
  /** The broker is about to end: it answers what is open, and wants no further requests. */
  | { drain: true }
  /**
   * The broker ends on purpose: no crash, and nothing to start again before a host asks. After a hand-over
   * another one is there already.
   */
  | { goodbye: true; reason?: Goodbye }
  /** There is room for what was offered under this number. */
  | { take: number }
  /** There is none, and there will be none soon. */
  | { refused: number; fault: FaultJson }
  /** The answer to a `ping`. */
  | { pong: number }
  /** So many bytes follow, right behind this line, of a message too large to be held. */
  | { piece: number; bytes: number }
  /** The pieces under this number are a message; it answers the requests with these ids (raw JSON). */
  | { whole: number; answers: readonly string[] }
  /** The pieces under this number are for nobody. */
  | { dropped: number }
  /** Why the host's last request could not be served; sets the shim's exit code. `null`: it works now. */
  | { trouble: FaultJson | null };

/** Why a broker leaves, where that makes a difference to those it leaves. */
export type Goodbye = 'handover';

const HASH = 0x23;

/** Whether a line is one of ours. */
export function isControl(line: Uint8Array): boolean {
  return line[0] === HASH;
}

export function controlLine(value: ClientLine | BrokerLine | HandOverLine): string {
  return `#${JSON.stringify(value)}\n`;
}

/** Reads a control line. Throws `broker.refused` for what is none. */
export function readControl<T extends ClientLine | BrokerLine | HandOverLine>(line: Uint8Array): Partial<T> {
  try {
    const value: unknown = JSON.parse(
      Buffer.from(line.buffer, line.byteOffset + 1, line.byteLength - 1).toString(),
    );
    if (typeof value === 'object' && value !== null) return value as Partial<T>;
  } catch {
    // Falls through to the fault.
  }
  throw new Fault('broker.refused', 'The program on the socket does not speak as a Keybridge does.');
}

export function nonce(): string {
  return randomBytes(32).toString('hex');
}

/** What one side shows to prove that it knows the secret, bound to both nonces and to its role. */
export function proof(secret: Uint8Array, role: 'broker' | 'client', client: string, broker: string): string {
  return createHmac('sha256', secret).update(`${role}|${client}|${broker}`).digest('hex');
}

/** Compares two proofs in constant time. */
export function sameProof(one: unknown, other: string): boolean {
  if (typeof one !== 'string') return false;
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
