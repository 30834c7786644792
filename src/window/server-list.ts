import type { ServerStatus } from '../api/contract.ts';
import type { KnownServer, PastedServer, ServerChange, ServerSettings } from '../api/window.ts';
import { Fault } from '../base/fault.ts';
import type { BridgeSettings, Target } from '../broker/settings.ts';
import { entryNamesOf, type Nameable, titlesOf } from './called.ts';
import { hostEntry } from './host-entry.ts';
import { ListFile, withServer } from './list-file.ts';
import { keyOf, type ListedServer, shown, toListed, toWords, type Values, variablesOf } from './listed.ts';
import { Masks } from './masks.ts';
import { type Read, readText } from './pasted.ts';
import { preferredNetwork } from './preferences-file.ts';
import { SecretDrawer, type Secrets } from './secret-drawer.ts';
import { applyChange, ofField } from './server-change.ts';
import type { Surroundings } from './surroundings.ts';

type Untitled = Omit<KnownServer, 'title'>;
type Entry = { listed: ListedServer; values: Values };

/**
 * The servers of the window's list, with their settings; what is secret of them is sealed. Where something
 * secret is needed every method throws what the vault throws while it cannot be opened.
 */
export class ServerList {
  readonly #surroundings: Surroundings;
  readonly #changed: () => void;
  readonly #file: ListFile;
  readonly #drawer: SecretDrawer;
  readonly #masks = new Masks();

  constructor(surroundings: Surroundings, changed: () => void) {
    this.#surroundings = surroundings;
    this.#changed = changed;
    this.#file = new ListFile(surroundings.world);
    this.#drawer = new SecretDrawer(surroundings.world);
  }

  /**
   * What is known of all servers: those of the list first, then those a host uses or a sign-in is kept for.
   * `quiet`: what is said of a server nothing is heard of.
   */
  async known(
    statuses: readonly ServerStatus[],
    quiet: 'signed-out' | 'unknown' = 'signed-out',
  ): Promise<KnownServer[]> {
    const secrets = await this.#drawer.read().catch(() => undefined);
    const all = [...(await this.#file.read()), ...(secrets?.servers ?? [])];
    const byKey = new Map(statuses.map(status => [keyOf(status), status]));
    const listed = all.map((each): Untitled => {
      const { server, profile, name } = each;
      const status = byKey.get(keyOf(each)) ?? { server, profile, state: quiet, hosts: [] };
      byKey.delete(keyOf(each));
      const settings = this.#shown(each, secrets);
      return { ...status, listed: true, ...(name === undefined ? {} : { name }), settings };
    });
    const others = [...byKey.values()].map(
      (status): Untitled => ({
        ...status,
        listed: false,
        settings: this.#shown(this.#unlisted(status).listed),
      }),
    );
    const known = [...listed, ...others].map(each => this.shown(each));
    const titles = titlesOf(known);
    return known.map((each, index) => ({ ...each, title: titles[index] ?? each.server }));
  }

  /** What says which server it is about, as a window may have it. */
  shown<T extends Pick<Target, 'server'>>(target: T): T {
    return this.#masks.shown(target);
  }

  /** The address that a window means. */
  meant(address: string): string {
    return this.#masks.real(address);
  }

  /** What a sign-in or an examination of the server is done with. Throws `usage.flag` while a secret is missing. */
  settingsOf(target: Target): Promise<BridgeSettings> {
    return this.#settings(target, entry => this.#read(entry));
  }

  /** The same where a secret that is gone does not matter: whoever ends something needs none. */
  #settingsToEnd(target: Target): Promise<BridgeSettings> {
    return this.#settings(target, ({ listed, values }) =>
      this.#surroundings.readCommand(toWords(listed), filled(listed, values)),
    );
  }

  async #settings(shownTarget: Target, read: (entry: Entry) => BridgeSettings): Promise<BridgeSettings> {
    const target = this.#meant(shownTarget);
    const { broker, environment, preferences } = this.#surroundings;
    const { network } = environment();
    const entry = await this.#find(target);
    const settings = entry
      ? read(entry)
      : (broker.settingsOf(target) ?? this.#surroundings.readCommand(toWords(this.#unlisted(target).listed)));
    const all = preferredNetwork({ ...network, ...settings.network }, await preferences.read());
    const extraCa = [all.extraCa, entry?.listed.extraCa].filter(each => each !== undefined).join('\n');
    return { ...settings, network: { ...all, ...(extraCa === '' ? {} : { extraCa }) } };
  }

