import type { RenewalTrouble } from '../api/contract.ts';
import { Fault } from '../base/fault.ts';
import { quoted, shellWord, shownUrl } from '../base/text.ts';
import type { Turns } from '../base/turns.ts';
import type { World } from '../base/world.ts';
import type { Refusal } from '../bridge/channel.ts';
import type { Callbacks } from '../oauth/callback.ts';
import { bearer, parseChallenges } from '../oauth/challenge.ts';
import type { Grant } from '../oauth/grant.ts';
import { splitScope } from '../oauth/scope.ts';
import { isAlive, isRenewable } from '../tokens/fresh.ts';
import type { Asker } from './asker.ts';
import type { Endpoints } from './endpoints.ts';
import { Grants, type GrantsHouse } from './grants.ts';
import { LastUse } from './last-use.ts';
import { obtainGrant } from './obtain-grant.ts';
import { PendingSignIn } from './pending-sign-in.ts';
import { Renewal, type RenewalHouse, type Wait } from './renewal.ts';
import type { BridgeSettings, Target } from './settings.ts';
import { StepUps } from './step-ups.ts';
import { Upkeep } from './upkeep.ts';

/** After a sign-in that was shown and failed, no tab opens by itself for this long. Milliseconds. */
const CALM = 60_000;
/** A token that is refused this soon after it was given is not a matter of expiry. Milliseconds. */
const JUST_GIVEN = 15_000;
/** Servers count lives in whole seconds, and from before their answer is here. Milliseconds. */
const ROUNDING = 2_000;
/** Between two looks at a locked keychain. Milliseconds. */
const UNLOCK_PAUSE = 2_000;

export interface AccountHouse extends GrantsHouse, RenewalHouse {
  world: World;
  endpoints: Endpoints;
  callbacks: Callbacks;
  /** Registering is done in turns for each issuer. */
  turns: Turns;
  /** A sign-in has brought a grant: others may have waited for the same. */
  granted(grant: Grant): void;
}

/** Who asks for a token, and how long that one can wait for a person. */
export interface Ask {
  asker: Asker;
  settings: BridgeSettings;
  /** Milliseconds; absent: as long as it takes. */
  patience?: number | undefined;
}

interface Asking extends Ask {
  /** When patience ends, in milliseconds since the epoch. */
  until: number;
}

/** One server as one profile knows it: its grant, and the sign-in that is under way for it. */
export class Account {
  readonly target: Target;
  /** What its users' settings say of the client; see `grantMark`. */
  readonly #mark: string;
  pending: PendingSignIn | undefined;
  /** Why the last sign-in failed, until one succeeds or somebody acts. `wished`: a sign-out ended it. */
  failure: { fault: Fault; at: number; shown: boolean; wished?: true } | undefined;
  readonly lastUse = new LastUse();
  /** Why nothing is known of the grant just now: the keychain waits for its user. */
  locked: Fault | undefined;
  readonly #house: AccountHouse;
  readonly #grants: Grants;
  readonly #renewal: Renewal;
  readonly #upkeep: Upkeep;
  /** The token handed out last and not refused since, and the last one the server is known to have taken. */
  #handed: string | undefined;
  #proven: string | undefined;
  #quickRefusals = 0;
  /** The token that took the place of one that was refused. */
  #renewed: string | undefined;
  readonly #stepUps = new StepUps();
  readonly #onSignedIn = new Set<() => void>();

  constructor(target: Target, mark: string, house: AccountHouse) {
    this.target = target;
    this.#mark = mark;
    this.#house = house;
    this.#grants = new Grants(target, house);
    this.#renewal = new Renewal(this.#grants, house.endpoints, house);
    this.#upkeep = new Upkeep(house.world, this.#grants, this.#renewal);
  }

  /** A host is connected until what is returned is called. */
  attend(host: Asker): () => void {
    return this.#upkeep.attend(host);
  }

  /** What a request is told that has waited too long for the server to be spoken to. */
  whyWaiting(): Fault {
    const silent = () =>
      new Fault('server.refused', `${this.#host} has not answered yet.`, { remedy: 'Try again.' });
    return this.locked ?? this.pending?.needed() ?? this.#renewal.outage ?? silent();
  }

