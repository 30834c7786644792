import { isObject, parseJson } from '../base/json.ts';
import type { World } from '../base/world.ts';
import { keyOf, type ListedServer } from './listed.ts';

const FILE = 'servers.json';
const VERSION = 1;

/** The list without its secrets, in a file of the state folder. */
export class ListFile {
  readonly #world: Pick<World, 'files' | 'now'>;
  #known: Promise<readonly ListedServer[]> | undefined;
  #unreadable: Uint8Array | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(world: Pick<World, 'files' | 'now'>) {
    this.#world = world;
  }

  /** Throws `store.unwritable`. */
  read(): Promise<readonly ListedServer[]> {
    this.#known ??= this.#load().catch(error => {
      this.#known = undefined;
      throw error;
    });
    return this.#known;
  }

  /** Resolves once the change is on disk; when it rejects (`store.unwritable`) nothing has changed. */
  change(step: (before: readonly ListedServer[]) => readonly ListedServer[]): Promise<void> {
    const done = this.#queue.then(async () => {
      const before = await this.read();
      const next = step(before);
      if (next === before) return;
      await this.#setAside();
      const text = `${JSON.stringify({ version: VERSION, servers: next }, null, 1)}\n`;
      await this.#world.files.replace(FILE, new TextEncoder().encode(text));
      this.#known = Promise.resolve(next);
    });
    this.#queue = done.catch(() => {});
    return done;
  }

  async #load(): Promise<readonly ListedServer[]> {
    const bytes = await this.#world.files.read(FILE);
    if (!bytes) return [];
    const value = parseJson(new TextDecoder().decode(bytes));
    if (isObject(value) && value.version === VERSION && Array.isArray(value.servers)) {
      return (value.servers as unknown[]).filter(isListed);
    }
    this.#unreadable = bytes;
    return [];
  }

  /** What was found and could not be read is kept under another name before it is replaced. */
  async #setAside(): Promise<void> {
    if (!this.#unreadable) return;
    const time = new Date(this.#world.now()).toISOString().replaceAll(':', '-');
    await this.#world.files.replace(`${FILE}.${time}.unreadable`, this.#unreadable);
    this.#unreadable = undefined;
  }
}

/** The file is the user's own, but may have been edited by hand. */
function isListed(value: unknown): value is ListedServer {
  if (!isObject(value)) return false;
  const { server, profile, headers, more } = value;
  return (
    typeof server === 'string' &&
    URL.canParse(server) &&
    typeof profile === 'string' &&
    Array.isArray(headers) &&
    headers.every(
      each => isObject(each) && typeof each.name === 'string' && typeof each.variable === 'string',
    ) &&
    Array.isArray(more) &&
    more.every(each => typeof each === 'string')
  );
}

/** The list with one server in place of the one with the same key, or behind all others. */
export function withServer(servers: readonly ListedServer[], listed: ListedServer): readonly ListedServer[] {
  const key = keyOf(listed);
  const isThere = servers.some(each => keyOf(each) === key);
  return isThere ? servers.map(each => (keyOf(each) === key ? listed : each)) : [...servers, listed];
}
