import type { Preferences } from '../api/window.ts';
import { isObject, parseJson } from '../base/json.ts';
import type { Surroundings } from './surroundings.ts';

const FILE = 'preferences.json';

const DEFAULTS: Preferences = {
  theme: 'system',
  language: 'system',
  callbackPort: 0,
  bodiesOnDisk: false,
  logLevel: 'normal',
  welcomed: false,
};

/** The user's preferences, in a file of the state folder. */
export class PreferencesFile {
  readonly #world: Surroundings['world'];
  readonly #changed: () => void;
  #known: Promise<Preferences> | undefined;

  constructor({ world }: Pick<Surroundings, 'world'>, changed: () => void) {
    this.#world = world;
    this.#changed = changed;
  }

  read(): Promise<Preferences> {
    this.#known ??= this.#load();
    return this.#known;
  }

  /** Throws `store.unwritable`. */
  async change(change: Partial<Preferences>): Promise<void> {
    const next = { ...(await this.read()), ...change };
    await this.#world.files.replace(FILE, new TextEncoder().encode(`${JSON.stringify(next, null, 1)}\n`));
    this.#known = Promise.resolve(next);
    this.#changed();
  }

  async #load(): Promise<Preferences> {
    const bytes = await this.#world.files.read(FILE);
    const read = parseJson(new TextDecoder().decode(bytes));
    return isObject(read) ? { ...DEFAULTS, ...(read as Partial<Preferences>) } : DEFAULTS;
  }
}
