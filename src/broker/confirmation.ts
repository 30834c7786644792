import { base64url } from '../base/text.ts';
import type { World } from '../base/world.ts';
import { abortable } from '../bridge/backoff.ts';
import { type SignInHosts, unconfirmed } from '../oauth/authorization-endpoint.ts';
import type { Asker } from './asker.ts';

/**
 * A sign-in that nothing is opened for before somebody has said that its page and whoever gets what is allowed
 * there belong together. Hosts cannot be asked; they are told how it is confirmed.
 */
export class Confirmation {
  readonly hosts: SignInHosts;
  readonly #login: string;
  readonly #said = Promise.withResolvers<void>();

  /** `login`: the command that asks. */
  constructor(hosts: SignInHosts, login: string) {
    this.hosts = hosts;
    this.#login = login;
    this.#said.promise.catch(() => {});
  }

  /** What whoever waits for it is told. */
  needed() {
    return unconfirmed(
      this.hosts,
      `If you know that they do: ${this.#login}, which asks you; or add --sign-in-page ${this.hosts.page} to the server's flags.`,
    );
  }

  ask(asker: Asker): void {
    if (!asker.confirm) {
      asker.delayed(this.needed());
      return;
    }
    asker.confirm(this.hosts).then(yes => {
      if (yes) this.#said.resolve();
      else if (yes === false) this.#said.reject(this.needed());
    }, this.#said.reject);
  }

  /** Resolves once somebody has said so. Throws `sign-in.unconfirmed`, and the signal's reason. */
  wait(signal: AbortSignal): Promise<void> {
    return abortable(this.#said.promise, signal);
  }
}

/** Questions to whoever started a `login`, and who waits for their answers. */
export class Questions {
  readonly #world: Pick<World, 'random'>;
  readonly #open = new Map<string, (yes: boolean) => void>();

  constructor(world: Pick<World, 'random'>) {
    this.#world = world;
  }

  /** Tells the question's name, and resolves with the answer; with `undefined` when the signal says so first. */
  async ask(tell: (id: string) => void, signal: AbortSignal): Promise<boolean | undefined> {
    const id = base64url(this.#world.random(16));
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#open.set(id, resolve);
    tell(id);
    try {
      return await abortable(promise, signal).catch(() => undefined);
    } finally {
      this.#open.delete(id);
    }
  }

  /** Answers whether there was such a question. */
  answer(id: string, yes: boolean): boolean {
    const resolve = this.#open.get(id);
    resolve?.(yes === true);
    return resolve !== undefined;
  }
}
