import { Fault } from '../base/fault.ts';
import { word } from '../base/text.ts';
import type { World } from '../base/world.ts';
import { discover, lookUp } from '../oauth/discover.ts';
import type { Grant } from '../oauth/grant.ts';
import type { ServerMetadata } from '../oauth/report.ts';
import { reachOf } from '../oauth/retrieve.ts';
import type { Span } from '../trace/event.ts';
import type { BridgeSettings } from './settings.ts';

/** What discovery said is believed for this long; then it is asked again, beside a renewal. Milliseconds. */
const BELIEVED = 24 * 60 * 60_000;

/**
 * Where grants are renewed and ended: what discovery said at the sign-in is kept with the grant, sealed, so
 * that a renewal costs one request. It is asked again once a day, and where nothing is any more.
 */
export class Endpoints {
  readonly #world: Pick<World, 'now' | 'sleep'>;
  /** By issuer: what was found since, to be kept with the next renewal. */
  readonly #found = new Map<string, { at: number; metadata: ServerMetadata; reach: 'any' | 'public' }>();
  /** By issuer. */
  readonly #askedAt = new Map<string, number>();

  constructor(world: Pick<World, 'now' | 'sleep'>) {
    this.#world = world;
  }

  /** The grant, its endpoints being those found last, unless the user names one. */
  latest(grant: Grant, settings: BridgeSettings): Grant {
    if (settings.client.tokenEndpoint !== undefined) return grant;
    const found = this.#found.get(grant.key.issuer);
    if (!found || found.at <= (grant.discoveredAt ?? grant.obtainedAt)) return grant;
    return withEndpoints(grant, found.metadata, found.at);
  }

  /** How far a renewal may reach: no further than its sign-in could, nor than what was found since may. */
  reach(grant: Grant, settings: BridgeSettings): 'any' | 'public' {
    const found = this.#found.get(grant.key.issuer)?.reach;
    if (grant.reach === undefined && found !== undefined) return found;
    return found === 'public' && !settings.client.allowPrivate ? found : reachOfGrant(grant, settings);
  }

  /** Asks in the background, without waiting for it, whether what is kept is still so. Never throws. */
  revalidate({ key, discoveredAt, obtainedAt }: Grant, settings: BridgeSettings, span: Span): void {
    if (settings.client.tokenEndpoint !== undefined) return;
    const now = this.#world.now();
    const { issuer } = key;
    const before = Math.max(discoveredAt ?? obtainedAt, this.#askedAt.get(issuer) ?? 0);
    if (now - before < BELIEVED) return;
    this.#askedAt.set(issuer, now);
    lookUp(issuer, new URL(key.server), span, this.#options(settings)).then(
      found => {
        if (found?.chosen) this.#found.set(issuer, { at: now, metadata: found.chosen, reach: found.reach });
      },
      error => span.note(`What discovery said could not be asked again: ${Fault.of(error).message}`),
    );
  }

  /**
   * Discovery anew, where nobody answers as the token endpoint: the grant with what it finds, `undefined`
   * where the server itself cannot be asked. Throws `token.invalid-grant` where the server names other
   * authorization servers by now: what one of them gave is never shown to another.
   */
  async lookAgain(grant: Grant, settings: BridgeSettings, span: Span): Promise<Grant | undefined> {
    // What the user names is where the user says it is.
    if (settings.client.tokenEndpoint !== undefined) return undefined;
    const { issuer, server } = grant.key;
    span.note('Nobody answers as the token endpoint there; asking again where it is.');
    const report = await discover(new URL(server), span, {
      ...this.#options(settings),
      prefer: each => each.issuer === issuer,
    });
    const { chosen, resourceMetadata } = report;
    if (chosen?.issuer === issuer) {
      const at = this.#world.now();
      this.#found.set(issuer, { at, metadata: chosen, reach: report.reach });
      // Here the server itself was asked, so that its address is known.
      return { ...withEndpoints(grant, chosen, at), reach: grant.reach ?? report.reach };
    }
    const named = resourceMetadata.found?.authorizationServers ?? [];
    if (chosen && named.length > 0 && !named.includes(issuer)) {
      throw new Fault(
        'token.invalid-grant',
        `${new URL(server).host} names ${word(chosen.issuer, 200)} as its authorization server now, not ${issuer}.`,
        { remedy: 'Sign in again.' },
      );
    }
    const isReached = resourceMetadata.attempts.some(({ result }) => result !== 'unreachable');
    return isReached ? grant : undefined;
  }

  #options({ client, network, headers }: BridgeSettings) {
    return {
      network,
      headers,
      allowHttp: client.allowHttp ?? false,
      withoutPage: client.grant !== undefined,
      ...(client.allowPrivate ? { reach: 'any' as const } : {}),
      sleep: this.#world.sleep,
    };
  }
}

/**
 * How far requests for a grant may reach: as far as its sign-in could. Of a grant that does not say so, what
 * its server's URL alone allows.
 */
export function reachOfGrant({ reach, key }: Grant, { client }: BridgeSettings): 'any' | 'public' {
  // What the user names is where the user says it is.
  if (client.allowPrivate || client.tokenEndpoint !== undefined) return 'any';
  return reach ?? reachOf({ server: { url: new URL(key.server) } });
}

function withEndpoints(
  grant: Grant,
  { tokenEndpoint, revocationEndpoint }: ServerMetadata,
  at: number,
): Grant {
  const { revocationEndpoint: _, ...rest } = grant;
  return {
    ...rest,
    discoveredAt: at,
    ...(tokenEndpoint === undefined ? {} : { tokenEndpoint }),
    ...(revocationEndpoint === undefined ? {} : { revocationEndpoint }),
  };
}
