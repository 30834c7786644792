import { isObject, type JsonObject, parseJson } from '../base/json.ts';
import type { World } from '../base/world.ts';
import { open, seal } from '../tokens/sealed.ts';
import { storedKey } from '../tokens/vault-key.ts';

const FILE = 'answers.sealed';
/** Characters of an `initialize` answer beyond which it is not worth keeping. */
const LONGEST = 256 * 1024;
/** Servers and profiles, and versions of one, that are remembered: the last ones. */
const MOST_TARGETS = 100;
const MOST_VERSIONS = 4;

/** By server and profile: what the server answered to `initialize`, by the version the host asked for. */
type Contents = Map<string, Map<string, JsonObject>>;

export type AnswersWorld = Pick<World, 'files'> & Partial<Pick<World, 'vault' | 'random'>>;

/**
 * What servers answered to `initialize`, for hosts that start while a sign-in is pending. A server may put a key
 * or a token into it (some repeat the header fields they were sent), so it is sealed with the installation's
 * key. Where there is none yet, or it cannot be had, answers last as long as the process: nobody is asked to
 * unlock a keychain for them. All of it can be lost.
 */
export class Answers {
  readonly #world: AnswersWorld;
  #contents: Promise<Contents> | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(world: AnswersWorld) {
    this.#world = world;
  }

  async get(target: string, version: string): Promise<JsonObject | undefined> {
    return (await this.#read()).get(target)?.get(version);
  }

  async remember(target: string, version: string, result: JsonObject): Promise<void> {
    const text = JSON.stringify(result);
    if (text.length > LONGEST) return;
    const contents = await this.#read();
    const known = contents.get(target) ?? new Map<string, JsonObject>();
    if (JSON.stringify(known.get(version)) === text) return;
    // The last one is the newest.
    known.delete(version);
    known.set(version, result);
    shorten(known, MOST_VERSIONS);
    contents.delete(target);
    contents.set(target, known);
    shorten(contents, MOST_TARGETS);
    await this.#write();
  }

  async forget(target: string): Promise<void> {
    if ((await this.#read()).delete(target)) await this.#write();
  }

  /** Resolves once everything remembered so far is on disk, where it can be. */
  written(): Promise<void> {
    return this.#writing;
  }

  #read(): Promise<Contents> {
    this.#contents ??= this.#load().catch(() => {
      // A keychain that is locked is asked again: what is on disk must not be written over unread.
      this.#contents = undefined;
      return new Map();
    });
    return this.#contents;
  }

  async #load(): Promise<Contents> {
    const file = await this.#world.files.read(FILE);
    const key = file && (await this.#key());
    const value = key && parseJson(new TextDecoder().decode(await open(key, file)));
    const members = Object.entries(isObject(value) ? value : {});
    return new Map(
      members.map(([target, versions]) => [
        target,
        new Map(
          Object.entries(isObject(versions) ? versions : {}).filter((each): each is [string, JsonObject] =>
            isObject(each[1]),
          ),
        ),
      ]),
    );
  }

  async #key(): Promise<Uint8Array | undefined> {
    const { vault } = this.#world;
    await vault?.ready?.();
    return vault && vault.kind !== 'memory' ? storedKey(vault) : undefined;
  }

  #write(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      const { random, files } = this.#world;
      const key = await this.#key();
      if (!key || !random) return;
      const contents = Object.fromEntries(
        [...(await this.#read())].map(([target, versions]) => [target, Object.fromEntries(versions)]),
      );
      const bytes = new TextEncoder().encode(JSON.stringify(contents));
      await files.replace(FILE, await seal(key, bytes, count => random(count)));
    });
    // A disk that is full, or a keychain that is locked, costs the memory of them.
    this.#writing = this.#writing.catch(() => {});
    return this.#writing;
  }
}

function shorten(map: Map<string, unknown>, most: number): void {
  for (const oldest of map.keys()) {
    if (map.size <= most) break;
    map.delete(oldest);
  }
}
