import { Fault } from '../base/fault.ts';
import { base64url } from '../base/text.ts';
import type { World } from '../base/world.ts';
import type { Grant } from '../oauth/grant.ts';
import type { SignInStep } from '../oauth/sign-in.ts';
import type { Asker } from './asker.ts';

/** Hosts start their servers twice; a host that connects within this time opens nothing. Milliseconds. */
const QUIET = 60_000;
/** Tabs opened by themselves for one sign-in, until somebody acts. */
const MOST_TABS = 3;

/**
 * One sign-in that waits for a person, and who was asked how often. Everybody who needs the grant waits
 * for the same one; it has one link with one `state`, so that any tab completes it.
 */
export class PendingSignIn {
  /** Resolves with the grant. */
  readonly outcome: Promise<Grant>;
  /** The link, once everything it needs stands. */
  url: URL | undefined;
  /** Whether anybody was shown the link. */
  asked = 0;
  readonly #world: Pick<World, 'now' | 'openBrowser' | 'random'>;
  readonly #abort = new AbortController();
  readonly #askers = new Set<Asker>();
  readonly #elicitations: { asker: Asker; id: string }[] = [];
  #lastAsked = Number.NEGATIVE_INFINITY;

  constructor(
    world: Pick<World, 'now' | 'openBrowser' | 'random'>,
    run: (signal: AbortSignal, onStep: (step: SignInStep) => void) => Promise<Grant>,
  ) {
    this.#world = world;
    this.outcome = run(this.#abort.signal, step => {
      if (step.step !== 'authorize') return;
      this.url = step.url;
      for (const asker of this.#askers) this.#present(asker, step.url);
    }).finally(() => {
      for (const { asker, id } of this.#elicitations) asker.elicited?.(id);
    });
    this.outcome.catch(() => {});
  }

  /** Ends it: everybody who waits gets the fault. */
  cancel(fault: Fault): void {
    this.#abort.abort(fault);
  }

  /** Takes part in it: shows the link where the rules of the house have it shown. */
  join(asker: Asker): void {
    if (this.#askers.has(asker)) return;
    this.#askers.add(asker);
    if (this.url) this.#present(asker, this.url);
  }

  leave(asker: Asker): void {
    this.#askers.delete(asker);
  }

  /**
   * Waits for the grant. Throws what the sign-in threw; `sign-in.needed`, with the link, after `patience`
   * milliseconds; the signal's reason.
   */
  async wait(patience: number | undefined, signal?: AbortSignal): Promise<Grant> {
    const { promise: given, reject } = Promise.withResolvers<never>();
    const giveUp = () => reject(this.needed());
    const abandon = () => reject(signal?.reason);
    const timer = patience === undefined ? undefined : setTimeout(giveUp, patience);
    signal?.addEventListener('abort', abandon, { once: true });
    if (signal?.aborted) abandon();
    try {
      return await Promise.race([this.outcome, given]);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abandon);
    }
  }

  /** What a request is told that cannot wait any longer. */
  needed(): Fault {
    return new Fault('sign-in.needed', 'A sign-in is needed and has not been completed.', {
      remedy: this.url ? `Open ${this.url.href} and ask again.` : 'Ask again in a moment.',
      ...(this.url ? { data: { signInUrl: this.url.href } } : {}),
    });
  }

  #present(asker: Asker, url: URL): void {
    asker.signInPending(url);
    const now = this.#world.now();
    if (asker.explicit) this.asked = 0;
    else if (this.asked > 0 && (now - this.#lastAsked < QUIET || this.asked >= MOST_TABS)) return;
    this.asked++;
    this.#lastAsked = now;
    this.#show(asker, url).catch(error => this.cancel(Fault.of(error)));
  }

  async #show(asker: Asker, url: URL): Promise<void> {
    if (asker.elicit) {
      const id = base64url(this.#world.random(16));
      this.#elicitations.push({ asker, id });
      const answer = await asker.elicit(url, id);
      if (answer === 'gone') {
        // Nobody saw it: the next host is asked as if it were the first.
        this.asked = 0;
        this.#lastAsked = Number.NEGATIVE_INFINITY;
      }
      if (answer !== 'unsupported') return;
    }
    try {
      await this.#world.openBrowser(url, asker.settings.browser);
      asker.shown(url, true);
    } catch {
      // No browser here: whoever reads the log or the answer can follow the link.
      asker.shown(url, false);
    }
  }
}
