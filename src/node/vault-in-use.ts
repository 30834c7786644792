import { setTimeout as sleep } from 'node:timers/promises';
import type { SecretVault } from '../base/world.ts';
import { deferredVault } from '../tokens/deferred-vault.ts';
import { type ExchangeableVault, exchangeableVault } from '../tokens/exchangeable-vault.ts';
import { openVault } from './keyring.ts';
import { rememberVault } from './vault-choice.ts';

/** Milliseconds after which a keychain that has not answered is taken to be asking its user. */
const PROMPT = 1_000;

/** The vault of a broker's process: what was chosen, what its user should know, and another in its place. */
export class VaultInUse {
  readonly vault: ExchangeableVault;
  readonly #folder: string;
  readonly #open: typeof openVault;
  readonly #opened: Promise<SecretVault>;
  #chosen: SecretVault['kind'] | undefined;
  #note: string | undefined;

  constructor(folder: string, chosen: SecretVault['kind'] | undefined, open = openVault) {
    this.#folder = folder;
    this.#chosen = chosen;
    this.#open = open;
    this.#opened = open(chosen, folder).then(({ vault, reason }) => {
      // What is said of a locked keychain is over once it is unlocked; whoever waits for it is told then.
      if (vault.kind !== 'keychain') this.#note = reason;
      return vault;
    });
    this.vault = exchangeableVault(deferredVault(this.#opened, PROMPT));
  }

  /** What the user should know of where secrets live. */
  get note(): string | undefined {
    return this.#note;
  }

  /** Whether somebody wants nothing kept. */
  get forgetful(): 'memory' | undefined {
    return this.#chosen === 'memory' ? 'memory' : undefined;
  }

  /** A vault that cannot be had at all ends the start; one that asks its user holds up nobody. */
  async begun(): Promise<void> {
    await Promise.race([this.#opened, sleep(PROMPT)]);
  }

  /**
   * Puts another kind in its place, and remembers it for the next start. `move` has everything sealed anew
   * around the exchange. Throws what the new vault and the files throw; then nothing has changed.
   */
  async choose(
    kind: 'keychain' | 'file',
    move: (exchange: () => () => void) => Promise<void>,
  ): Promise<void> {
    const former = this.vault.kind;
    if (kind === former) {
      rememberVault(this.#folder, kind);
      this.#chosen = kind;
      return;
    }
    const { vault } = await this.#open(kind, this.#folder);
    let before: SecretVault | undefined;
    await move(() => {
      // First what the next start goes by: where that cannot be written nothing may be sealed for it.
      rememberVault(this.#folder, kind);
      const left = this.vault.exchange(vault);
      before = left;
      return () => {
        this.vault.exchange(left);
        rememberVault(this.#folder, former === 'file' ? 'file' : 'keychain');
      };
    });
    this.#chosen = kind;
    this.#note = undefined;
    // It opens nothing any more but older copies of what was sealed.
    if (former === 'file') await before?.delete('key').catch(() => {});
  }
}
