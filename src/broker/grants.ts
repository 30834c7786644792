import { Fault } from '../base/fault.ts';
import type { World } from '../base/world.ts';
import { grantMark } from '../oauth/client-mark.ts';
import type { ClientRegistration, Grant } from '../oauth/grant.ts';
import type { Registrations } from '../oauth/register.ts';
import { refresh, revoke } from '../oauth/token.ts';
import { sameKey } from '../tokens/contents.ts';
import { isAlive, isStale, type OneAtATime } from '../tokens/fresh.ts';
import type { TokenStore } from '../tokens/token-store.ts';
import type { Span } from '../trace/event.ts';
import type { Facts } from './facts.ts';
import type { BridgeSettings, Target } from './settings.ts';

/** A token that is still alive waits no longer for its renewal. Milliseconds. */
const RENEWAL_PATIENCE = 3_000;
/** After a renewal failed, a token that is still alive is used as it is for this long. Milliseconds. */
const RENEWAL_PAUSE = 5_000;

export interface GrantsHouse {
  world: Pick<World, 'now' | 'sleep'>;
  store: TokenStore;
  facts: Facts;
  /** Shared by all accounts: one renewal for each grant, however many ask. */
  renewals: OneAtATime<Grant | undefined>;
  span: Span;
}

/**
 * The grants of one server and profile: which one counts, its renewal, its end. A disk that cannot be
 * written costs nothing but the keeping: memory has it, and it is written later.
 */
export class Grants implements Registrations {
  readonly #target: Target;
  readonly #house: GrantsHouse;
  #pausedUntil = Number.NEGATIVE_INFINITY;

  constructor(target: Target, house: GrantsHouse) {
    this.#target = target;
    this.#house = house;
  }

  /** The grant that fits these settings, the newest first. */
  async current(settings: BridgeSettings): Promise<Grant | undefined> {
    const mark = grantMark(settings.client) || undefined;
    const found = (await this.#house.store.findGrants(this.#target)).filter(
      ({ key }) => key.settings === mark,
    );
    const grant = [...found].sort((one, other) => other.obtainedAt - one.obtainedAt)[0];
    if (grant) this.#learn(grant);
    return grant;
  }

  /** Renewed ahead of expiry. A server that is out or slow for a moment costs nothing while the token lives. */
  async fresh(grant: Grant, settings: BridgeSettings): Promise<Grant | undefined> {
    const { world, span } = this.#house;
    if (!isStale(grant, world.now())) return grant;
    const alive = isAlive(grant, world.now());
    if (grant.refreshToken === undefined) return alive ? grant : undefined;
    if (!alive) return this.renew(grant, settings);
    if (world.now() < this.#pausedUntil) return grant;
    const over = new AbortController();
    const renewed = this.renew(grant, settings).catch(error => {
      this.#pausedUntil = world.now() + RENEWAL_PAUSE;
      span.note(`The token is used as it is for now: ${Fault.of(error).message}`);
      return grant;
    });
    const late = world.sleep(RENEWAL_PATIENCE, over.signal).then(
      () => grant,
      () => grant,
    );
    try {
      return await Promise.race([renewed, late]);
    } finally {
      over.abort();
    }
  }

  /** `undefined`: this grant is over. Throws `token.unavailable` and `token.refused`, after which it may be tried again. */
  renew(grant: Grant, settings: BridgeSettings): Promise<Grant | undefined> {
    return this.#house.renewals.run(JSON.stringify(grant.key), () => this.#renew(grant, settings));
  }

  async #renew(grant: Grant, settings: BridgeSettings): Promise<Grant | undefined> {
    const { world } = this.#house;
    // Renewed, or ended by a sign-out, between the reading and our turn.
    const current = await this.#kept(grant);
    if (current?.accessToken !== grant.accessToken) return current;
    const span = this.#house.span.span('refresh');
    const reach = { span, network: settings.network };
    try {
      const registration = await this.#registrationOf(grant, settings);
      if (!registration)
        throw new Fault(
          'registration.stale',
          'The client this grant was given to is not known here any more.',
        );
      const renewed = await refresh(grant, registration, reach, () => world.now());
      if (!(await this.#kept(grant))) {
        // Somebody signed out meanwhile, and what came too late must not undo that.
        span.note('Signed out meanwhile; the new tokens are not kept.');
        const { revocationEndpoint } = renewed;
        if (revocationEndpoint) await revoke(renewed, registration, revocationEndpoint, reach);
        return undefined;
      }
      await this.#saved(this.#house.store.putGrant(renewed));
      return renewed;
    } catch (error) {
      const fault = Fault.of(error);
      if (fault.code !== 'token.invalid-grant' && fault.code !== 'registration.stale') throw fault;
      span.note(`The grant is over: ${fault.message}`);
      if (fault.code === 'registration.stale')
        await this.dropRegistration(grant.key.issuer, grant.key.clientId);
      await this.drop(grant);
      return undefined;
    }
  }

  /** The grant with the same key as it is kept now. */
  async #kept({ key }: Grant): Promise<Grant | undefined> {
    const found = await this.#house.store.findGrants(this.#target);
    return found.find(each => sameKey(each.key, key));
  }

