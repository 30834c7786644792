import { Fault } from '../base/fault.ts';
import type { World } from '../base/world.ts';
import type { ClientRegistration, Grant, GrantKey } from '../oauth/grant.ts';
import { type Contents, decode, EMPTY, encode, merge, sameKey, union } from './contents.ts';
import { open, type SealReason, seal, sealMark } from './sealed.ts';
import { keepKey, sealingKey, storedKey } from './vault-key.ts';

/** The file in the state folder. */
const FILE = 'grants.sealed';

type Change = (contents: Contents) => Contents;

/**
 * Grants and client registrations, sealed in one file with a key from the vault. Opened on first use.
 *
 * Every method throws what the vault and the files throw while the file cannot be opened (`vault.locked`,
 * `vault.unavailable`, `store.unwritable`, `home.unsafe`), and tries again when it is called again: a
 * locked keychain never looks like an empty store. A change whose promise resolves is on disk. One that
 * rejects is kept in memory all the same (a rotated refresh token exists nowhere else), `unsaved` says so,
 * and it is written with the next change or with `save`. Only a deletion asked for while the file cannot
 * be opened does not happen at all.
 */
export class TokenStore {
  readonly #world: Pick<World, 'vault' | 'files' | 'random' | 'now'>;
  readonly #notes: (text: string) => void;
  #contents: Contents | undefined;
  #opening: Promise<Contents> | undefined;
  #key: Uint8Array | undefined;
  /** What was last read or written, and the mark of that file: with another there, somebody else has been at it. */
  #written: { contents: Contents; mark: string | undefined } = { contents: EMPTY, mark: undefined };
  /** What was to be kept while the file could not be opened; it is added once it can. */
  #waiting: Change[] = [];
  #queue: Promise<unknown> = Promise.resolve();
  #unsaved = false;
  /** The set-aside copy of the file this store found, so that trying again makes no second one. */
  #setAside: string | undefined;

  constructor(
    world: Pick<World, 'vault' | 'files' | 'random' | 'now'>,
    notes: (text: string) => void = () => {},
  ) {
    this.#world = world;
    this.#notes = notes;
  }

  get kind(): 'keychain' | 'memory' | 'file' {
    return this.#world.vault.kind;
  }

  /** False when everything is forgotten with the process. */
  get persistent(): boolean {
    return this.kind !== 'memory';
  }

  /** True while memory holds a change that is not on disk. */
  get unsaved(): boolean {
    return this.#unsaved;
  }

