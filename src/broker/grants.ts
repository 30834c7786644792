import { Fault } from '../base/fault.ts';
import type { World } from '../base/world.ts';
import type { ClientRegistration, Grant } from '../oauth/grant.ts';
import { refresh, revoke } from '../oauth/token.ts';
import { isAlive, isStale, type OneAtATime } from '../tokens/fresh.ts';
import type { TokenStore } from '../tokens/token-store.ts';
import type { Span } from '../trace/event.ts';
import type { Facts } from './facts.ts';
import type { BridgeSettings, Target } from './settings.ts';

export interface GrantsHouse {
  world: Pick<World, 'now'>;
  store: TokenStore;
  facts: Facts;
  /** Shared by all accounts: one renewal for each grant, however many ask. */
  renewals: OneAtATime<Grant>;
  span: Span;
}

/** The grants of one server and profile: which one counts, its renewal, its end. */
export class Grants {
  readonly #target: Target;
  readonly #house: GrantsHouse;

  constructor(target: Target, house: GrantsHouse) {
    this.#target = target;
    this.#house = house;
  }

  /** The grant that fits these settings, the newest first. */
  async current(settings: BridgeSettings): Promise<Grant | undefined> {
    const { resource, staticClient, clientMetadataUrl } = settings.client;
    const found = (await this.#house.store.findGrants(this.#target)).filter(
      ({ key }) =>
        (resource === undefined || key.resource === resource) &&
        (staticClient === undefined || key.clientId === staticClient.clientId) &&
        // A client the user names instead of another must not go on with the other's tokens.
        (staticClient !== undefined ||
          clientMetadataUrl === undefined ||
          !key.clientId.startsWith('https:') ||
          key.clientId === clientMetadataUrl),
    );
    const grant = [...found].sort((one, other) => other.obtainedAt - one.obtainedAt)[0];
    if (grant) this.#learn(grant);
    return grant;
  }

  /** Renewed ahead of expiry. A server that is out for a moment costs nothing while the token still lives. */
  async fresh(grant: Grant, settings: BridgeSettings): Promise<Grant | undefined> {
    const { world } = this.#house;
    if (!isStale(grant, world.now())) return grant;
    if (grant.refreshToken === undefined) return isAlive(grant, world.now()) ? grant : undefined;
    try {
      return await this.renew(grant, settings);
    } catch (error) {
      if (isAlive(grant, world.now()) && Fault.of(error).code === 'token.unavailable') return grant;
      throw error;
    }
  }

  /** `undefined`: this grant is over. Throws `token.unavailable` and `token.refused`, after which it may be tried again. */
  async renew(grant: Grant, settings: BridgeSettings): Promise<Grant | undefined> {
    const { store, world, renewals } = this.#house;
    const span = this.#house.span.span('refresh');
    try {
      return await renewals.run(JSON.stringify(grant.key), async () => {
        const [current] = (await store.findGrants(this.#target)).filter(
          ({ key }) => JSON.stringify(key) === JSON.stringify(grant.key),
        );
        // Renewed between our reading and our turn.
        if (current && current.accessToken !== grant.accessToken) return current;
        const registration = await this.#registrationOf(grant, settings);
        if (!registration)
          throw new Fault(
            'registration.stale',
            'The client this grant was given to is not known here any more.',
          );
        const renewed = await refresh(grant, registration, { span, network: settings.network }, () =>
          world.now(),
        );
        await this.#put(renewed);
        return renewed;
      });
    } catch (error) {
      const fault = Fault.of(error);
      if (fault.code !== 'token.invalid-grant' && fault.code !== 'registration.stale') throw fault;
      span.note(`The grant is over: ${fault.message}`);
      if (fault.code === 'registration.stale')
        await this.dropRegistration(grant.key.issuer, grant.key.clientId);
      await store.deleteGrant(grant.key);
      return undefined;
    }
  }

  async keep(grant: Grant, registration: ClientRegistration, settings: BridgeSettings): Promise<void> {
    const { store, facts } = this.#house;
    // A grant for other rights or of another client replaces what this account had for the same settings.
    const earlier = await this.current(settings);
    if (registration.source !== 'dynamic') await store.putRegistration(registration);
    await this.#put(grant);
    if (earlier && JSON.stringify(earlier.key) !== JSON.stringify(grant.key))
      await store.deleteGrant(earlier.key);
    if (registration.source === 'static')
      await facts.rememberStaticIssuer(this.#target, registration.clientId, grant.key.issuer);
  }

  /** Drops all of them, at the server too where it lets us. Answers whether there was one. */
  async end(settings: BridgeSettings): Promise<boolean> {
    const { store, span } = this.#house;
    const grants = await store.findGrants(this.#target);
    for (const grant of grants) {
      this.#learn(grant);
      await store.deleteGrant(grant.key);
      const registration = await this.#registrationOf(grant, settings);
      if (registration && grant.revocationEndpoint) {
        await revoke(grant, registration, grant.revocationEndpoint, { span, network: settings.network });
      }
    }
    return grants.length > 0;
  }

  async dropRegistration(issuer: string, clientId: string): Promise<void> {
    const { store } = this.#house;
    for (const each of await store.registrations(issuer)) {
      if (each.clientId === clientId && each.source === 'dynamic') await store.deleteRegistration(each);
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

  /** A disk that refuses costs nothing but the keeping: the grant is in memory and is written later. */
  async #put(grant: Grant): Promise<void> {
    try {
      await this.#house.store.putGrant(grant);
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
