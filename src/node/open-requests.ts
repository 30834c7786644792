import type { Message } from '../bridge/channel.ts';
import { cancelledId, heads, idKey } from '../bridge/scan.ts';

/** The requests of one host that have no answer yet, and whether it goes on asking. */
export class OpenRequests {
  readonly #open = new Set<string>();
  readonly #finished = Promise.withResolvers<void>();
  #holding = false;

  /** Resolves once the host sends no more and has every answer, or is gone. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  /** A message came from the host. */
  asked(message: Message): void {
    for (const { kind, id } of heads(message))
      if (kind === 'request' && id !== undefined) this.#open.add(idKey(id));
    if (message.method !== 'notifications/cancelled') return;
    // It gets no answer.
    const id = cancelledId(message);
    if (id !== undefined) this.#open.delete(idKey(id));
    this.#look();
  }

  /** A message was written to the host. */
  answered(message: Message): void {
    for (const { kind, id } of heads(message))
      if (kind === 'response' && id !== undefined) this.#open.delete(idKey(id));
    this.#look();
  }

  /** The host's shim keeps what comes from now on. */
  held(): void {
    this.#holding = true;
    this.#look();
  }

  gone(): void {
    this.#finished.resolve();
  }

  #look(): void {
    if (this.#holding && this.#open.size === 0) this.#finished.resolve();
  }
}
