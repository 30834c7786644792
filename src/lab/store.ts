import type { Adapter, StoredModel } from 'oidc-provider';

/** More than any demonstration or test needs; the oldest go first, clients and grants last. */
const MAX_ENTRIES = 50_000;

/** Everything the authorization server remembers, in memory, for as long as the lab runs. */
export class Store {
  readonly #entries = new Map<string, { model: string; payload: StoredModel; expires: number }>();

  /** The face oidc-provider asks for, one for each kind of thing it stores. */
  adapter(model: string): Adapter {
    const key = (id: string) => `${model}:${id}`;
    return {
      upsert: async (id, payload, expiresIn) => {
        const expires = expiresIn === undefined ? Number.POSITIVE_INFINITY : Date.now() + expiresIn * 1000;
        this.#entries.delete(key(id));
        this.#entries.set(key(id), { model, payload, expires });
        if (this.#entries.size > MAX_ENTRIES) this.#makeRoom();
      },
      find: async id => this.#find(key(id)),
      findByUid: async uid => {
        for (const [name, entry] of this.#entries) {
          if (entry.model === model && entry.payload.uid === uid) return this.#find(name);
        }
        return undefined;
      },
      findByUserCode: async userCode => {
        for (const [name, entry] of this.#entries) {
          if (entry.model === model && entry.payload.userCode === userCode) return this.#find(name);
        }
        return undefined;
      },
      consume: async id => {
        const payload = this.#find(key(id));
        if (payload) payload.consumed = Math.floor(Date.now() / 1000);
      },
      destroy: async id => {
        this.#entries.delete(key(id));
      },
      revokeByGrantId: async grantId => {
        for (const [name, entry] of this.#entries) {
          if (entry.model === model && entry.payload.grantId === grantId) this.#entries.delete(name);
        }
      },
    };
  }

  has(model: string, id: string): boolean {
    return this.#find(`${model}:${id}`) !== undefined;
  }

  /** Forgets everything of these kinds; says how many there were. */
  forget(...models: readonly string[]): number {
    let forgotten = 0;
    for (const [name, entry] of this.#entries) {
      if (models.includes(entry.model) && this.#entries.delete(name)) forgotten++;
    }
    return forgotten;
  }

  #makeRoom(): void {
    let victim: string | undefined;
    for (const [name, { model }] of this.#entries) {
      victim ??= name;
      if (model === 'Client' || model === 'Grant') continue;
      victim = name;
      break;
    }
    if (victim !== undefined) this.#entries.delete(victim);
  }

  #find(key: string): StoredModel | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.expires > Date.now()) return entry.payload;
    this.#entries.delete(key);
    return undefined;
  }
}
