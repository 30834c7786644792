import { asString, isObject, parseJson } from '../base/json.ts';
import type { World } from '../base/world.ts';
import type { Grant, GrantKey } from '../oauth/grant.ts';
import { type Contents, sameKey } from './contents.ts';
import { keyId, open, sealAtOnce } from './sealed.ts';

/** The file in the state folder, beside the sealed one: a sealed record a line, in base64. */
const FILE = 'rotations.sealed';
/** Characters of the file beyond which it is begun anew, once the sealed file has all of it. */
const LONGEST = 64 * 1024;
/** Renewals under way at once whose outcome is waited for before that. */
const MOST_OPEN = 100;

/** What a renewal brings in place of a refresh token, as it has just arrived. */
export interface Rotation {
  accessToken: string;
  refreshToken: string;
  /** Milliseconds since the epoch. */
  obtainedAt: number;
  expiresAt?: number;
}

type Entry = { key: GrantKey; replaces: string } & ({ rotation: Rotation } | { asked: boolean });

type JournalWorld = Pick<World, 'files' | 'random'> & Partial<Pick<World, 'encrypt'>>;

/**
 * What a renewal has brought, on disk before anything else is done with it: a rotated refresh token exists
 * nowhere else, and the sealed file is written only after the answer has been looked at. A record is appended
 * and synchronized in one go, without giving way to anything; the next start adds it to what the sealed file
 * has. It counts only for the very refresh token it took the place of, so that what is old undoes nothing.
 */
export class Journal {
  readonly #world: JournalWorld;
  #key: { key: Uint8Array; id: Uint8Array } | undefined;
  #length = 0;
  /** How many grants the sealed file had the last time. */
  #grants = 0;
  /** Refresh tokens that came and are not in the sealed file yet. */
  readonly #open = new Set<string>();
  /** Refresh tokens that were sent by a process that ended before it had an answer. */
  readonly #interrupted = new Set<string>();

  constructor(world: JournalWorld) {
    this.#world = world;
  }

  /** From now on records are sealed with this key; with none, nothing is recorded. */
  async use(key: Uint8Array | undefined): Promise<void> {
    if (key === this.#key?.key) return;
    this.#key = key && { key, id: await keyId(key) };
  }

  /** A renewal of this grant is sent next, or is over: whoever starts after a crash in between can say so. */
  asking({ key, refreshToken }: Grant, asked: boolean): void {
    if (refreshToken === undefined) return;
    if (asked) this.#interrupted.delete(refreshToken);
    this.#append({ key, replaces: refreshToken, asked }, false);
  }

  /** Whether an earlier process ended between sending this grant's refresh token and having the answer. */
  wasInterrupted({ refreshToken = '' }: Grant): boolean {
    return this.#interrupted.has(refreshToken);
  }

  /** On disk when it returns, where it can be: a disk that is full keeps nobody from going on. */
  rotated({ key, refreshToken }: Grant, rotation: Rotation): void {
    if (refreshToken === undefined || rotation.refreshToken === refreshToken) return;
    this.#open.add(rotation.refreshToken);
    this.#append({ key, replaces: refreshToken, rotation }, true);
  }

  /** The sealed file has these contents. */
  written({ grants }: Contents): void {
    for (const { refreshToken = '' } of grants) this.#open.delete(refreshToken);
    if (this.#open.size > MOST_OPEN) this.#open.clear();
    // Nothing of a grant that is gone stays behind, not even sealed.
    const isFewer = grants.length < this.#grants;
    this.#grants = grants.length;
    if (this.#length === 0 || this.#open.size > 0 || (this.#length < LONGEST && !isFewer)) return;
    this.#write('', { fresh: true });
    this.#length = 0;
  }

  /** What the sealed file has, with what came after it was written. Never throws: what cannot be read is left out. */
  async replay(contents: Contents): Promise<Contents> {
    const { files } = this.#world;
    const bytes = await files.read(FILE).catch(() => undefined);
    if (!bytes || !this.#key) return contents;
    this.#length = bytes.byteLength;
    this.#grants = contents.grants.length;
    let grants = contents.grants;
    for (const line of new TextDecoder().decode(bytes).split('\n')) {
      const entry = line === '' ? undefined : await this.#opened(line);
      if (!entry) continue;
      const { key, replaces } = entry;
      const isMeant = (grant: Grant) => grant.refreshToken === replaces && sameKey(grant.key, key);
      if ('asked' in entry) {
        if (entry.asked && grants.some(isMeant)) this.#interrupted.add(replaces);
        else this.#interrupted.delete(replaces);
      } else {
        this.#interrupted.delete(replaces);
        grants = grants.map(grant => (isMeant(grant) ? renewed(grant, entry.rotation) : grant));
      }
    }
    const isNews = grants.some((grant, index) => grant !== contents.grants[index]);
    return isNews ? { ...contents, grants } : contents;
  }

  async #opened(line: string): Promise<Entry | undefined> {
    try {
      const sealed = Uint8Array.from(atob(line), char => char.charCodeAt(0));
      const bytes = await open(this.#key?.key ?? new Uint8Array(), sealed);
      const value = parseJson(new TextDecoder().decode(bytes));
      // Authenticated, so it was ours once; a newer version may have others.
      const isKnown = isObject(value) && isObject(value.key) && asString(value.replaces) !== undefined;
      return isKnown && ('asked' in value || isObject(value.rotation))
        ? (value as unknown as Entry)
        : undefined;
    } catch {
      return undefined;
    }
  }

  #append(entry: Entry, isUrgent: boolean): void {
    const { encrypt, random } = this.#world;
    if (!this.#key || !encrypt) return;
    const bytes = new TextEncoder().encode(JSON.stringify(entry));
    const sealed = sealAtOnce(encrypt, this.#key, bytes, count => random(count));
    let text = '';
    for (const byte of sealed) text += String.fromCharCode(byte);
    // A line that was cut off by a crash ends before the next one begins.
    this.#write(`\n${btoa(text)}\n`, { sync: isUrgent });
  }

  #write(text: string, how: { sync?: boolean; fresh?: boolean }): void {
    try {
      this.#world.files.append?.(FILE, new TextEncoder().encode(text), how);
      this.#length += text.length;
    } catch {
      // The sealed file is written next, and says what is wrong with the disk.
    }
  }
}

function renewed(grant: Grant, { accessToken, refreshToken, obtainedAt, expiresAt }: Rotation): Grant {
  // What is sent in the access token's place came with it, and is not known here: it is used until it ends.
  if (grant.sendsIdToken && grant.unsentAccessToken !== undefined)
    return { ...grant, unsentAccessToken: accessToken, refreshToken };
  const { expiresAt: _its, ...rest } = grant;
  return {
    ...rest,
    accessToken,
    refreshToken,
    obtainedAt,
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}
