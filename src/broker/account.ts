import { Fault } from '../base/fault.ts';
import type { Turns } from '../base/turns.ts';
import type { World } from '../base/world.ts';
import type { Refusal } from '../bridge/channel.ts';
import type { Callbacks } from '../oauth/callback.ts';
import { bearer, parseChallenges } from '../oauth/challenge.ts';
import { discover, faultOf } from '../oauth/discover.ts';
import type { Grant } from '../oauth/grant.ts';
import type { DiscoveryReport } from '../oauth/report.ts';
import { splitScope } from '../oauth/scope.ts';
import { type SignInStep, signIn } from '../oauth/sign-in.ts';
import type { Span } from '../trace/event.ts';
import type { Asker } from './asker.ts';
import { openCallbackPlace } from './callback-place.ts';
import { Grants, type GrantsHouse } from './grants.ts';
import { PendingSignIn } from './pending-sign-in.ts';
import type { BridgeSettings, Target } from './settings.ts';

/** After a sign-in that was shown and failed, no tab opens by itself for this long. Milliseconds. */
const CALM = 60_000;
/** A token that is refused this soon after it was given is not a matter of expiry. Milliseconds. */
const JUST_GIVEN = 15_000;
/** Between two looks at a locked keychain. Milliseconds. */
const UNLOCK_PAUSE = 2_000;
/** Sign-ins begun for the same further rights. */
const MOST_STEP_UPS = 3;

export interface AccountHouse extends GrantsHouse {
  world: World;
  callbacks: Callbacks;
  /** Registering is done in turns for each issuer. */
  turns: Turns;
}

/** Who asks for a token, and how long that one can wait for a person. */
export interface Ask {
  asker: Asker;
  settings: BridgeSettings;
  /** Milliseconds; absent: as long as it takes. */
  patience?: number | undefined;
}

/** One server as one profile knows it: its grant, and the sign-in that is under way for it. */
export class Account {
  readonly target: Target;
  pending: PendingSignIn | undefined;
  /** Why the last sign-in failed, until one succeeds or somebody acts. */
  failure: { fault: Fault; at: number; shown: boolean } | undefined;
  /** Why nothing is known of the grant just now: the keychain waits for its user. */
  locked: Fault | undefined;
  readonly #house: AccountHouse;
  readonly #grants: Grants;
  /** The token of the last sign-in, and the one of them the server is known to have taken. */
  #given: string | undefined;
  #proven: string | undefined;
  #quickRefusals = 0;
  /** By demand: how often a sign-in was begun for it, and when last. */
  readonly #stepUps = new Map<string, { times: number; at: number }>();

  constructor(target: Target, house: AccountHouse) {
    this.target = target;
    this.#house = house;
    this.#grants = new Grants(target, house);
  }

