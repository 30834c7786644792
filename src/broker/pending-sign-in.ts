import { Fault } from '../base/fault.ts';
import { base64url, word } from '../base/text.ts';
import type { World } from '../base/world.ts';
import { abortable } from '../bridge/backoff.ts';
import type { SignInHosts } from '../oauth/authorization-endpoint.ts';
import type { Grant } from '../oauth/grant.ts';
import type { Link } from '../oauth/sign-in.ts';
import type { Asker } from './asker.ts';
import { Confirmation } from './confirmation.ts';
import { look, type Sight } from './onlooker.ts';

/** Hosts start their servers twice; a host that connects within this time opens nothing. Milliseconds. */
const QUIET = 60_000;
/** Times the link is shown by itself for one sign-in, until somebody acts. */
const MOST_TIMES = 3;
/** A sign-in nobody waits for is not waited for either, this long after its link was shown. Milliseconds. */
const FORGOTTEN = 60 * 60_000;
/** Somebody may still be at the link this long after whoever needed it has gone. Milliseconds. */
const AT_THE_LINK = 10 * 60_000;
/** An onlooker may hold a step up this long while others wait, less than a host's request does. Milliseconds. */
const LONGEST_LOOK = 20_000;

type PendingWorld = Pick<World, 'now' | 'openBrowser' | 'random' | 'sleep'>;

/**
 * One sign-in that waits for a person, and who was asked how often. Everybody who needs the grant waits
 * for the same one; it has one link with one `state`, so that any tab completes it.
 */
export class PendingSignIn {
  /** Resolves with the grant. */
  readonly outcome: Promise<Grant>;
  /** It is for these scopes besides: what was granted before goes on meanwhile. */
  readonly stepUp: readonly string[] | undefined;
  /** Nobody is asked to sign in: the client acts for itself. */
  readonly unattended: boolean;
  /** The link, once everything it needs stands. */
  link: Link | undefined;
  /** Nothing is opened before somebody has confirmed this. */
  confirmation: Confirmation | undefined;
  /** Whether anybody was shown a link. */
  shown = false;
  /** Another sign-in has made it needless. */
  settled = false;
  readonly #world: PendingWorld;
  readonly #abort = new AbortController();
  readonly #elsewhere = Promise.withResolvers<Grant>();
  /** Each with what resolves when it has left. */
  readonly #askers = new Map<Asker, PromiseWithResolvers<void>>();
  /** For who joins later. */
  readonly #sights: Sight[] = [];
  /** Links a host shows its user, by the ids it knows them by. */
  readonly #elicitations = new Map<string, Asker>();
  /** How often the link was shown since somebody last acted, when last, and by whom. */
  #times = 0;
  #lastAt = Number.NEGATIVE_INFINITY;
  #lastBy: Asker | undefined;
  /** Somebody has followed the link to its end. */
  #arrived = false;
  #over = false;

