import type { Status } from '../api/contract.ts';
import type { Vault } from '../api/window.ts';
import { Fault } from '../base/fault.ts';
import type { Surroundings } from './surroundings.ts';

/** Where secrets live, and what a person can do about it. */
export class VaultRoom {
  readonly #surroundings: Pick<Surroundings, 'world' | 'chooseVault'>;
  readonly #changed: () => void;

  constructor(surroundings: Pick<Surroundings, 'world' | 'chooseVault'>, changed: () => void) {
    this.#surroundings = surroundings;
    this.#changed = changed;
  }

  /** How it stands with what a status says of the vault. */
  look({ kind, note, trouble }: Status['vault']): Vault {
    const state =
      trouble === 'vault.locked'
        ? 'locked'
        : trouble === 'vault.unavailable' || (kind === 'memory' && note !== undefined)
          ? 'unavailable'
          : 'open';
    return { kind, state, ...(note === undefined ? {} : { note }) };
  }

  /** `also` moves what else is sealed. Throws `vault.*` and `store.*`; then everything stays where it was. */
  async choose(kind: 'keychain' | 'file', also: () => Promise<void>): Promise<void> {
    // It comes from a page, which may say anything.
    if (kind !== 'keychain' && kind !== 'file')
      throw new Fault('usage.flag', 'Secrets are kept in the keychain or in a file.');
    await this.#surroundings.chooseVault(kind, also);
    this.#changed();
  }

  /** Has the system ask its user. Throws `vault.locked` as long as that has come to nothing. */
  async unlock(): Promise<void> {
    try {
      await this.#surroundings.world.vault.get('key');
    } finally {
      this.#changed();
    }
  }
}
