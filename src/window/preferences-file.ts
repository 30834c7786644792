import type { Preferences } from '../api/window.ts';
import { Fault } from '../base/fault.ts';
import { isObject, parseJson } from '../base/json.ts';
import type { NetworkSettings, World } from '../base/world.ts';
import { certificatesProblem } from './certificates.ts';

const FILE = 'preferences.json';

const DEFAULTS: Preferences = {
  theme: 'system',
  language: 'system',
  log: 'normal',
  welcomed: false,
};

const CHOICES: Readonly<Record<'theme' | 'language' | 'log', readonly string[]>> = {
  theme: ['system', 'light', 'dark'],
  language: ['system', 'en', 'zh-Hant', 'he'],
  log: ['off', 'normal', 'full'],
};

/** The user's preferences, in a file of the state folder. */
export class PreferencesFile {
  readonly #world: Pick<World, 'files'>;
  readonly #listeners = new Set<(preferences: Preferences) => void>();
  #known: Promise<Preferences> | undefined;
  /** One change after the other. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(world: Pick<World, 'files'>) {
    this.#world = world;
  }

  /** Calls `listener` after each change. */
  subscribe(listener: (preferences: Preferences) => void): void {
    this.#listeners.add(listener);
  }

  /** Throws `store.unwritable` where the file cannot be read; what makes no sense in it is passed over. */
  read(): Promise<Preferences> {
    this.#known ??= this.#load();
    this.#known.catch(() => {
      this.#known = undefined;
    });
    return this.#known;
  }

  /** Throws `usage.flag` for what is no preference, and `store.unwritable`. */
  change(change: Partial<Preferences>): Promise<void> {
    const done = this.#queue.then(() => this.#change(change));
    this.#queue = done.catch(() => {});
    return done;
  }

  async #change(change: Partial<Preferences>): Promise<void> {
    if (!isObject(change)) throw wrong('preferences');
    const next: Record<string, unknown> = { ...(await this.read()) };
    for (const [name, value] of Object.entries(change)) {
      const problem = problemOf(name, value);
      if (problem) throw problem;
      if (value === '') delete next[name];
      else next[name] = value;
    }
    await this.#world.files.replace(FILE, new TextEncoder().encode(`${JSON.stringify(next, null, 1)}\n`));
    const preferences = next as unknown as Preferences;
    this.#known = Promise.resolve(preferences);
    for (const listener of this.#listeners) listener(preferences);
  }

  async #load(): Promise<Preferences> {
    const bytes = await this.#world.files.read(FILE);
    const read = parseJson(new TextDecoder().decode(bytes));
    if (!isObject(read)) return DEFAULTS;
    const good = Object.entries(read).filter(([name, value]) => !problemOf(name, value));
    return { ...DEFAULTS, ...Object.fromEntries(good) };
  }
}

/** How the network is reached for what a window does: as the environment says, but for what is preferred. */
export function preferredNetwork(environment: NetworkSettings, preferences: Preferences): NetworkSettings {
  const { proxy, extraCa } = preferences;
  return {
    ...environment,
    ...(proxy === undefined ? {} : { httpProxy: proxy, httpsProxy: proxy }),
    ...(extraCa === undefined
      ? {}
      : { extraCa: [environment.extraCa, extraCa].filter(each => each !== undefined).join('\n') }),
  };
}

function problemOf(name: string, value: unknown): Fault | undefined {
  switch (name) {
    case 'theme':
    case 'language':
    case 'log':
      return typeof value === 'string' && CHOICES[name].includes(value) ? undefined : wrong(name);
    case 'welcomed':
      return typeof value === 'boolean' ? undefined : wrong(name);
    case 'proxy':
      return value === '' ? undefined : proxyProblem(value);
    case 'extraCa':
      return value === '' ? undefined : caProblem(value);
    default:
      return wrong(name);
  }
}

function caProblem(value: unknown): Fault | undefined {
  if (typeof value !== 'string') return wrong('extraCa');
  const problem = certificatesProblem(value.trim());
  return problem === undefined ? undefined : wrong('extraCa', problem);
}

function proxyProblem(value: unknown): Fault | undefined {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  if (!url || !/^https?:$/.test(url.protocol)) {
    return wrong('proxy', 'Write it as http://proxy.example:8080.');
  }
  // This file is not sealed.
  if (url.username || url.password) {
    return wrong('proxy', 'Give a password in HTTPS_PROXY of the environment, not here.');
  }
  return undefined;
}

function wrong(name: string, remedy?: string): Fault {
  const message = `That cannot be the setting "${name.slice(0, 40)}".`;
  return new Fault('usage.flag', message, remedy === undefined ? {} : { remedy });
}