  /**
   * The access token to send. Without a refusal: the one there is, renewed ahead of its expiry, or none.
   * With one: renewed, or by a sign-in everybody shares. Throws `sign-in.*`, `token.*`, `vault.*` and
   * whatever the way to a sign-in throws.
   */
  async token(ask: Ask, refusal?: Refusal, signal?: AbortSignal): Promise<string | undefined> {
    const read = async () => {
      // Nobody is asked to sign in before there is a place to keep what it brings.
      if (refusal && !refusal.background) await this.#house.store.prepare();
      return this.#grants.current(ask.settings);
    };
    const grant = await this.#whenUnlocked(ask, read, signal);
    if (!refusal) {
      const fresh = grant && (await this.#grants.fresh(grant, ask.settings));
      // Asked for a second time and not refused in between: the server took it.
      if (fresh && fresh.accessToken === this.#given) this.#proven = this.#given;
      return fresh?.accessToken;
    }
    const challenge = bearer(parseChallenges(refusal.challenges));
    if (refusal.status === 403)
      return this.#stepUp(ask, refusal, splitScope(challenge?.params.scope ?? ''), grant, signal);
    if (!grant) return this.#viaSignIn(ask, refusal, [], signal);
    // Another request has brought a newer one meanwhile.
    if (grant.accessToken !== refusal.token) return grant.accessToken;
    const renewed =
      grant.refreshToken === undefined ? undefined : await this.#grants.renew(grant, ask.settings);
    if (renewed) return renewed.accessToken;
    const justGiven =
      grant.refreshToken === undefined && this.#house.world.now() - grant.obtainedAt < JUST_GIVEN;
    // One that had been taken before may be refused for a reason that a sign-in mends, but not twice in a row.
    if (!justGiven) this.#quickRefusals = 0;
    else if (grant.accessToken !== this.#proven || ++this.#quickRefusals > 1) {
      throw new Fault(
        'server.refused',
        `${this.#host} refuses the token that ${grant.key.issuer} has just issued for it.`,
        {
          remedy:
            'Its operator should compare the issuer, audience and scopes it expects with those its metadata names.',
          evidence: [refusal.exchange],
        },
      );
    }
    await this.#house.store.deleteGrant(grant.key);
    return this.#viaSignIn(ask, refusal, [], signal);
  }

  /**
   * A locked keychain is no sign-out: its user is asked to unlock it, and whoever needs it waits. Throws
   * `vault.locked` when nobody did.
   */
  async #whenUnlocked<T>({ asker, patience }: Ask, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { world } = this.#house;
    const end = patience === undefined ? Number.POSITIVE_INFINITY : world.now() + patience;
    for (;;) {
      try {
        const done = await work();
        this.locked = undefined;
        return done;
      } catch (error) {
        const fault = Fault.of(error);
        this.locked = fault.code === 'vault.locked' ? fault : undefined;
        if (!this.locked || world.now() >= end) throw fault;
        asker.vaultLocked(fault);
        await world.sleep(UNLOCK_PAUSE, signal);
      }
    }
  }

  /** Ends the sign-in under way, if any, and drops the grants, at the server too where it lets us. */
  async signOut(settings: BridgeSettings): Promise<boolean> {
    this.pending?.cancel(new Fault('sign-in.cancelled', 'The sign-in was ended by a sign-out.'));
    this.failure = undefined;
    this.#stepUps.clear();
    return this.#grants.end(settings);
  }

  get #host(): string {
    return new URL(this.target.server).host;
  }

