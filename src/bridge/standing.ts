import type { Message } from './channel.ts';
import { findMember, skipSpace, valueAt } from './walk.ts';

/** Bytes of a request that is kept. */
export const LONGEST_STANDING = 16 * 1024;
/** Subscriptions that are kept, and the bytes of all: a greeting, which brings them to a new broker, is no longer. */
const MOST = 1000;
const MOST_BYTES = 1024 * 1024;

/**
 * What a host has arranged for the life of its session beside `initialize`: the log level, and the resources
 * whose changes it wants to hear of. A session that is begun again hears it again, or the host would wait in
 * vain. MCP 2025-11-25, Logging and Resources, "Subscriptions".
 */
export class Standing {
  #level: Message | undefined;
  readonly #subscriptions = new Map<string, Message>();
  #bytes = 0;

  /** Looks at a message of the host. */
  note(message: Message): void {
    const { kind, method, bytes } = message;
    if (kind !== 'request' || bytes.length > LONGEST_STANDING) return;
    if (method === 'logging/setLevel') this.#level = message;
    if (method !== 'resources/subscribe' && method !== 'resources/unsubscribe') return;
    const uri = uriOf(bytes);
    if (uri === undefined) return;
    this.#bytes -= this.#subscriptions.get(uri)?.bytes.length ?? 0;
    this.#subscriptions.delete(uri);
    if (method !== 'resources/subscribe' || this.#subscriptions.size >= MOST) return;
    if (this.#bytes + bytes.length > MOST_BYTES) return;
    this.#subscriptions.set(uri, message);
    this.#bytes += bytes.length;
  }

  /** The requests to say again, under ids of our own. */
  get messages(): Message[] {
    return [...(this.#level ? [this.#level] : []), ...this.#subscriptions.values()];
  }

  /** The host begins anew. */
  clear(): void {
    this.#level = undefined;
    this.#subscriptions.clear();
    this.#bytes = 0;
  }
}

function uriOf(bytes: Uint8Array): string | undefined {
  const params = findMember(bytes, skipSpace(bytes, 0), 'params');
  const place = params && bytes[params.start] === 0x7b ? findMember(bytes, params.start, 'uri') : undefined;
  const uri = place && valueAt(bytes, place);
  return typeof uri === 'string' ? uri : undefined;
}
