import { Fault } from '../base/fault.ts';
import { base64url } from '../base/text.ts';
import type { World } from '../base/world.ts';
import type { Message } from '../bridge/channel.ts';
import type { Link } from '../oauth/sign-in.ts';
import { linkDone, resultOf, showLink } from './host-answers.ts';

/** A host must have said `initialized` by then to be asked. Milliseconds. */
const HOST_READY = 5_000;

/** The links one host was asked to show its user. MCP Elicitation, URL mode. */
export class Elicitations {
  readonly #server: URL;
  readonly #world: Pick<World, 'sleep' | 'random'>;
  readonly #send: (message: Message) => void;
  readonly #closed = new AbortController();
  /** By the raw id of our request. */
  readonly #open = new Map<string, (answer: Message | undefined) => void>();

  constructor(server: URL, world: Pick<World, 'sleep' | 'random'>, send: (message: Message) => void) {
    this.#server = server;
    this.#world = world;
    this.#send = send;
  }

  /**
   * Resolves with what became of it: `gone` when the host left. Throws `sign-in.denied` when the user
   * declined. A server may ask nothing before the host has said `initialized`, so that is waited for.
   */
  async ask(
    link: Link,
    elicitationId: string,
    initialized: Promise<void>,
  ): Promise<'accepted' | 'unsupported' | 'gone'> {
    const ready = await this.#isReady(initialized);
    if (this.#closed.signal.aborted) return 'gone';
    if (!ready) return 'unsupported';
    // A late answer to a question of an earlier broker must not be taken for this one's.
    const id = `keybridge-elicitation-${base64url(this.#world.random(9))}`;
    const key = JSON.stringify(id);
    const answer = await new Promise<Message | undefined>(resolve => {
      this.#open.set(key, resolve);
      this.#send(showLink(id, elicitationId, link, this.#server));
    });
    if (!answer) return 'gone';
    const action = resultOf(answer)?.action;
    if (action === 'accept') return 'accepted';
    if (action === 'decline' || action === 'cancel') {
      throw new Fault('sign-in.denied', `The sign-in to ${this.#server.host} was declined in the app.`, {
        remedy: 'Ask again to sign in.',
      });
    }
    return 'unsupported';
  }

  /** Takes the host's answer to one of ours; `false` for any other message. */
  take(answer: Message): boolean {
    const { kind, id } = answer;
    const settle = kind === 'response' && id !== undefined ? this.#open.get(id) : undefined;
    if (!settle || id === undefined) return false;
    this.#open.delete(id);
    settle(answer);
    return true;
  }

  /** The sign-in behind a link is over: the host may close its question. */
  complete(elicitationId: string): void {
    this.#send(linkDone(elicitationId));
  }

  /** The host is gone. */
  close(): void {
    this.#closed.abort();
    for (const settle of this.#open.values()) settle(undefined);
    this.#open.clear();
  }
  async #isReady(initialized: Promise<void>): Promise<boolean> {
    const over = new AbortController();
    const late = this.#world.sleep(HOST_READY, AbortSignal.any([this.#closed.signal, over.signal]));
    try {
      return await Promise.race([
        initialized.then(() => true),
        late.then(
          () => false,
          () => false,
        ),
      ]);
    } finally {
      over.abort();
    }
  }
}
