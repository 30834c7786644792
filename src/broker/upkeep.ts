import { Fault } from '../base/fault.ts';
import type { World } from '../base/world.ts';
import type { Grant } from '../oauth/grant.ts';
import { isRenewable } from '../tokens/fresh.ts';
import type { Asker } from './asker.ts';
import type { Grants } from './grants.ts';
import type { Renewal } from './renewal.ts';
import type { BridgeSettings } from './settings.ts';

/** A timer can count no further than some days. Milliseconds. */
const LONGEST_SLEEP = 24 * 60 * 60_000;
/** A request that a token was brought for came at most so long before it. Milliseconds. */
const WAITING = 60_000;

interface Tended {
  grant: Grant;
  at: number;
  timer: AbortController;
}

/**
 * Renews without being asked while hosts are connected: shortly before a token ends that a host has used, so
 * that no call waits for it, and again after what failed. A machine on which nobody does anything renews
 * nothing.
 */
export class Upkeep {
  readonly #world: Pick<World, 'now' | 'sleep'>;
  readonly #grants: Grants;
  readonly #renewal: Renewal;
  readonly #hosts = new Set<Asker>();
  /** By the grant's key. */
  readonly #tended = new Map<string, Tended>();

  constructor(world: Pick<World, 'now' | 'sleep'>, grants: Grants, renewal: Renewal) {
    this.#world = world;
    this.#grants = grants;
    this.#renewal = renewal;
  }

  /** A host is connected until what is returned is called. */
  attend(host: Asker): () => void {
    this.#hosts.add(host);
    return () => {
      this.#hosts.delete(host);
      if (this.#hosts.size > 0) return;
      for (const { timer } of this.#tended.values()) timer.abort();
      this.#tended.clear();
    };
  }

  /** A grant as it was just used, renewed, or not renewed. */
  see(grant: Grant, settings: BridgeSettings): void {
    const due = this.#renewal.dueAt(grant);
    if (this.#hosts.size === 0 || !due) return;
    const key = JSON.stringify(grant.key);
    const before = this.#tended.get(key);
    if (before?.at === due.at && before.grant.accessToken === grant.accessToken) return;
    before?.timer.abort();
    const tended = { grant, at: due.at, timer: new AbortController() };
    this.#tended.set(key, tended);
    this.#tend(tended, settings)
      // It ends with the last host, or when there is something newer to tend.
      .catch(() => {})
      .finally(() => {
        if (this.#tended.get(key) === tended) this.#tended.delete(key);
      });
  }

  async #tend({ grant, at, timer }: Tended, settings: BridgeSettings): Promise<void> {
    const { signal } = timer;
    for (let left = at - this.#world.now(); left > 0; left = at - this.#world.now())
      await this.#world.sleep(Math.min(left, LONGEST_SLEEP), signal);
    const again = this.#renewal.dueAt(grant)?.again;
    const isUsed = [...this.#hosts].some(({ askedAt = 0 }) => askedAt >= grant.obtainedAt - WAITING);
    if (!again && !isUsed) return;
    const renewed = await this.#renewal.renew(grant, settings).catch((fault: unknown) => Fault.of(fault));
    if (signal.aborted) return;
    if (renewed instanceof Fault) {
      this.see(grant, settings);
    } else if (renewed) {
      this.see(renewed, settings);
    } else {
      const kept = await this.#grants.kept(grant);
      if (kept && isRenewable(kept)) return;
      const why = this.#renewal.trouble?.why;
      for (const host of this.#hosts)
        if (why)
          host.say(
            `${why} The sign-in to ${new URL(grant.key.server).host} is over; the next request asks for another.`,
          );
    }
  }
}
