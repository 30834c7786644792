import { Fault } from '../base/fault.ts';
import { grantMark } from '../oauth/client-mark.ts';
import type { ClientRegistration, Grant } from '../oauth/grant.ts';
import type { Registrations } from '../oauth/register.ts';
import { revoke } from '../oauth/token.ts';
import { sameKey } from '../tokens/contents.ts';
import type { TokenStore } from '../tokens/token-store.ts';
import type { Span } from '../trace/event.ts';
import { reachOfGrant } from './endpoints.ts';
import type { Facts } from './facts.ts';
import type { BridgeSettings, Target } from './settings.ts';

export interface GrantsHouse {
  store: TokenStore;
  facts: Facts;
  span: Span;
}

/**
 * The grants of one server and profile: which one counts, its client, its end. A disk that cannot be
 * written costs nothing but the keeping: memory has it, and it is written later.
 */
export class Grants implements Registrations {
  readonly #target: Target;
  readonly #house: GrantsHouse;
  /** Issuers that turned out not to know the client of a grant any more. */
  readonly #lost = new Set<string>();

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

  /** The grant with the same key as it is kept now. */
  async kept({ key }: Grant): Promise<Grant | undefined> {
    const found = await this.#house.store.findGrants(this.#target);
    return found.find(each => sameKey(each.key, key));
  }

  /** Keeps a grant in place of the one with the same key, unless somebody has signed out meanwhile. */
  renew(grant: Grant): Promise<void> {
    return this.#saved(this.#house.store.putGrant(grant, { inPlace: true }));
  }

  /** Drops a grant that is over, unless a newer one has taken its place. */
  async drop(grant: Grant): Promise<void> {
    if ((await this.kept(grant))?.accessToken !== grant.accessToken) return;
    await this.#saved(this.#house.store.deleteGrant(grant.key));
  }

  async keep(grant: Grant, registration: ClientRegistration, settings: BridgeSettings): Promise<void> {
    const { store, facts } = this.#house;
    // A grant for other rights or of another client replaces what this account had for the same settings.
    const earlier = await this.current(settings);
    await this.putRegistration(registration);
    await this.#saved(store.putGrant(grant));
    if (earlier && !sameKey(earlier.key, grant.key)) await this.#saved(store.deleteGrant(earlier.key));
    // An endpoint the user names is no server's word for where this client belongs.
    if (registration.source === 'static' && settings.client.tokenEndpoint === undefined)
      await facts.rememberStaticIssuer(this.#target, registration.clientId, grant.key.issuer);
  }

  /** Drops all of them, at the server too where it lets us. Answers whether there was one. */
  async end(settings: BridgeSettings): Promise<boolean> {
    const { store, span } = this.#house;
    const grants = await store.findGrants(this.#target);
    let kept: unknown;
    for (const grant of grants) {
      this.#learn(grant);
      const registration = await this.registrationOf(grant, settings);
      await store.deleteGrant(grant.key).catch(error => {
        kept = error;
      });
      if (registration && grant.revocationEndpoint) {
        const reach = { span, network: settings.network, reach: reachOfGrant(grant, settings) };
        await revoke(grant, registration, grant.revocationEndpoint, reach);
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

  /** Whether the client there was lost with the last grant, so that this start brings a new one. True once. */
  takeLostClient(issuer: string): boolean {
    return this.#lost.delete(issuer);
  }

  /** `lost`: a renewal showed that the server does not know it any more. */
  async dropRegistration(issuer: string, clientId: string, { lost = false } = {}): Promise<void> {
    if (lost) this.#lost.add(issuer);
    for (const each of await this.registrations(issuer)) {
      if (each.clientId === clientId && each.source === 'dynamic') await this.deleteRegistration(each);
    }
  }

  /** The client a grant was given to, as it is kept. */
  async registrationOf(grant: Grant, settings: BridgeSettings): Promise<ClientRegistration | undefined> {
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
    for (const token of [grant.refreshToken, grant.unsentAccessToken])
      if (token !== undefined) this.#house.span.secret(token);
  }
}
