import type { RenewalTrouble } from '../api/contract.ts';
import { Fault } from '../base/fault.ts';
import { duration } from '../base/text.ts';
import type { World } from '../base/world.ts';
import { abortable } from '../bridge/backoff.ts';
import { renewAsClient } from '../oauth/client-grant.ts';
import type { Grant } from '../oauth/grant.ts';
import type { ArrivedTokens } from '../oauth/repair.ts';
import { refresh, revoke } from '../oauth/token.ts';
import {
  isAlive,
  isRenewable,
  isShortLived,
  isStale,
  type OneAtATime,
  pauseOf,
  unaskedAt,
} from '../tokens/fresh.ts';
import type { Span } from '../trace/event.ts';
import type { Endpoints } from './endpoints.ts';
import type { Grants } from './grants.ts';
import type { BridgeSettings } from './settings.ts';
import { Spell } from './spell.ts';

/** How long a refusal that blames the request may be a gateway's slip. Milliseconds. */
const FINAL_AFTER = 15_000;
/** A token that is still alive waits no longer for its renewal. Milliseconds. */
const PATIENCE = 3_000;
/** A host's request is kept no longer than this while an authorization server is out. Milliseconds. */
const OUTAGE = 15_000;

export interface RenewalHouse {
  world: Pick<World, 'now' | 'sleep' | 'random'>;
  /** Shared by all accounts: one renewal for each grant, however many ask. */
  renewals: OneAtATime<Grant | undefined>;
  span: Span;
}

/** Who waits for a renewal, and for how long. */
export interface Wait {
  settings: BridgeSettings;
  /** Milliseconds since the epoch; infinite for whoever has been told already to wait. */
  until: number;
  /** Somebody acts: it is tried at once, and only once. */
  explicit: boolean;
  /** Told each time it has failed and is waited for. */
  onOutage(fault: Fault): void;
  signal?: AbortSignal | undefined;
}

/**
 * The renewals of one account's grants. What fails for a while is tried again, further and further apart and
 * for a day; what fails for good ends the grant, which is used as it is while its token lives.
 */
export class Renewal {
  readonly #grants: Grants;
  readonly #endpoints: Endpoints;
  readonly #house: RenewalHouse;
  /** By the grant's key. */
  readonly #spells = new Map<string, Spell>();
  /** What is waited for, once for each who does. */
  readonly #waiting = new Set<Grant>();
  /** When the renewal began that is under way. */
  readonly #begunAt = new Map<string, number>();
  /** When it was renewed last. */
  readonly #renewedAt = new Map<string, number>();
  /** Since when the server refuses renewals in a way that blames the request, and the last time, by grant. */
  readonly #refused = new Map<string, { since: number; last: number }>();
  /** Grants for which discovery was asked whether the endpoint is still where it was. */
  readonly #lookedAgain = new Set<string>();
  /** How the last grant ended that ended by itself. */
  #end: RenewalTrouble | undefined;

  constructor(grants: Grants, endpoints: Endpoints, house: RenewalHouse) {
    this.#grants = grants;
    this.#endpoints = endpoints;
    this.#house = house;
  }

  /** Milliseconds until it may be renewed again: a server whose tokens live a moment is not asked all the time. */
  #pause(grant: Grant): number {
    return pauseOf(grant, this.#renewedAt.get(keyOf(grant)), this.#house.world.now());
  }

