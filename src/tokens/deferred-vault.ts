import type { SecretVault } from '../base/world.ts';

/** A vault that is still being opened: a keychain may ask its user first, and nothing else should wait for that. */
export function deferredVault(opening: Promise<SecretVault>): SecretVault {
  let opened: SecretVault | undefined;
  opening.then(
    vault => {
      opened = vault;
    },
    () => {
      // Whoever asks for something is told why.
    },
  );
  return {
    get kind() {
      return opened?.kind ?? 'keychain';
    },
    ready: async () => {
      await opening;
    },
    get: async name => (await opening).get(name),
    set: async (name, secret) => (await opening).set(name, secret),
    delete: async name => (await opening).delete(name),
  };
}