  /** The grant there is. Throws `vault.*`. */
  grant(settings: BridgeSettings): Promise<Grant | undefined> {
    return this.#grants.current(settings);
  }

  /** The failure that somebody is to be told of; whoever ended a sign-in knows why it came to nothing. */
  get trouble(): Fault | undefined {
    return this.failure?.wished ? undefined : this.failure?.fault;
  }

  /** Why the server could not be used the last time. */
  get unusable(): Fault | undefined {
    const { fault } = this.failure ?? {};
    return this.lastUse.fault ?? (fault?.code === 'server.refused' ? fault : undefined);
  }

  /** What keeps its token from being renewed. */
  get renewal(): RenewalTrouble | undefined {
    return this.#renewal.trouble;
  }

  /**
   * The access token to send. Without a refusal: the one there is, renewed ahead of its expiry, or none.
   * With one: renewed, or by a sign-in everybody shares. Throws `sign-in.*`, `token.*`, `vault.*` and
   * whatever the way to a sign-in throws.
   */
  async token(asked: Ask, refusal?: Refusal, signal?: AbortSignal): Promise<string | undefined> {
    const { asker, settings, patience = Number.POSITIVE_INFINITY } = asked;
    const ask: Asking = { ...asked, until: this.#house.world.now() + patience };
    const read = async () => {
      // Nobody is asked to sign in before there is a place to keep what it brings.
      if (refusal && !refusal.background) await this.#house.store.prepare();
      return this.#grants.current(settings);
    };
    const grant = await this.#whenUnlocked(ask, read, signal);
    if (grant) this.#upkeep.see(grant, settings);
    const wait: Wait = {
      settings,
      until: ask.until,
      explicit: asker.explicit,
      onOutage: fault => asker.delayed(fault),
      signal,
    };
    if (!refusal) {
      const fresh = grant && (await this.#unlessActing(asker, () => this.#renewal.fresh(grant, wait)));
      if (fresh) this.#upkeep.see(fresh, settings);
      // Asked for a second time and not refused in between: the server took it.
      if (fresh && fresh.accessToken === this.#handed) this.#prove(fresh);
      // Whoever signs in while one for more scopes waits means that one.
      if (fresh && asker.explicit && this.pending?.stepUp) return this.#join(ask, this.pending, signal);
      this.#handed = fresh?.accessToken;
      return fresh?.accessToken;
    }
    if (refusal.token === this.#handed) this.#handed = undefined;
    const challenge = bearer(parseChallenges(refusal.challenges));
    if (refusal.status === 403)
      return this.#stepUp(ask, refusal, splitScope(challenge?.params.scope ?? ''), grant, signal);
    if (!grant) return this.#viaSignIn(ask, refusal, signal);
    // Another request has brought a newer one meanwhile.
    if (grant.accessToken !== refusal.token && isAlive(grant, this.#house.world.now()))
      return grant.accessToken;
    // Another renewal would bring one that is refused, too, and so on with each request.
    const isLast = !isRenewable(grant) || grant.accessToken === this.#renewed;
    // One near the end of its life may have ended over there.
    if (isLast && isAlive(grant, this.#house.world.now() + ROUNDING)) this.#judgeRefusal(grant, refusal);
    let isOver = !isRenewable(grant);
    if (!isOver) {
      const renewed = await this.#unlessActing(asker, async () => {
        const outcome = await this.#renewal.patiently(grant, wait);
        isOver = outcome === undefined;
        return outcome;
      });
      if (renewed) {
        this.#renewed = renewed.accessToken;
        this.#upkeep.see(renewed, settings);
        return renewed.accessToken;
      }
    }
    if (isOver) await this.#grants.drop(grant);
    return this.#viaSignIn(ask, refusal, signal);
  }

  /** Somebody who signs in is not kept from it by a renewal that the server does not like, or has no place for. */
  async #unlessActing<T>({ explicit }: Asker, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      const { code, cause } = Fault.of(error);
      const isMoved = cause instanceof Fault && cause.data?.endpoint === 'moved';
      if (explicit && (code === 'token.refused' || isMoved)) return undefined;
      throw error;
    }
  }

  #prove({ accessToken }: Grant): void {
    this.#proven = accessToken;
    if (this.failure?.fault.code === 'server.refused') this.failure = undefined;
  }

  /** Throws `server.refused` for a token that no sign-in will better; nobody is asked to try by themselves. */
  #judgeRefusal({ accessToken, obtainedAt, key }: Grant, { exchange }: Refusal): void {
    const now = this.#house.world.now();
    // One that had been taken before may be refused for a reason that a sign-in mends, but not twice in a row.
    if (now - obtainedAt >= JUST_GIVEN) this.#quickRefusals = 0;
    else if (accessToken !== this.#proven || ++this.#quickRefusals > 1) {
      const fault = new Fault(
        'server.refused',
        `${this.#host} refuses the token that ${key.issuer} has just issued for it.`,
        {
          remedy:
            'Its operator should compare the issuer, audience and scopes it expects with those its metadata names.',
          evidence: [exchange],
        },
      );
      this.failure = { fault, at: now, shown: true };
      throw fault;
    }
  }

  /**
   * A locked keychain is no sign-out: its user is asked to unlock it, and whoever needs it waits. Throws
   * `vault.locked` when nobody did.
   */
  async #whenUnlocked<T>({ asker, until }: Asking, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { world } = this.#house;
    for (;;) {
      try {
        const done = await work();
        this.locked = undefined;
        return done;
      } catch (error) {
        const fault = Fault.of(error);
        this.locked = fault.code === 'vault.locked' ? fault : undefined;
        if (!this.locked || world.now() >= until) throw fault;
        asker.delayed(fault);
        await world.sleep(UNLOCK_PAUSE, signal);
      }
    }
  }

  /** Calls back once after the next sign-in that succeeds. */
  whenSignedIn(callback: () => void, signal: AbortSignal): void {
    this.#onSignedIn.add(callback);
    signal.addEventListener('abort', () => this.#onSignedIn.delete(callback), { once: true });
  }

  /** A grant has come that may be this account's, whoever signed in. */
  granted(grant: Grant): void {
    const { server, profile, settings = '' } = grant.key;
    if (server !== this.target.server || profile !== this.target.profile || settings !== this.#mark) return;
    this.failure = undefined;
    this.lastUse.clear();
    this.#renewal.reset();
    if (this.pending && !this.pending.stepUp) this.pending.settle(grant);
    const told = [...this.#onSignedIn];
    this.#onSignedIn.clear();
    for (const tell of told) tell();
  }

  /** Somebody acts: what failed before keeps nobody from trying. */
  acted(): void {
    this.failure = undefined;
    this.lastUse.clear();
    this.#stepUps.clear();
  }

  /** Ends the sign-in under way, if any, and drops the grants, at the server too where it lets us. */
  async signOut(settings: BridgeSettings): Promise<boolean> {
    this.acted();
    // Whoever waits for it is told so, and asks for no other by itself.
    const { pending } = this;
    pending?.cancel(new Fault('sign-in.cancelled', 'The sign-in was ended by a sign-out.'));
    await pending?.outcome.catch(() => {});
    if (this.failure) this.failure = { ...this.failure, wished: true };
    this.#renewal.reset();
    return this.#grants.end(settings);
  }

  get #host(): string {
    return new URL(this.target.server).host;
  }

  /** The command that signs in to it. */
  get #login(): string {
    const { server, profile } = this.target;
    return `keybridge login ${shellWord(shownUrl(server))}${profile === 'default' ? '' : ` --as ${shellWord(profile)}`}${this.#mark && ' with the same flags'}`;
  }

  /** 403 insufficient_scope: the union of what was asked for, is held and is demanded, once for each demand. */
  async #stepUp(
    ask: Asking,
    refusal: Refusal,
    demanded: string[],
    grant: Grant | undefined,
    signal?: AbortSignal,
  ) {
    if (grant && grant.accessToken !== refusal.token) return grant.accessToken;
    // Whoever has left meanwhile takes no part in a sign-in.
    signal?.throwIfAborted();
    const missing = demanded.filter(each => !grant?.scope.includes(each));
    const demand = [...demanded].sort().join(' ');
    if (!this.pending && !refusal.background) {
      this.#refuseTooSoon(ask.asker);
      const takeBack = this.#stepUps.begin(demand, ask.asker.connectedAt, this.#house.world.now());
      if (!takeBack) {
        throw new Fault(
          'sign-in.scope',
          `${this.#host} asks for more rights (${demand === '' ? 'it does not say which' : quoted(demand, 200)}), and a sign-in did not bring them.`,
          {
            remedy: 'Ask the operator of the server to grant them to your account.',
            evidence: [refusal.exchange],
          },
        );
      }
      const held = new Set([...(grant?.requestedScope ?? []), ...(grant?.scope ?? [])]);
      const begun = this.#begin(ask, refusal, [...held], missing.length > 0 ? missing : demanded);
      this.pending = begun;
      begun.outcome.catch(() => {
        if (!begun.shown) takeBack();
      });
    }
    this.#house.span.note(
      `The server asks for more rights: ${quoted(missing.join(' ') || demand || 'it does not say which')}.`,
    );
    return this.#viaSignIn(ask, refusal, signal);
  }

