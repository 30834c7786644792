import type { SecretVault } from '../base/world.ts';

/** A vault in whose place another can be put while everybody goes on with it. */
export interface ExchangeableVault extends SecretVault {
  /** Puts another in its place, and gives back the one before. */
  exchange(next: SecretVault): SecretVault;
}

export function exchangeableVault(first: SecretVault): ExchangeableVault {
  let vault = first;
  return {
    get kind() {
      return vault.kind;
    },
    ready: async () => vault.ready?.(),
    get: name => vault.get(name),
    set: (name, secret) => vault.set(name, secret),
    delete: name => vault.delete(name),
    exchange: next => {
      const before = vault;
      vault = next;
      return before;
    },
  };
}
