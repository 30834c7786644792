import type { EventStore } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';

const MAX_EVENTS = 20_000;

/** The latest events of one session, so that a stream can be resumed after it broke. */
export class MemoryEventStore implements EventStore {
  readonly #events = new Map<string, { stream: string; message: JSONRPCMessage }>();
  #next = 0;

  async storeEvent(stream: string, message: JSONRPCMessage): Promise<string> {
    const id = `${stream}/${this.#next++}`;
    this.#events.set(id, { stream, message });
    for (const oldest of this.#events.keys()) {
      if (this.#events.size <= MAX_EVENTS) break;
      this.#events.delete(oldest);
    }
    return id;
  }

  async getStreamIdForEventId(id: string): Promise<string | undefined> {
    return this.#events.get(id)?.stream;
  }

  async replayEventsAfter(
    lastId: string,
    { send }: { send: (id: string, message: JSONRPCMessage) => Promise<void> },
  ): Promise<string> {
    const stream = this.#events.get(lastId)?.stream ?? '';
    let after = false;
    for (const [id, event] of this.#events) {
      // What primes a stream is stored as an empty message and is not sent again.
      if (after && event.stream === stream && 'jsonrpc' in event.message) await send(id, event.message);
      after ||= id === lastId;
    }
    return stream;
  }
}