  constructor(
    world: PendingWorld,
    run: (
      signal: AbortSignal,
      see: (sight: Sight) => Promise<void>,
      confirm: (hosts: SignInHosts) => Promise<void>,
    ) => Promise<Grant>,
    {
      stepUp,
      unattended = false,
      login = 'keybridge login',
    }: { stepUp?: readonly string[] | undefined; unattended?: boolean; login?: string } = {},
  ) {
    this.#world = world;
    this.stepUp = stepUp;
    this.unattended = unattended;
    const see = (sight: Sight) => {
      const seen = this.#tell(sight);
      if (sight.step === 'authorize') this.#linked(sight);
      if (sight.step === 'arrived') this.#arrived = true;
      return seen;
    };
    const flow = run(this.#abort.signal, see, hosts => this.#confirm(new Confirmation(hosts, login)));
    this.outcome = Promise.race([flow, this.#elsewhere.promise]).finally(() => {
      this.#over = true;
      for (const [id, asker] of this.#elicitations) safely(() => asker.elicited?.(id));
    });
    this.outcome.catch(() => {});
  }

  /** Nobody waits for it, and nobody was shown it for long: it holds nothing up. */
  get forgotten(): boolean {
    return this.#askers.size === 0 && this.#world.now() - this.#lastAt >= FORGOTTEN;
  }

  /** Somebody waits for it, or was shown its link not long ago. */
  get isAwaited(): boolean {
    return this.#askers.size > 0 || this.#world.now() - this.#lastAt < AT_THE_LINK;
  }

  /** Ends it: everybody who waits gets the grant that another sign-in has brought. */
  settle(grant: Grant): void {
    this.settled = true;
    this.#elsewhere.resolve(grant);
    this.cancel(new Fault('sign-in.cancelled', 'Another sign-in has brought what it was for.'));
  }

  /** Ends it: everybody who waits gets the fault. */
  cancel(fault: Fault): void {
    this.#abort.abort(fault);
  }

  /** Takes part in it: shows the link where the rules of the house have it shown. */
  join(asker: Asker): void {
    if (this.#askers.has(asker)) return;
    this.#askers.set(asker, Promise.withResolvers());
    // What is past waits for nobody.
    for (const sight of this.#sights) void look(asker.onlooker, sight, true);
    if (this.link) this.#present(asker, this.link);
    else if (this.confirmation) safely(() => this.confirmation?.ask(asker));
    else safely(() => asker.signInPending());
  }

  /** It holds nothing up any more. */
  leave(asker: Asker): void {
    this.#askers.get(asker)?.resolve();
    this.#askers.delete(asker);
  }

  /** Somebody calls it off, who may not have joined yet: ends it where nobody else waits for it. */
  abandon(asker: Asker): void {
    this.leave(asker);
    if (this.#askers.size === 0) this.cancel(new Fault('sign-in.cancelled', 'The sign-in was called off.'));
  }

  /**
   * Waits for the grant. Throws what the sign-in threw; `sign-in.needed`, with the link, or
   * `sign-in.unconfirmed` after `patience` milliseconds; the signal's reason.
   */
  async wait(patience: number | undefined, signal?: AbortSignal): Promise<Grant> {
    const over = new AbortController();
    const late = async (ms: number): Promise<never> => {
      await this.#world.sleep(ms, over.signal);
      throw this.needed();
    };
    const outcome = patience === undefined ? this.outcome : Promise.race([this.outcome, late(patience)]);
    try {
      return await (signal ? abortable(outcome, signal) : outcome);
    } finally {
      over.abort();
    }
  }

  /** What a request is told that cannot wait any longer. */
  needed(): Fault {
    if (this.unattended) {
      return new Fault('token.unavailable', 'No token has come yet.', { remedy: 'Ask again in a moment.' });
    }
    if (this.confirmation) return this.confirmation.needed();
    const { link, link: { userCode } = {} } = this;
    const entering =
      userCode === undefined ? '' : `, enter the code ${word(userCode)} there if it is asked for,`;
    return new Fault('sign-in.needed', 'A sign-in is needed and has not been completed.', {
      remedy: link ? `Open ${link.url.href}${entering} and ask again.` : 'Ask again in a moment.',
      ...(link
        ? { data: { signInUrl: link.url.href, ...(userCode === undefined ? {} : { userCode }) } }
        : {}),
    });
  }

  async #tell(sight: Sight): Promise<void> {
    this.#sights.push(sight);
    const looking = new Set<Asker>();
    const seen = [...this.#askers].flatMap(([asker, { promise: left }]) => {
      if (!asker.onlooker) return [];
      looking.add(asker);
      return [Promise.race([look(asker.onlooker, sight), left]).then(() => looking.delete(asker))];
    });
    if (seen.length === 0) return;
    const over = new AbortController();
    try {
      const all = Promise.all(seen);
      await abortable(Promise.race([all, this.#untilOthersTire(looking, over.signal)]), this.#abort.signal);
    } finally {
      over.abort();
    }
  }

  /** Resolves after {@link LONGEST_LOOK} while somebody waits who does not look on; alone one may look for ever. */
  async #untilOthersTire(looking: ReadonlySet<Asker>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#world.sleep(LONGEST_LOOK, signal).catch(() => {});
      if (!signal.aborted && this.#askers.size > looking.size) return;
    }
  }

  async #confirm(confirmation: Confirmation): Promise<void> {
    this.confirmation = confirmation;
    for (const asker of this.#askers.keys()) safely(() => confirmation.ask(asker));
    try {
      await confirmation.wait(this.#abort.signal);
    } finally {
      this.confirmation = undefined;
    }
  }

  #linked({ url, userCode }: Link): void {
    const link = { url, ...(userCode === undefined ? {} : { userCode }) };
    // Another link takes the place of one that cannot succeed any more: it is shown as if it were the first.
    if (this.link) this.#reset();
    this.link = link;
    // Whoever acts is shown it first, so that no host opens a second tab beside theirs.
    const askers = [...this.#askers.keys()].sort(
      (one, other) => Number(other.explicit) - Number(one.explicit),
    );
    for (const asker of askers) this.#present(asker, link);
  }

  #reset(): void {
    this.#times = 0;
    this.#lastAt = Number.NEGATIVE_INFINITY;
    this.#lastBy = undefined;
    this.#arrived = false;
  }

  #present(asker: Asker, link: Link): void {
    if (this.#over) return;
    safely(() => asker.signInPending(link.url));
    const now = this.#world.now();
    if (asker.explicit) this.#times = 0;
    else if (now - this.#lastAt < QUIET || this.#times >= MOST_TIMES) {
      // It costs no tab to tell everybody where to go.
      if (link.userCode !== undefined) safely(() => asker.shown(link, false));
      return;
    }
    this.#times++;
    this.#lastAt = now;
    this.#lastBy = asker;
    this.shown = true;
    this.#show(asker, link).catch(error => this.cancel(Fault.of(error)));
  }

  async #show(asker: Asker, link: Link): Promise<void> {
    if (asker.elicit) {
      const id = base64url(this.#world.random(16));
      this.#elicitations.set(id, asker);
      try {
        if ((await this.#elicit(asker, asker.elicit, link, id)) === 'settled') return;
      } catch (error) {
        this.#elicitations.delete(id);
        throw error;
      }
      this.#elicitations.delete(id);
      if (this.#over || link !== this.link) return;
    }
    // With a code any browser will do, and the one here is most likely none.
    if (link.userCode !== undefined) {
      safely(() => asker.shown(link, false));
      return;
    }
    try {
      await this.#world.openBrowser(link.url, asker.settings.browser);
      safely(() => asker.shown(link, true));
    } catch {
      // A browser that says it failed may have been there all the same.
      if (this.#arrived || this.#over || link !== this.link) return;
      // No browser here: whoever reads the log or the answer can follow the link.
      safely(() => asker.shown(link, false));
    }
  }

  async #elicit(
    asker: Asker,
    elicit: NonNullable<Asker['elicit']>,
    link: Link,
    id: string,
  ): Promise<'settled' | 'unsupported'> {
    const answer = await elicit(link, id).catch(error => {
      // Only its user's word ends the sign-in for everybody. One that fails cannot ask.
      if (Fault.of(error).code === 'sign-in.denied') throw error;
      return 'unsupported' as const;
    });
    if (answer === 'unsupported') return answer;
    if (answer === 'accepted') {
      // Somebody acts: should that come to nothing, others are asked again.
      this.#times = 0;
      return 'settled';
    }
    // It left with its question open. Where it was the last to be asked, the next host is asked in its place.
    this.#elicitations.delete(id);
    if (this.#lastBy === asker) {
      this.#times = Math.max(0, this.#times - 1);
      this.#lastAt = Number.NEGATIVE_INFINITY;
      const [next] = this.#askers.keys();
      if (next && this.link) this.#present(next, this.link);
    }
    return 'settled';
  }
}

/** What one who waits does with the news is not the sign-in's matter. */
function safely(tell: () => void): void {
  try {
    tell();
  } catch {
    // The others are told all the same.
  }
}