  /** Has the secrets moved along to another vault. */
  moveSecrets(exchange: (also: () => Promise<void>) => Promise<void>): Promise<void> {
    return this.#drawer.move(exchange);
  }

  async readPasted(text: string, profile?: string): Promise<PastedServer[]> {
    const known = new Set((await this.#all()).map(keyOf));
    return readText(text, this.#surroundings, profile).map(({ name, listed, problem }) => {
      const called = name === undefined ? {} : { name };
      if (!listed) return { ...called, known: false, problem: problem.toJSON() };
      const target = this.shown({ server: listed.server, profile: listed.profile });
      return { ...called, target, settings: this.#shown(listed), known: known.has(keyOf(listed)) };
    });
  }

  /** Throws the first fault of the text where no server of it can be taken. */
  async add(text: string, profile?: string): Promise<Target[]> {
    const read = readText(text, this.#surroundings, profile);
    const good = read.filter((each): each is Read & Entry => each.listed !== undefined);
    if (good.length === 0) throw read[0]?.problem ?? new Fault('usage.url', 'Nothing was pasted.');
    const known = new Set((await this.#all()).map(keyOf));
    for (const { listed, values } of good) {
      if (!known.has(keyOf(listed))) await this.#keep({ listed: this.#withPort({ listed, values }), values });
      known.add(keyOf(listed));
    }
    this.#changed();
    return good.map(({ listed: { server, profile: as } }) => this.shown({ server, profile: as }));
  }

  /** A server of a host's comes into the list so. */
  async change(shownTarget: Target, change: ServerChange): Promise<void> {
    const target = this.#meant(shownTarget);
    const before = (await this.#find(target)) ?? this.#unlisted(target);
    const { listed, values } = applyChange(before, change);
    try {
      this.#surroundings.readCommand(toWords(listed), filled(listed, values));
    } catch (error) {
      throw ofField(error);
    }
    await this.#keep({ listed: this.#withPort({ listed, values }), values });
    this.#changed();
  }

  /** Servers that are no more: their sign-ins are forgotten, and they leave the list. */
  async drop(urls: readonly string[]): Promise<void> {
    for (const each of (await this.#file.read()).filter(({ server }) => urls.includes(server))) {
      await this.forget(each).catch(() => {});
      await this.remove(each);
    }
  }

  async remove(shownTarget: Target): Promise<void> {
    const target = this.#meant(shownTarget);
    const key = keyOf(target);
    const entry = await this.#find(target);
    if (!entry) return;
    const others = (servers: readonly ListedServer[]) => servers.filter(each => keyOf(each) !== key);
    await this.#file.change(others);
    if (variablesOf(entry.listed).length > 0 || isSecret(entry.listed)) {
      await this.#drawer.change(({ values: { [key]: _gone, ...values }, servers }) => ({
        values,
        servers: others(servers),
      }));
    }
    this.#changed();
  }

  async signOut(target: Target): Promise<boolean> {
    return this.#surroundings.broker.logout(await this.#settingsToEnd(target));
  }

  async forget(target: Target): Promise<void> {
    await this.#surroundings.broker.forget(await this.#settingsToEnd(target));
  }

  async hostEntry(shownTarget: Target): Promise<string> {
    const target = this.#meant(shownTarget);
    const { listed } = (await this.#find(target, false)) ?? this.#unlisted(target);
    // Among all there are, so that none takes another's place where both are pasted.
    const { servers } = await this.#surroundings.broker.status();
    const all = new Map<string, Nameable>();
    for (const each of [...(await this.#all()), ...servers, listed])
      if (!all.has(keyOf(each))) all.set(keyOf(each), each);
    const name = entryNamesOf([...all.values()])[[...all.keys()].indexOf(keyOf(listed))];
    return hostEntry(name ?? 'server', listed, this.#surroundings.program);
  }

  #meant({ server, profile }: Target): Target {
    return { server: this.meant(server), profile };
  }

  async #all(): Promise<ListedServer[]> {
    const secrets = await this.#drawer.read().catch(() => undefined);
    return [...(await this.#file.read()), ...(secrets?.servers ?? [])];
  }

  /** `open`: with its secrets, for which the vault must be. */
  async #find(target: Target, open = true): Promise<Entry | undefined> {
    const key = keyOf(target);
    const isIt = (each: ListedServer) => keyOf(each) === key;
    const plain = (await this.#file.read()).find(isIt);
    if (plain && (!open || variablesOf(plain).length === 0)) return { listed: plain, values: {} };
    if (!plain && !isSecret(target)) return undefined;
    const { values, servers } = await this.#drawer.read();
    const listed = plain ?? servers.find(isIt);
    return listed && { listed, values: values[key] ?? {} };
  }

  /** The secrets first: whatever the list names is there. */
  async #keep({ listed, values }: Entry): Promise<void> {
    const key = keyOf(listed);
    const before = await this.#find(listed, false);
    if (
      isSecret(listed) ||
      variablesOf(listed).length > 0 ||
      (before && variablesOf(before.listed).length > 0)
    ) {
      await this.#drawer.change(({ values: { [key]: _before, ...others }, servers }) => ({
        values: Object.keys(values).length > 0 ? { ...others, [key]: values } : others,
        servers: isSecret(listed) ? withServer(servers, listed) : servers,
      }));
    }
    if (!isSecret(listed)) await this.#file.change(servers => withServer(servers, listed));
  }

  #read({ listed, values }: Entry): BridgeSettings {
    const missing = variablesOf(listed).find(variable => values[variable] === undefined);
    if (missing !== undefined) {
      throw new Fault('usage.flag', 'A secret of this server was kept in memory only, and is gone.', {
        remedy: 'Type it again in the server’s settings.',
        data: { variable: missing },
      });
    }
    return this.#surroundings.readCommand(toWords(listed), values);
  }

  #shown(listed: ListedServer, secrets?: Secrets): ServerSettings {
    const values = secrets?.values[keyOf(listed)] ?? {};
    const isMissing = secrets !== undefined && variablesOf(listed).some(each => values[each] === undefined);
    const { callback, staticClient, clientMetadataUrl } = this.#client(listed, values);
    const isFixed = staticClient !== undefined || clientMetadataUrl !== undefined;
    const redirectUri =
      isFixed && callback?.port !== undefined
        ? `http://${callback.host}:${callback.port}${callback.path}`
        : undefined;
    return shown(listed, isMissing, redirectUri);
  }

  /** The port such a command line has of itself: it stays when something else of it changes. */
  #withPort({ listed, values }: Entry): ListedServer {
    const { staticClient, clientMetadataUrl, callback, grant } = this.#client(listed, values);
    if (grant !== undefined || (!staticClient && clientMetadataUrl === undefined)) return listed;
    return callback?.port === undefined ? listed : { ...listed, callbackPort: String(callback.port) };
  }

  #client(listed: ListedServer, values: Values): Partial<BridgeSettings['client']> {
    try {
      return this.#surroundings.readCommand(toWords(listed), filled(listed, values)).client;
    } catch {
      // A list changed by hand; whoever uses the server is told.
      return {};
    }
  }

  /** A server that is in no list: with the settings of the host that uses it, if one does. */
  #unlisted({ server, profile }: Target): Entry {
    const { broker, readCommand, sortWords } = this.#surroundings;
    const used = broker.settingsOf({ server, profile });
    const words = [server, '--as', profile, ...(server.startsWith('http:') ? ['--allow-http'] : [])];
    return toListed(used ?? readCommand(words), sortWords(words));
  }
}

/** With something in place of each secret that is not at hand: what can be read of the rest does not rest on it. */
function filled(listed: ListedServer, values: Values): Values {
  const empty = Object.fromEntries(variablesOf(listed).map(variable => [variable, 'x']));
  return { ...empty, ...values };
}

function isSecret({ server }: Target): boolean {
  return URL.parse(server)?.search !== '';
}
