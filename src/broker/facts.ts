import { isObject, type Json, type JsonObject, parseJson } from '../base/json.ts';
import { base64url } from '../base/text.ts';
import type { World } from '../base/world.ts';
import { Answers, type AnswersWorld } from './answers.ts';
import type { Target } from './settings.ts';

const FILE = 'facts.json';
/** Issuers remembered for one server. */
const MOST_ISSUERS = 8;

interface Contents {
  callbackPort?: number;
  /** By server and static client id: the issuer those credentials were first used with. */
  staticIssuers: Record<string, string>;
  /** By server: the hosts of a sign-in that somebody has confirmed, the last few. */
  confirmed: Record<string, string[]>;
  /** By server: the issuers it was signed in to, or was to be. */
  issuers: Record<string, string[]>;
}

/**
 * What Keybridge remembers besides credentials, and all of it can be lost. Nothing in this file is a secret: a
 * server's URL stands here without its query, which may hold a key, a hash in its place; what a server said is
 * sealed in a file of its own.
 */
export class Facts {
  readonly #world: Pick<World, 'files'>;
  readonly #answers: Answers;
  #contents: Promise<Contents> | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(world: AnswersWorld) {
    this.#world = world;
    this.#answers = new Answers(world);
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
    return this.#answers.get(await keyOf(target), version);
  }

  async rememberAnswer(target: Target, version: string, result: JsonObject): Promise<void> {
    await this.#answers.remember(await keyOf(target), version, result);
  }

  /** A sign-out takes with it what the server said to whoever was signed in. */
  async forgetAnswers(target: Target): Promise<void> {
    await this.#read();
    await this.#answers.forget(await keyOf(target));
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
    await this.#answers.forget(await keyOf(target));
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
        // Older versions kept here, in the clear, what servers had said.
        if (read.answers !== undefined) void Promise.resolve().then(() => this.#write());
        return {
          ...(typeof read.callbackPort === 'number' ? { callbackPort: read.callbackPort } : {}),
          staticIssuers: record(read.staticIssuers, /^(\S+) /, each => typeof each === 'string'),
          confirmed: record(read.confirmed, /^(\S+)$/, each => Array.isArray(each)) as Contents['confirmed'],
          issuers: record(read.issuers, /^(\S+)$/, each => Array.isArray(each)) as Contents['issuers'],
        };
      });
    return this.#contents;
  }

  /** Resolves once everything remembered so far is on disk, where it can be. */
  async written(): Promise<void> {
    await Promise.all([this.#writing, this.#answers.written()]);
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
