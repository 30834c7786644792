import { isObject, type Json, type JsonObject, parseJson } from '../base/json.ts';
import { base64url } from '../base/text.ts';
import type { World } from '../base/world.ts';
import type { Target } from './settings.ts';

const FILE = 'facts.json';
/** Bytes of an `initialize` answer beyond which it is not worth keeping. */
const LONGEST_ANSWER = 256 * 1024;
/** Issuers remembered for one server. */
const MOST_ISSUERS = 8;

interface Contents {
  callbackPort?: number;
  /** By server and profile: what the server answered to `initialize`, by the version the host asked for. */
  answers: Record<string, Record<string, JsonObject>>;
  /** By server and static client id: the issuer those credentials were first used with. */
  staticIssuers: Record<string, string>;
  /** By server: the hosts of a sign-in that somebody has confirmed, the last few. */
  confirmed: Record<string, string[]>;
  /** By server: the issuers it was signed in to, or was to be. */
  issuers: Record<string, string[]>;
}

/**
 * What Keybridge remembers besides credentials; nothing here is a secret, and all of it can be lost. A
 * server's URL stands here without its query, which may hold a key: a hash is in its place.
 */
export class Facts {
  readonly #world: Pick<World, 'files'>;
  #contents: Promise<Contents> | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(world: Pick<World, 'files'>) {
    this.#world = world;
  }

  async callbackPort(): Promise<number | undefined> {
    return (await this.#read()).callbackPort;
  }

  async rememberCallbackPort(port: number): Promise<void> {
    (await this.#read()).callbackPort = port;
    await this.#write();
  }

  /** The `result` of the last `initialize` for a host that asks for this protocol version. */
  async answer(target: Target, version: string): Promise<JsonObject | undefined> {
    const known = (await this.#read()).answers[await keyOf(target)];
    // The host chooses the version's name, and may well name it `constructor`.
    return known && Object.hasOwn(known, version) ? known[version] : undefined;
  }

  async rememberAnswer(target: Target, version: string, result: JsonObject): Promise<void> {
    const text = JSON.stringify(result);
    if (text.length > LONGEST_ANSWER) return;
    const contents = await this.#read();
    const key = await keyOf(target);
    const known = contents.answers[key] ?? {};
    if (JSON.stringify(known[version]) === text) return;
    contents.answers[key] = { ...known, [version]: result };
    await this.#write();
  }

  async staticIssuer(target: Target, clientId: string): Promise<string | undefined> {
    return (await this.#read()).staticIssuers[`${await nameOf(target)} ${clientId}`];
  }

  async rememberStaticIssuer(target: Target, clientId: string, issuer: string): Promise<void> {
    const name = await nameOf(target);
    (await this.#read()).staticIssuers[`${name} ${clientId}`] = issuer;
    await this.#write();
  }

  async issuers(target: Target): Promise<readonly string[]> {
    return (await this.#read()).issuers[await nameOf(target)] ?? [];
  }

  async rememberIssuer(target: Target, issuer: string): Promise<void> {
    const known = await this.issuers(target);
    if (known.includes(issuer)) return;
    (await this.#read()).issuers[await nameOf(target)] = [...known, issuer].slice(-MOST_ISSUERS);
    await this.#write();
  }

  /** Whether somebody has said that these hosts of a sign-in belong together. */
  async isConfirmed(target: Target, hosts: string): Promise<boolean> {
    return (await this.#read()).confirmed[await nameOf(target)]?.includes(hosts) ?? false;
  }

  async rememberConfirmed(target: Target, hosts: string): Promise<void> {
    const name = await nameOf(target);
    const { confirmed } = await this.#read();
    confirmed[name] = [...(confirmed[name] ?? []), hosts].slice(-MOST_ISSUERS);
    await this.#write();
  }

  async forget(target: Target): Promise<void> {
    const contents = await this.#read();
    const name = await nameOf(target);
    delete contents.answers[await keyOf(target)];
    delete contents.issuers[name];
    delete contents.confirmed[name];
    for (const key of Object.keys(contents.staticIssuers)) {
      if (key.startsWith(`${name} `)) delete contents.staticIssuers[key];
    }
    await this.#write();
  }

  #read(): Promise<Contents> {
    this.#contents ??= this.#world.files
      .read(FILE)
      .catch(() => undefined)
      .then(bytes => {
        const value = bytes && parseJson(new TextDecoder().decode(bytes));
        const read = isObject(value) ? value : {};
        return {
          ...(typeof read.callbackPort === 'number' ? { callbackPort: read.callbackPort } : {}),
          answers: record(read.answers, / (\S+)$/, isObject) as Contents['answers'],
          staticIssuers: record(read.staticIssuers, /^(\S+) /, each => typeof each === 'string'),
          confirmed: record(read.confirmed, /^(\S+)$/, each => Array.isArray(each)) as Contents['confirmed'],
          issuers: record(read.issuers, /^(\S+)$/, each => Array.isArray(each)) as Contents['issuers'],
        };
      });
    return this.#contents;
  }

  /** Resolves once everything remembered so far is on disk, where it can be. */
  written(): Promise<void> {
    return this.#writing;
  }

  /** A disk that is full costs the memory of these facts, not the bridge. */
  #write(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      const bytes = new TextEncoder().encode(JSON.stringify(await this.#read(), null, 1));
      await this.#world.files.replace(FILE, bytes).catch(() => {});
    });
    return this.#writing;
  }
}

/**
 * The members of what was read that are as they should be; those with a query in the clear are forgotten.
 * `server`: where in the key the server's URL stands.
 */
function record<T extends Json>(
  read: Json | undefined,
  server: RegExp,
  fits: (value: Json) => boolean,
): Record<string, T> {
  const isKept = ([key, value]: [string, Json]) => {
    const [, url] = server.exec(key) ?? [];
    return url !== undefined && !/\?(?!#)/.test(url) && fits(value);
  };
  const members = Object.entries(isObject(read) ? read : {}).filter(isKept);
  return Object.fromEntries(members) as Record<string, T>;
}

async function keyOf(target: Target): Promise<string> {
  return `${target.profile} ${await nameOf(target)}`;
}

/** A server's URL with a hash in place of its query. */
async function nameOf({ server }: Target): Promise<string> {
  const search = URL.parse(server)?.search;
  if (!search) return server;
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(search));
  return server.replace(search, `?#${base64url(new Uint8Array(hash)).slice(0, 22)}`);
}
