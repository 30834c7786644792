import { isObject, type JsonObject, parseJson } from '../base/json.ts';
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
  /** By server: the issuers it was signed in to, or was to be. */
  issuers: Record<string, string[]>;
}

/** What Keybridge remembers besides credentials; nothing here is a secret, and all of it can be lost. */
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
    const known = (await this.#read()).answers[keyOf(target)];
    // The host chooses the version's name, and may well name it `constructor`.
    return known && Object.hasOwn(known, version) ? known[version] : undefined;
  }

  async rememberAnswer(target: Target, version: string, result: JsonObject): Promise<void> {
    const text = JSON.stringify(result);
    if (text.length > LONGEST_ANSWER) return;
    const contents = await this.#read();
    const known = contents.answers[keyOf(target)] ?? {};
    if (JSON.stringify(known[version]) === text) return;
    contents.answers[keyOf(target)] = { ...known, [version]: result };
    await this.#write();
  }

  async staticIssuer(target: Target, clientId: string): Promise<string | undefined> {
    return (await this.#read()).staticIssuers[`${target.server} ${clientId}`];
  }

  async rememberStaticIssuer(target: Target, clientId: string, issuer: string): Promise<void> {
    (await this.#read()).staticIssuers[`${target.server} ${clientId}`] = issuer;
    await this.#write();
  }

  async issuers({ server }: Target): Promise<readonly string[]> {
    return (await this.#read()).issuers[server] ?? [];
  }

  async rememberIssuer(target: Target, issuer: string): Promise<void> {
    const known = await this.issuers(target);
    if (known.includes(issuer)) return;
    (await this.#read()).issuers[target.server] = [...known, issuer].slice(-MOST_ISSUERS);
    await this.#write();
  }

  async forget(target: Target): Promise<void> {
    const contents = await this.#read();
    delete contents.answers[keyOf(target)];
    delete contents.issuers[target.server];
    for (const key of Object.keys(contents.staticIssuers)) {
      if (key.startsWith(`${target.server} `)) delete contents.staticIssuers[key];
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
          answers: (isObject(read.answers) ? read.answers : {}) as Contents['answers'],
          staticIssuers: (isObject(read.staticIssuers)
            ? read.staticIssuers
            : {}) as Contents['staticIssuers'],
          issuers: (isObject(read.issuers) ? read.issuers : {}) as Contents['issuers'],
        };
      });
    return this.#contents;
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

function keyOf(target: Target): string {
  return `${target.profile} ${target.server}`;
}