  /**
   * Makes sure that what a sign-in will bring can be kept: the file is open and its key is at hand, made
   * if need be. A disk that cannot be written is no hindrance; what comes then waits in memory.
   */
  prepare(): Promise<void> {
    const done = this.#queue.then(async () => {
      await this.#open();
      if (!this.persistent) return;
      try {
        this.#key ??= await sealingKey(this.#world);
      } catch (error) {
        if (Fault.of(error).code !== 'store.unwritable') throw error;
      }
    });
    this.#queue = done.catch(() => {});
    return done;
  }

  async grants(): Promise<Grant[]> {
    return structuredClone([...(await this.#open()).grants]);
  }

  /** The grants of one server (its URL as in the key) and, when named, one profile; latest first. */
  async findGrants(of: { server: string; profile?: string }): Promise<Grant[]> {
    const found = (await this.#open()).grants.filter(
      ({ key }) => key.server === of.server && (of.profile === undefined || key.profile === of.profile),
    );
    // Asked with every request. What lies deeper in a grant than its key is never changed.
    return found
      .map(grant => ({ ...grant, key: { ...grant.key } }))
      .sort((a, b) => b.obtainedAt - a.obtainedAt);
  }

  /**
   * Keeps a grant in place of the one with the same key, if there is one. `inPlace`: only so, since whoever
   * has given that one up meanwhile must not find it again.
   */
  putGrant(grant: Grant, { inPlace = false } = {}): Promise<void> {
    const kept = structuredClone(grant);
    const change: Change = contents => {
      const others = contents.grants.filter(each => !sameKey(each.key, kept.key));
      if (inPlace && others.length === contents.grants.length) return contents;
      return { ...contents, grants: [...others, kept] };
    };
    return this.#change(change, { must: true });
  }

  deleteGrant(key: GrantKey): Promise<void> {
    const gone = structuredClone(key);
    return this.#change(contents => without(contents, grant => sameKey(grant.key, gone)));
  }

  /** The registrations with one issuer, compared byte for byte; latest first. */
  async registrations(issuer: string): Promise<ClientRegistration[]> {
    const found = (await this.#open()).registrations.filter(each => each.issuer === issuer);
    return structuredClone(found).sort((a, b) => b.registeredAt - a.registeredAt);
  }

  /** Keeps a registration in place of the one with the same issuer and client id, if there is one. */
  putRegistration(registration: ClientRegistration): Promise<void> {
    const kept = structuredClone(registration);
    const change: Change = contents => {
      const { grants, registrations } = withoutClient(contents, kept);
      return { grants, registrations: [...registrations, kept] };
    };
    return this.#change(change, { must: true });
  }

  deleteRegistration(of: { issuer: string; clientId: string }): Promise<void> {
    const { issuer, clientId } = of;
    return this.#change(contents => withoutClient(contents, { issuer, clientId }));
  }

  /**
   * Forgets a server: its grants (of one profile, when named) and the registrations they used that no
   * other grant uses. Gives back what was forgotten, so that it can be revoked.
   */
  async forget(server: string, profile?: string): Promise<Contents> {
    let forgotten: Contents = EMPTY;
    const theirs = ({ key }: Grant) =>
      key.server === server && (profile === undefined || key.profile === profile);
    await this.#change(contents => {
      const left = without(contents, theirs);
      const grants = contents.grants.filter(theirs);
      const orphaned = (client: ClientRegistration) =>
        grants.some(grant => uses(grant, client)) && !left.grants.some(grant => uses(grant, client));
      const registrations = contents.registrations.filter(orphaned);
      if (grants.length === 0) return contents;
      forgotten = structuredClone({ grants, registrations });
      return { grants: left.grants, registrations: left.registrations.filter(each => !orphaned(each)) };
    });
    return forgotten;
  }

  /** Writes what is unsaved, if anything is. */
  async save(): Promise<void> {
    await this.#queue;
    if (this.#unsaved) await this.#change(contents => contents);
  }

  /**
   * Goes on with another vault: `exchange` puts it in place and gives back what undoes that. What is kept is
   * sealed anew; what another process has kept with that vault, while here nothing was, is added; `also` moves
   * what others have sealed. Throws what the new vault, the files and `also` throw; then everything is as before.
   */
  move(exchange: () => () => void, also: () => Promise<void> = async () => {}): Promise<void> {
    const done = this.#queue.then(async () => {
      const held = await this.#open();
      const [wasPersistent, key] = [this.persistent, this.#key];
      const undo = exchange();
      let hasWritten = false;
      this.#key = undefined;
      try {
        const there = wasPersistent || !this.persistent ? EMPTY : await this.#read();
        const contents = union(there, held);
        await this.#write(contents);
        hasWritten = true;
        await also();
        this.#contents = contents;
      } catch (error) {
        undo();
        this.#key = key;
        // What cannot be written now is with the next change.
        if (hasWritten) this.#unsaved = true;
        if (hasWritten) await this.#write(held).catch(() => {});
        throw error;
      }
    });
    this.#queue = done.catch(() => {});
    return done;
  }

  /**
   * What would be lost with this process: everything where nothing is kept on disk, or where something could
   * not be. `undefined`: nothing would.
   */
  async unkept(): Promise<Contents | undefined> {
    await this.#queue;
    if (this.persistent && !this.#unsaved) return undefined;
    // A vault that is locked keeps the file from us, not what is to be added to it.
    const contents = await this.#open().catch(() =>
      this.#waiting.reduce((sum, change) => change(sum), EMPTY),
    );
    return contents.grants.length + contents.registrations.length > 0 ? contents : undefined;
  }

  /** Keeps what another process had not on disk. */
  async adopt({ grants, registrations }: Contents): Promise<void> {
    const kept = [
      ...registrations.map(each => this.putRegistration(each)),
      ...grants.map(each => this.putGrant(each)),
    ];
    // What cannot be written yet waits in memory, as it did there.
    await Promise.allSettled(kept);
  }

  #change(change: Change, { must = false } = {}): Promise<void> {
    const done = this.#queue.then(async () => {
      let before: Contents;
      try {
        before = await this.#open();
      } catch (error) {
        if (must) {
          this.#waiting.push(change);
          this.#unsaved = true;
        }
        throw error;
      }
      this.#contents = change(before);
      if (this.#contents !== before) this.#unsaved = true;
      if (this.#unsaved) await this.#write(this.#contents);
    });
    this.#queue = done.catch(() => {});
    return done;
  }

  async #open(): Promise<Contents> {
    if (this.#contents) return this.#contents;
    this.#opening ??= this.#load().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #load(): Promise<Contents> {
    await this.#world.vault.ready?.();
    const loaded = this.persistent ? await this.#read() : EMPTY;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#contents = waiting.reduce((contents, change) => change(contents), loaded);
    if (!this.persistent) this.#unsaved = false;
    return this.#contents;
  }

  async #read(): Promise<Contents> {
    const { files } = this.#world;
    const file = await files.read(FILE);
    // Without a file there is nothing to open, and no reason to ask for an unlocked keychain.
    if (!file) return EMPTY;
    const key = await storedKey(this.#world.vault);
    this.#key = key;
    this.#written = { contents: EMPTY, mark: sealMark(file) };
    if (!key) return this.#startOver(file, 'its key is no longer in the vault');
    try {
      const contents = decode(await open(key, file));
      this.#written = { contents, mark: sealMark(file) };
      return contents;
    } catch (error) {
      const fault = Fault.of(error);
      const reason = fault.data?.reason as SealReason | undefined;
      if (reason === 'other-key') return this.#startOver(file, 'it was made with another key');
      if (reason === 'damaged') return this.#startOver(file, 'it is damaged');
      throw new Fault('store.damaged', fault.message, {
        remedy: 'Start the newer version, or move grants.sealed out of the state folder.',
        cause: error,
      });
    }
  }

  /** An unreadable file is kept under another name before an empty one takes its place. */
  async #startOver(file: Uint8Array, why: string): Promise<Contents> {
    if (!this.#setAside) this.#setAside = await this.#putAside(file, why);
    await this.#write(EMPTY, { keepUnsaved: true });
    return EMPTY;
  }

  /** Keeps a copy of a file that cannot be read, and says so. Gives back its name. */
  async #putAside(file: Uint8Array, why: string): Promise<string> {
    const time = new Date(this.#world.now()).toISOString().replaceAll(':', '-');
    const name = `${FILE}.${time}.unreadable`;
    await this.#world.files.replace(name, file);
    this.#notes(
      `The kept sign-ins cannot be read: ${why}. The file was set aside as ${name}; sign in again.`,
    );
    return name;
  }

  async #write(contents: Contents, { keepUnsaved = false } = {}): Promise<void> {
    if (this.persistent) {
      this.#key ??= await sealingKey(this.#world);
      const merged = await this.#mergeOthers(contents, this.#key);
      const sealed = await seal(this.#key, encode(merged), bytes => this.#world.random(bytes));
      await this.#world.files.replace(FILE, sealed);
      this.#written = { contents: merged, mark: sealMark(sealed) };
      // Another change may have come while this one was written.
      if (this.#contents === contents) this.#contents = merged;
    }
    if (!keepUnsaved) this.#unsaved = false;
  }

  /**
   * Contents with what another process has written since this one last did. As long as nobody has, it costs no
   * question of the vault; else the key is the one that the vault has now, so that the next start can read the file.
   */
  async #mergeOthers(contents: Contents, held: Uint8Array): Promise<Contents> {
    const { vault, files } = this.#world;
    const file = await files.read(FILE);
    if ((file && sealMark(file)) === this.#written.mark) return contents;
    this.#key = (await storedKey(vault)) ?? (await keepKey(vault, held));
    if (!file) return contents;
    try {
      return merge(this.#written.contents, contents, decode(await open(this.#key, file)));
    } catch (error) {
      if (Fault.of(error).data?.reason === 'newer-version') throw error;
      await this.#putAside(file, 'it was made with another key, or is damaged');
      return contents;
    }
  }
}

function uses({ key }: Grant, client: ClientRegistration): boolean {
  return key.issuer === client.issuer && key.clientId === client.clientId;
}

function without(contents: Contents, gone: (grant: Grant) => boolean): Contents {
  if (!contents.grants.some(gone)) return contents;
  return { ...contents, grants: contents.grants.filter(grant => !gone(grant)) };
}

function withoutClient(
  contents: Contents,
  { issuer, clientId }: { issuer: string; clientId: string },
): Contents {
  const gone = (each: ClientRegistration) => each.issuer === issuer && each.clientId === clientId;
  if (!contents.registrations.some(gone)) return contents;
  return { ...contents, registrations: contents.registrations.filter(each => !gone(each)) };
}
