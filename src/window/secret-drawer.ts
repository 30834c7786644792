import { Fault } from '../base/fault.ts';
import { isObject, parseJson } from '../base/json.ts';
import type { World } from '../base/world.ts';
import { open, type SealReason, seal } from '../tokens/sealed.ts';
import { sealingKey, storedKey } from '../tokens/vault-key.ts';
import { keyOf, type ListedServer } from './listed.ts';

const FILE = 'servers.sealed';
const VERSION = 1;

/** What of the list is secret. */
export interface Secrets {
  /** By variable, for each server by its key: a client secret, the values of headers. */
  readonly values: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Servers whose address has a query: many take their key there. */
  readonly servers: readonly ListedServer[];
}

const NOTHING: Secrets = { values: {}, servers: [] };

/**
 * The secrets of the list, sealed with the installation's key; with the process gone where the vault keeps
 * nothing. Every method throws what the vault and the files throw (`vault.locked`, `vault.unavailable`,
 * `store.unwritable`), and nothing is written before what is there has been read: a locked keychain never
 * looks like an empty drawer.
 */
export class SecretDrawer {
  readonly #world: Pick<World, 'vault' | 'files' | 'random' | 'now'>;
  #contents: Secrets | undefined;
  #opening: Promise<Secrets> | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(world: Pick<World, 'vault' | 'files' | 'random' | 'now'>) {
    this.#world = world;
  }

  async read(): Promise<Secrets> {
    if (this.#contents) return this.#contents;
    this.#opening ??= this.#load().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /** Resolves once the change is kept. When it rejects nothing has changed. */
  change(step: (before: Secrets) => Secrets): Promise<void> {
    const done = this.#queue.then(async () => {
      const before = await this.read();
      const next = step(before);
      if (next === before) return;
      if (this.#world.vault.kind !== 'memory') await this.#write(next);
      this.#contents = next;
    });
    this.#queue = done.catch(() => {});
    return done;
  }

  /**
   * Goes on with another vault, which `exchange` puts in place; once it is there, `also` seals what is here anew,
   * beside what an earlier process kept with that vault. Throws what either throws; then everything is as before,
   * as long as the exchange undoes itself where `also` fails.
   */
  move(exchange: (also: () => Promise<void>) => Promise<void>): Promise<void> {
    const done = this.#queue.then(async () => {
      const held = await this.read();
      const wasKept = this.#world.vault.kind !== 'memory';
      let contents = held;
      await exchange(async () => {
        const there = wasKept ? NOTHING : await this.#stored();
        const isHeld = (each: ListedServer) => held.servers.some(other => keyOf(other) === keyOf(each));
        contents = {
          values: { ...there.values, ...held.values },
          servers: [...there.servers.filter(each => !isHeld(each)), ...held.servers],
        };
        const isEmpty = Object.keys(contents.values).length === 0 && contents.servers.length === 0;
        if (this.#world.vault.kind !== 'memory' && !isEmpty) await this.#write(contents);
      });
      this.#contents = contents;
    });
    this.#queue = done.catch(() => {});
    return done;
  }

  async #load(): Promise<Secrets> {
    await this.#world.vault.ready?.();
    this.#contents = await this.#stored();
    return this.#contents;
  }

  async #stored(): Promise<Secrets> {
    const { vault, files } = this.#world;
    const file = vault.kind === 'memory' ? undefined : await files.read(FILE);
    return file ? this.#unseal(file) : NOTHING;
  }

  async #unseal(file: Uint8Array): Promise<Secrets> {
    const key = await storedKey(this.#world.vault);
    try {
      if (key) return decode(await open(key, file));
    } catch (error) {
      const reason = Fault.of(error).data?.reason as SealReason | undefined;
      if (reason === 'newer-version') throw newer(error);
      if (reason === undefined) throw error;
    }
    // What no key opens is kept under another name before anything takes its place.
    const time = new Date(this.#world.now()).toISOString().replaceAll(':', '-');
    await this.#world.files.replace(`${FILE}.${time}.unreadable`, file);
    await this.#write(NOTHING);
    return NOTHING;
  }

  async #write(contents: Secrets): Promise<void> {
    const bytes = new TextEncoder().encode(JSON.stringify({ version: VERSION, ...contents }));
    const key = await sealingKey(this.#world);
    const sealed = await seal(key, bytes, count => this.#world.random(count));
    await this.#world.files.replace(FILE, sealed);
  }
}

/** The bytes have been authenticated, so they were ours once. */
function decode(bytes: Uint8Array): Secrets {
  const value = parseJson(new TextDecoder().decode(bytes));
  if (!isObject(value) || value.version !== VERSION) throw newer();
  const { values, servers } = value as unknown as Secrets;
  return { values, servers };
}

function newer(cause?: unknown): Fault {
  return new Fault('store.damaged', 'The sealed file was made by a newer version of Keybridge.', {
    remedy: `Start the newer version, or move ${FILE} out of the state folder.`,
    data: { reason: 'newer-version' },
    cause,
  });
}