  /** 403 insufficient_scope: the union of what was held and what is asked for, once for each demand. */
  async #stepUp(
    ask: Ask,
    refusal: Refusal,
    demanded: string[],
    grant: Grant | undefined,
    signal?: AbortSignal,
  ) {
    if (grant && grant.accessToken !== refusal.token) return grant.accessToken;
    const missing = demanded.filter(each => !grant?.scope.includes(each));
    const demand = [...demanded].sort().join(' ');
    if (!this.pending) {
      const before = this.#stepUps.get(demand) ?? { times: 0, at: Number.NEGATIVE_INFINITY };
      if (before.times >= MOST_STEP_UPS || ask.asker.connectedAt <= before.at) {
        throw new Fault(
          'sign-in.scope',
          `${this.#host} asks for more rights (${demand || 'it does not say which'}), and a sign-in did not bring them.`,
          {
            remedy: 'Ask the operator of the server to grant them to your account.',
            evidence: [refusal.exchange],
          },
        );
      }
      this.#stepUps.set(demand, { times: before.times + 1, at: this.#house.world.now() });
    }
    this.#house.span.note(
      `The server asks for more rights: ${missing.join(' ') || demand || 'it does not say which'}.`,
    );
    return this.#viaSignIn(ask, refusal, grant?.scope ?? [], signal);
  }

  async #viaSignIn(
    ask: Ask,
    refusal: Refusal,
    held: readonly string[],
    signal?: AbortSignal,
  ): Promise<string> {
    // Nobody asks for anything: the next request of a host will say that a sign-in is needed.
    if (refusal.background) throw new Fault('sign-in.needed', `A sign-in to ${this.#host} is needed.`);
    const { asker } = ask;
    this.#refuseTooSoon(asker);
    this.pending ??= this.#begin(ask, refusal, held);
    const pending = this.pending;
    pending.join(asker);
    const grant = await pending.wait(ask.patience, signal);
    this.#given = grant.accessToken;
    return grant.accessToken;
  }

  /** A sign-in somebody saw and refused is not shown again at once, nor to a host that was there then. */
  #refuseTooSoon(asker: Asker): void {
    if (asker.explicit || this.pending) return;
    const { failure } = this;
    if (!failure?.shown) return;
    const calm = this.#house.world.now() - failure.at >= CALM;
    if (calm && asker.connectedAt > failure.at) return;
    throw new Fault(failure.fault.code, failure.fault.message, {
      cause: failure.fault,
      remedy: `To try again: keybridge login ${this.target.server}${this.target.profile === 'default' ? '' : ` --as ${this.target.profile}`}, or restart the app that uses the server after a minute.`,
    });
  }

  #begin(ask: Ask, refusal: Refusal, held: readonly string[]): PendingSignIn {
    const span = this.#house.span.span(`sign in to ${this.#host}`);
    const pending: PendingSignIn = new PendingSignIn(this.#house.world, async (signal, onStep) => {
      try {
        const grant = await this.#signIn(ask, refusal, held, span, signal, onStep);
        this.failure = undefined;
        return grant;
      } catch (error) {
        const fault = Fault.of(error, 'sign-in.failed');
        span.note(`The sign-in ended: ${fault.sentence}`);
        this.failure = { fault, at: this.#house.world.now(), shown: pending.asked > 0 };
        throw fault;
      } finally {
        if (this.pending === pending) this.pending = undefined;
      }
    });
    return pending;
  }

  async #signIn(
    { asker, settings }: Ask,
    refusal: Refusal,
    held: readonly string[],
    span: Span,
    signal: AbortSignal,
    onStep: (step: SignInStep) => void,
  ): Promise<Grant> {
    const { world, store, callbacks, facts } = this.#house;
    const options = { ...settings.client, network: settings.network };
    const server = new URL(this.target.server);
    const report = await discover(server, span, {
      refusal,
      network: settings.network,
      allowHttp: options.allowHttp ?? false,
      ...(options.allowPrivate ? { reach: 'any' as const } : {}),
      headers: settings.headers,
      signal,
      sleep: world.sleep,
    });
    if (!report.chosen) throw faultOf(report);
    await this.#checkStaticClient(settings, report);
    // Once more where a registration turns out to be stale: the second round registers anew.
    for (let round = 1; ; round++) {
      const flow = signIn(
        {
          server,
          profile: this.target.profile,
          report,
          options,
          held,
          callbacks,
          registrations: store,
          turns: this.#house.turns,
          openCallback: () =>
            this.#house.turns.run('callback', () =>
              openCallbackPlace(options, callbacks, facts, world, text => asker.say(text)),
            ),
          reach: report.reach,
        },
        world,
        span,
        signal,
      );
      let clientId = '';
      try {
        let next = await flow.next();
        while (!next.done) {
          if (next.value.step === 'registered') clientId = next.value.clientId;
          onStep(next.value);
          next = await flow.next();
        }
        const { grant, registration } = next.value;
        await this.#grants.keep(grant, registration, settings);
        return grant;
      } catch (error) {
        const fault = Fault.of(error, 'sign-in.failed');
        if (fault.code !== 'registration.stale') throw fault;
        await this.#grants.dropRegistration(report.chosen.issuer, clientId);
        if (round > 1 || settings.client.staticClient) throw fault;
        span.note('The server does not know this client any more; registering anew.');
      }
    }
  }

  /** Credentials registered with one server must never be shown to another. MCP, Authorization Server Binding. */
  async #checkStaticClient(settings: BridgeSettings, report: DiscoveryReport): Promise<void> {
    const { staticClient } = settings.client;
    if (!staticClient || !report.chosen) return;
    const before = await this.#house.facts.staticIssuer(this.target, staticClient.clientId);
    if (before !== undefined && before !== report.chosen.issuer) {
      throw new Fault(
        'registration.mismatch',
        `The client id you gave was used with ${before}, and ${this.#host} now names ${report.chosen.issuer}.`,
        { remedy: `If that is right: keybridge forget ${this.target.server}, then sign in again.` },
      );
    }
  }
}
