import type { Fault } from '../base/fault.ts';
import type { World } from '../base/world.ts';
import type { Message } from '../bridge/channel.ts';
import { cancelledId, heads, idKey } from '../bridge/scan.ts';
import { answer, refusals } from './host-answers.ts';

/** Hosts give up on a request after a minute; before that they get a reason. Milliseconds. */
const HOST_PATIENCE = 45_000;

interface Entry {
  message: Message;
  /** Ends the wait of a request. */
  over: AbortController;
}

export interface HeldListener {
  /** What is told to a request that has waited too long. */
  whyLate(): Fault;
  toHost(message: Message): void;
}

/** What a host said while its server could not be spoken to, in order. Requests wait for so long only. */
export class Held {
  readonly #world: Pick<World, 'sleep'>;
  readonly #listener: HeldListener;
  /** Milliseconds a request waits. */
  readonly patience: number;
  #entries: Entry[] = [];

  /** `patience`: what the user says, if anything. */
  constructor(world: Pick<World, 'sleep'>, patience: number | undefined, listener: HeldListener) {
    this.#world = world;
    this.patience = patience ?? HOST_PATIENCE;
    this.#listener = listener;
  }

  /** Whether the host waits for an answer. */
  get asked(): boolean {
    return this.#entries.some(({ message }) => asks(message));
  }

  /** Takes what a host says: a ping is answered, what is cancelled here is dropped, the rest waits. */
  hold(message: Message): void {
    if (this.pong(message)) return;
    if (message.method === 'notifications/cancelled' && this.#cancel(message)) return;
    this.#add(message);
  }

  /** A host that only asks whether somebody is there is answered by us, and it is no reason for a sign-in. */
  pong(message: Message): boolean {
    if (message.method !== 'ping' || message.id === undefined) return false;
    this.#listener.toHost(answer(message.id, {}));
    return true;
  }

  /** Tells everybody who waits for an answer to this why there is none. */
  refuse(message: Message, fault: Fault): void {
    for (const refusal of refusals(message, fault)) this.#listener.toHost(refusal);
    message.release?.();
  }

  #add(message: Message): void {
    const entry: Entry = { message, over: new AbortController() };
    this.#entries.push(entry);
    if (!asks(message)) return;
    this.#world.sleep(this.patience, entry.over.signal).then(
      () => {
        this.#entries = this.#entries.filter(other => other !== entry);
        this.refuse(message, this.#listener.whyLate());
      },
      () => {},
    );
  }

  /** Drops the request that a `notifications/cancelled` names; `false` when it is not held. */
  #cancel(notification: Message): boolean {
    const id = cancelledId(notification);
    if (id === undefined) return false;
    const found = this.#entries.find(
      ({ message: { kind, id: held } }) =>
        kind === 'request' && held !== undefined && idKey(held) === idKey(id),
    );
    found?.over.abort();
    found?.message.release?.();
    this.#entries = this.#entries.filter(other => other !== found);
    return found !== undefined;
  }

  /** Everything held, which is held no more. */
  take(): Message[] {
    const taken = this.#entries;
    this.#entries = [];
    for (const { over } of taken) over.abort();
    return taken.map(({ message }) => message);
  }
}

/** Whether a host waits for an answer to it, or to a part of it. */
export function asks(message: Message): boolean {
  return heads(message).some(({ kind }) => kind === 'request');
}