  /** Drops a grant that is over, unless a newer one has taken its place. */
  async drop(grant: Grant): Promise<void> {
    if ((await this.#kept(grant))?.accessToken !== grant.accessToken) return;
    await this.#saved(this.#house.store.deleteGrant(grant.key));
  }

  async keep(grant: Grant, registration: ClientRegistration, settings: BridgeSettings): Promise<void> {
    const { store, facts } = this.#house;
    // A grant for other rights or of another client replaces what this account had for the same settings.
    const earlier = await this.current(settings);
    await this.putRegistration(registration);
    await this.#saved(store.putGrant(grant));
    if (earlier && !sameKey(earlier.key, grant.key)) await this.#saved(store.deleteGrant(earlier.key));
    if (registration.source === 'static')
      await facts.rememberStaticIssuer(this.#target, registration.clientId, grant.key.issuer);
  }

  /** Drops all of them, at the server too where it lets us. Answers whether there was one. */
  async end(settings: BridgeSettings): Promise<boolean> {
    const { store, span } = this.#house;
    const grants = await store.findGrants(this.#target);
    let kept: unknown;
    for (const grant of grants) {
      this.#learn(grant);
      const registration = await this.#registrationOf(grant, settings);
      await store.deleteGrant(grant.key).catch(error => {
        kept = error;
      });
      if (registration && grant.revocationEndpoint) {
        await revoke(grant, registration, grant.revocationEndpoint, { span, network: settings.network });
      }
    }
    // What could not be taken off the disk is no secret to whoever asked for it.
    if (kept !== undefined) throw kept;
    return grants.length > 0;
  }

  registrations(issuer: string): Promise<ClientRegistration[]> {
    return this.#house.store.registrations(issuer);
  }

  putRegistration(registration: ClientRegistration): Promise<void> {
    return this.#saved(this.#house.store.putRegistration(registration));
  }

  deleteRegistration(registration: ClientRegistration): Promise<void> {
    return this.#saved(this.#house.store.deleteRegistration(registration));
  }

  async dropRegistration(issuer: string, clientId: string): Promise<void> {
    for (const each of await this.registrations(issuer)) {
      if (each.clientId === clientId && each.source === 'dynamic') await this.deleteRegistration(each);
    }
  }

  async #registrationOf(grant: Grant, settings: BridgeSettings): Promise<ClientRegistration | undefined> {
    const { issuer, clientId } = grant.key;
    const stored = (await this.#house.store.registrations(issuer)).find(each => each.clientId === clientId);
    const secret = settings.client.staticClient;
    if (stored && stored.source !== 'static') return stored;
    if (secret?.clientId === clientId && stored) {
      return {
        ...stored,
        ...(secret.clientSecret === undefined ? {} : { clientSecret: secret.clientSecret }),
      };
    }
    return stored;
  }

  async #saved(change: Promise<void>): Promise<void> {
    try {
      await change;
    } catch (error) {
      const fault = Fault.of(error);
      if (fault.code !== 'store.unwritable') throw fault;
      this.#house.span.note(`The sign-in is not on disk yet: ${fault.message}`);
    }
  }

  #learn(grant: Grant): void {
    this.#house.span.secret(grant.accessToken);
    if (grant.refreshToken !== undefined) this.#house.span.secret(grant.refreshToken);
  }
}