  /** What to show of it: what fails just now, or how the grant ended. */
  get trouble(): RenewalTrouble | undefined {
    const [spell] = this.#spells.values();
    return spell?.shown(this.#house.world.now()) ?? this.#end;
  }

  /** Why those wait who wait for a token, if it is for this. */
  get outage(): Fault | undefined {
    const [grant] = this.#waiting;
    return grant && (this.#spells.get(keyOf(grant))?.told(this.#house.world.now()) ?? unanswered(grant));
  }

  /** There is a new grant, or none is wanted: what was of the old ones does not count any more. */
  reset(): void {
    this.#spells.clear();
    this.#lookedAgain.clear();
    this.#end = undefined;
  }

  /** When to renew it without being asked, if at all, and whether that is because it failed before. */
  dueAt(grant: Grant): { at: number; again: boolean } | undefined {
    // It would be renewed for ever, whether anybody uses it or not.
    if (!isRenewable(grant) || isShortLived(grant)) return undefined;
    const spell = this.#spells.get(keyOf(grant));
    if (spell)
      return spell.isHopeless(this.#house.world.now()) ? undefined : { at: spell.nextAt, again: true };
    const at = unaskedAt(grant);
    return at === undefined ? undefined : { at, again: false };
  }

  /** Renewed ahead of expiry. A server that is out or slow for a moment costs nothing while the token lives. */
  async fresh(grant: Grant, wait: Wait): Promise<Grant | undefined> {
    const { world } = this.#house;
    if (!isStale(grant, world.now())) return grant;
    // The server may well take it all the same; where it does not, its refusal says so.
    if (this.#pause(grant) > 0) return grant;
    const alive = isAlive(grant, world.now());
    if (!isRenewable(grant)) return alive ? grant : undefined;
    if (!alive) return this.patiently(grant, wait);
    const over = new AbortController();
    // What is over is used as it is, unless somebody signed out.
    const renewed = this.renew(grant, wait.settings).then(
      each => each ?? this.#grants.kept(grant),
      () => grant,
    );
    const left = PATIENCE - (world.now() - (this.#begunAt.get(keyOf(grant)) ?? world.now()));
    const late = world.sleep(Math.max(0, left), over.signal).then(
      () => grant,
      () => grant,
    );
    try {
      return await Promise.race([renewed, late]);
    } finally {
      over.abort();
    }
  }

  /**
   * Renewed for somebody who needs it now: a server that is out is waited for as long as that one can wait.
   * `undefined`: this grant is over. Throws `token.unavailable` and `token.refused`, which say when it is
   * tried again, and the signal's reason.
   */
  async patiently(grant: Grant, wait: Wait): Promise<Grant | undefined> {
    const mine = { ...grant };
    this.#waiting.add(mine);
    return this.#patiently(grant, wait).finally(() => this.#waiting.delete(mine));
  }

  async #patiently(grant: Grant, wait: Wait): Promise<Grant | undefined> {
    const { world } = this.#house;
    const { until, explicit, settings, signal } = wait;
    const began = world.now();
    const limit = explicit
      ? began
      : until === Number.POSITIVE_INFINITY
        ? until
        : Math.min(until, began + OUTAGE);
    for (;;) {
      const pause = explicit ? 0 : this.#pause(grant);
      if (pause > 0) {
        const why = tooShort(grant, pause);
        if (world.now() + pause >= limit) throw why;
        wait.onOutage(why);
        await world.sleep(pause, signal);
      }
      try {
        return await this.#inTime(this.renew(grant, settings, { atOnce: explicit }), grant, wait);
      } catch (error) {
        signal?.throwIfAborted();
        const spell = this.#spells.get(keyOf(grant));
        const now = world.now();
        const waits = spell && spell.nextAt < limit && !spell.isHopeless(now);
        if (Fault.of(error).code !== 'token.unavailable' || !waits) throw error;
        wait.onOutage(spell.told(now));
        await world.sleep(Math.max(0, spell.nextAt - now), signal);
      }
    }
  }

  /** Whoever waits is told soon that it may take a while, and given the reason when the time is up. */
  async #inTime<T>(renewed: Promise<T>, grant: Grant, { until, signal, onOutage }: Wait): Promise<T> {
    const { world } = this.#house;
    const over = new AbortController();
    const late = async (): Promise<never> => {
      await world.sleep(Math.max(0, until - world.now()), over.signal);
      throw unanswered(grant);
    };
    world.sleep(PATIENCE, over.signal).then(
      () => onOutage(unanswered(grant)),
      () => {},
    );
    const timely = until === Number.POSITIVE_INFINITY ? renewed : Promise.race([renewed, late()]);
    try {
      return await (signal ? abortable(timely, signal) : timely);
    } finally {
      over.abort();
    }
  }

  /**
   * One try, shared by all who ask. `undefined`: this grant is over. Throws `token.unavailable` and
   * `token.refused`, at once where the last try was a moment ago, unless it is to be `atOnce`.
   */
  async renew(grant: Grant, settings: BridgeSettings, { atOnce = false } = {}): Promise<Grant | undefined> {
    const { world, renewals } = this.#house;
    const key = keyOf(grant);
    const spell = this.#spells.get(key);
    const pauses = spell && !atOnce && !spell.isDue(world.now()) && !renewals.isRunning(key);
    if (pauses) {
      // Somebody may have brought another one meanwhile.
      const kept = await this.#grants.kept(grant);
      if (kept?.accessToken === grant.accessToken) throw spell.told(world.now());
      this.#spells.delete(key);
      return kept;
    }
    return renewals.run(key, () => this.#renew(grant, settings));
  }

  async #renew(grant: Grant, settings: BridgeSettings): Promise<Grant | undefined> {
    const { world } = this.#house;
    // Renewed, or ended by a sign-out, between the reading and our turn.
    const current = await this.#grants.kept(grant);
    if (current?.accessToken !== grant.accessToken) {
      this.#spells.delete(keyOf(grant));
      return current;
    }
    const span = this.#house.span.span('refresh', settings);
    this.#begunAt.set(keyOf(grant), world.now());
    const isInterrupted = this.#grants.wasInterrupted(grant);
    this.#grants.renewing(grant, true);
    try {
      const renewed = await this.#ask(grant, settings, span);
      const tries = this.#spells.get(keyOf(grant))?.shown(world.now()).tries;
      if (tries !== undefined) span.note(`Renewed at last, after ${tries} that failed.`);
      this.#spells.delete(keyOf(grant));
      this.#lookedAgain.delete(keyOf(grant));
      this.#refused.delete(keyOf(grant));
      this.#renewedAt.set(keyOf(grant), world.now());
      return renewed;
    } catch (error) {
      const fault = Fault.of(error);
      const isOver =
        fault.code === 'token.invalid-grant' ||
        fault.code === 'registration.stale' ||
        this.#isRefusedForGood(grant, fault);
      if (!isOver) throw this.#failed(grant, fault, span);
      return await this.#over(grant, isInterrupted ? interrupted(fault) : fault, span);
    } finally {
      this.#grants.renewing(grant, false);
      this.#begunAt.delete(keyOf(grant));
    }
  }

  /** A refusal that blames the request is final once it has stood for a while, in whatever words it comes. */
  #isRefusedForGood(grant: Grant, { data }: Fault): boolean {
    const key = keyOf(grant);
    const now = this.#house.world.now();
    if (data?.definite === undefined) {
      this.#refused.delete(key);
      return false;
    }
    const known = this.#refused.get(key);
    // What was long ago, before a sign-in or a sleep, is another matter.
    const since = known && now - known.last < FINAL_AFTER ? known.since : now;
    this.#refused.set(key, { since, last: now });
    if (now - since < FINAL_AFTER) return false;
    this.#refused.delete(key);
    return true;
  }

  async #ask(grant: Grant, settings: BridgeSettings, span: Span): Promise<Grant | undefined> {
    const { world } = this.#house;
    const reach = { span, network: settings.network };
    const registration = await this.#grants.registrationOf(grant, settings);
    if (!registration)
      throw new Fault('registration.stale', 'The client this grant was given to is not known here any more.');
    const renew = grant.ofClient ? renewAsClient : refresh;
    const within = () => ({ ...reach, reach: this.#endpoints.reach(grant, settings) });
    const rotated = (tokens: ArrivedTokens) => this.#grants.rotated(grant, tokens, world.now());
    const request = (from: Grant) => renew(from, registration, { ...within(), rotated }, () => world.now());
    const known = this.#endpoints.latest(grant, settings);
    const renewed = await request(known).catch(async error => {
      const isElsewhere = Fault.of(error).data?.endpoint === 'moved' || isOutOfReach(grant, error);
      if (!isElsewhere || this.#lookedAgain.has(keyOf(grant))) throw error;
      const found = await this.#endpoints.lookAgain(known, settings, span);
      if (found) this.#lookedAgain.add(keyOf(grant));
      if (!found || (found.tokenEndpoint === known.tokenEndpoint && !isOutOfReach(grant, error))) throw error;
      return request(found);
    });
    // On disk before anybody uses it: a rotated refresh token exists nowhere else.
    await this.#grants.renew(renewed);
    if (!(await this.#grants.kept(grant))) {
      // Somebody signed out meanwhile, and what came too late must not undo that.
      span.note('Signed out meanwhile; the new tokens are not kept.');
      const { revocationEndpoint } = renewed;
      if (revocationEndpoint) await revoke(renewed, registration, revocationEndpoint, within());
      return undefined;
    }
    this.#endpoints.revalidate(renewed, settings, span);
    return renewed;
  }

  #failed(grant: Grant, fault: Fault, span: Span): Fault {
    const { world } = this.#house;
    const now = world.now();
    const key = keyOf(grant);
    const spell = this.#spells.get(key);
    if (spell) spell.failed(fault, now, world.random);
    else this.#spells.set(key, new Spell(fault, now, world.random));
    const told = (this.#spells.get(key) as Spell).told(now);
    const alive = isAlive(grant, now) ? ' The token is used as it is for now.' : '';
    span.note(`${told.sentence}${alive}`);
    return told;
  }

  async #over(grant: Grant, fault: Fault, span: Span): Promise<Grant | undefined> {
    const now = this.#house.world.now();
    const spell = this.#spells.get(keyOf(grant))?.shown(now);
    this.#spells.delete(keyOf(grant));
    this.#end = { since: spell?.since ?? now, tries: (spell?.tries ?? 0) + 1, why: fault.message };
    span.note(`The grant is over: ${fault.message}`);
    const { issuer, clientId } = grant.key;
    if (fault.code === 'registration.stale')
      await this.#grants.dropRegistration(issuer, clientId, { lost: true });
    if (!isAlive(grant, now) || grant.expiresAt === undefined) {
      await this.#grants.drop(grant);
      return undefined;
    }
    span.note(`Its token is used for the ${duration(grant.expiresAt - now)} it has left.`);
    const { refreshToken: _refresh, ofClient: _again, ...rest } = grant;
    await this.#grants.renew(rest);
    return undefined;
  }
}

/** An older version did not keep how far the sign-in could reach: only the server's own address tells. */
function isOutOfReach({ reach }: Grant, error: unknown): boolean {
  const { cause } = Fault.of(error);
  return reach === undefined && cause instanceof Fault && cause.code === 'net.private-address';
}

/** The server took a refresh token, and nobody was there when its answer came. */
function interrupted(fault: Fault): Fault {
  const { code, message } = fault;
  const why = 'Keybridge ended while this sign-in was being renewed, and the answer was lost with it.';
  return new Fault(code, `${why} ${message}`, { cause: fault });
}

/** The server refuses a token that it has only just issued, and is not asked for another at once. */
function tooShort({ key, expiresAt = 0, obtainedAt }: Grant, pause: number): Fault {
  const life = duration(Math.max(1, expiresAt - obtainedAt));
  return new Fault(
    'token.unavailable',
    `${key.issuer} issues tokens that live ${life}, and one was renewed a moment ago; the next is asked for in ${duration(pause)}.`,
    { remedy: 'Its operator should let tokens live for a minute at least; ask again in a moment.' },
  );
}

function unanswered({ key }: Grant): Fault {
  return new Fault('token.unavailable', `${key.issuer} has not answered a token request yet.`, {
    remedy: 'Its answer is still waited for; ask again in a moment.',
  });
}

function keyOf({ key }: Grant): string {
  return JSON.stringify(key);
}
