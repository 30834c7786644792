import type { Change, Snapshot } from '../api/window.ts';
import type { NetworkSettings } from '../base/world.ts';
import type { Labs } from './labs.ts';
import { Latest } from './latest.ts';
import type { PreferencesFile } from './preferences-file.ts';
import type { ServerList } from './server-list.ts';
import type { Surroundings } from './surroundings.ts';
import type { VaultRoom } from './vault-room.ts';

/** Milliseconds between two looks at what has changed, at least and at most. */
const SOONEST = 150;
const LATEST = 2_000;

interface Parts {
  servers: ServerList;
  preferences: PreferencesFile;
  labs: Labs;
  vault: VaultRoom;
}

type Content = Omit<Snapshot, 'seq'>;

/** Tells windows what there is, and what has changed: each part whole, compared as JSON. */
export class Watching {
  readonly #surroundings: Surroundings;
  readonly #parts: Parts;
  readonly #windows = new Set<Latest<Snapshot | Change>>();
  #told: Content | undefined;
  #seq = 0;
  #looking: Promise<void> | undefined;
  #wake = () => {};

  constructor(surroundings: Surroundings, parts: Parts) {
    this.#surroundings = surroundings;
    this.#parts = parts;
  }

  watch(): AsyncIterable<Snapshot | Change> {
    const feed: Latest<Snapshot | Change> = new Latest(() => this.#leave(feed));
    void this.#look().then(
      content => {
        // It may have been closed while it was still looked around.
        if (feed.isOver) return;
        feed.push({ seq: this.#seq, ...content });
        this.#windows.add(feed);
        this.#looking ??= this.#keepLooking().finally(() => {
          this.#looking = undefined;
        });
      },
      error => feed.fail(error),
    );
    return feed;
  }

  /** Something may be other than before: it is looked at soon. */
  changed(): void {
    this.#wake();
  }

  #leave(feed: Latest<Snapshot | Change>): void {
    this.#windows.delete(feed);
    this.#wake();
  }

  async #keepLooking(): Promise<void> {
    const { world, broker } = this.#surroundings;
    const stop = broker.recorded.subscribe(() => this.#wake());
    try {
      while (this.#windows.size > 0) {
        const woken = new AbortController();
        this.#wake = () => woken.abort();
        await world.sleep(SOONEST);
        await world.sleep(LATEST, woken.signal).catch(() => {});
        // What cannot be read just now is looked at again; the windows have what was known.
        const change = await this.#look().then(
          content => this.#difference(content),
          () => undefined,
        );
        if (change) for (const window of this.#windows) window.push({ seq: ++this.#seq, ...change });
      }
    } finally {
      stop();
      this.#wake = () => {};
    }
  }

  #difference(content: Content): Partial<Content> | undefined {
    const told = this.#told;
    this.#told = content;
    if (!told) return content;
    const parts = (Object.keys(content) as (keyof Content)[]).filter(
      part => JSON.stringify(content[part]) !== JSON.stringify(told[part]),
    );
    return parts.length === 0 ? undefined : Object.fromEntries(parts.map(part => [part, content[part]]));
  }

  async #look(): Promise<Content> {
    const { broker, kind } = this.#surroundings;
    const { network, extraCaFile, trouble: unread } = this.#surroundings.environment();
    const { servers, preferences, labs, vault } = this.#parts;
    const status = await broker.status();
    const { version, pid, startedAt, home } = status;
    const { redirectUri, trouble } = broker.callback;
    const looked = vault.look(status.vault);
    // While the vault is closed nobody knows which sign-ins are kept.
    const isClosed = looked.state !== 'open' && looked.kind !== 'memory';
    return {
      broker: { version, pid, startedAt, home, kind },
      vault: looked,
      servers: await servers.known(status.servers, isClosed ? 'unknown' : 'signed-out'),
      lab: labs.running,
      preferences: await preferences.read(),
      network: {
        proxies: proxiesOf(network),
        ...(extraCaFile === undefined ? {} : { extraCa: extraCaFile }),
        ...(unread ? { trouble: unread } : {}),
      },
      callback: {
        ...(redirectUri === undefined ? {} : { redirectUri }),
        ...(trouble ? { trouble: trouble.toJSON() } : {}),
      },
    };
  }
}

/** The proxies of the environment, without the names and passwords that may stand in them. */
export function proxiesOf(network: NetworkSettings): { variable: string; origin: string }[] {
  const { httpProxy, httpProxyFrom, httpsProxy, httpsProxyFrom } = network;
  const named = [
    [httpProxyFrom ?? 'HTTP_PROXY', httpProxy],
    [httpsProxyFrom ?? 'HTTPS_PROXY', httpsProxy],
  ] as const;
  return named.flatMap(([variable, value]) => {
    if (!value) return [];
    const url = URL.parse(value.includes('://') ? value : `http://${value}`);
    // Not `origin`: that of socks5: is the word null.
    return [{ variable, origin: url?.host ? `${url.protocol}//${url.host}` : '' }];
  });
}