  async #viaSignIn(ask: Asking, refusal: Refusal, signal?: AbortSignal): Promise<string> {
    // Nobody asks for anything: the next request of a host will say that a sign-in is needed.
    if (refusal.background) throw new Fault('sign-in.needed', `A sign-in to ${this.#host} is needed.`);
    const { asker } = ask;
    // Whoever has left meanwhile would be waited for, and never leave again.
    signal?.throwIfAborted();
    this.#refuseTooSoon(asker);
    this.pending ??= this.#begin(ask, refusal, undefined);
    return this.#join(ask, this.pending, signal);
  }

  async #join({ asker, until }: Asking, pending: PendingSignIn, signal?: AbortSignal): Promise<string> {
    pending.join(asker);
    const patience = until === Number.POSITIVE_INFINITY ? undefined : until - this.#house.world.now();
    const grant = await pending.wait(patience === undefined ? undefined : Math.max(0, patience), signal);
    this.#handed = grant.accessToken;
    return grant.accessToken;
  }

  /** A sign-in somebody saw and refused is not shown again at once, nor to a host that was there then. */
  #refuseTooSoon(asker: Asker): void {
    if (asker.explicit || this.pending) return;
    const { failure } = this;
    if (!failure?.shown) return;
    const since = this.#house.world.now() - failure.at;
    // A clock that was put back says nothing of how long ago it was.
    if (since < 0 || (since >= CALM && asker.connectedAt > failure.at)) return;
    throw new Fault(failure.fault.code, failure.fault.message, {
      cause: failure.fault,
      remedy: `To try again: ${this.#login}, or restart the app that uses the server after a minute.`,
    });
  }

  /** `held`: scopes of the grant there is, those asked for and those given, for a step-up. */
  #begin(
    ask: Ask,
    refusal: Refusal,
    held: readonly string[] | undefined,
    stepUp?: readonly string[],
  ): PendingSignIn {
    const span = this.#house.span.span(`sign in to ${this.#host}`, this.target);
    const run: ConstructorParameters<typeof PendingSignIn>[1] = async (signal, see, confirm) => {
      try {
        const { target } = this;
        const request = { target, ask, refusal, held, grants: this.#grants, span, signal, see, confirm };
        const grant = await obtainGrant(request, this.#house);
        this.#house.granted(grant);
        this.#upkeep.see(grant, ask.settings);
        return grant;
      } catch (error) {
        // What was under way when it was called off fails in words of its own.
        const fault = Fault.of(signal.aborted ? signal.reason : error, 'sign-in.failed');
        span.note(`The sign-in ended: ${fault.sentence}`);
        // A code that nobody entered is nobody's refusal.
        if (!pending.settled)
          this.failure = {
            fault,
            at: this.#house.world.now(),
            shown:
              fault.code === 'sign-in.unconfirmed' || (pending.shown && fault.code !== 'sign-in.expired'),
          };
        throw fault;
      } finally {
        if (this.pending === pending) this.pending = undefined;
      }
    };
    const pending: PendingSignIn = new PendingSignIn(this.#house.world, run, {
      stepUp,
      unattended: ask.settings.client.grant === 'client-credentials',
      login: this.#login,
    });
    return pending;
  }
}
