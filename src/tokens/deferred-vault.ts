import { Fault } from '../base/fault.ts';
import type { SecretVault } from '../base/world.ts';

/**
 * A vault that is still being opened: a keychain may ask its user first, and nothing else should wait for
 * that. What takes longer than `patience` milliseconds is told so with `vault.locked` until it is open;
 * a vault that cannot be opened at all throws what kept it from that.
 */
export function deferredVault(opening: Promise<SecretVault>, patience: number): SecretVault {
  let kind: SecretVault['kind'] = 'keychain';
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(late.resolve, patience, undefined);
  // One race for all who ask: each on a promise that never settles would be kept for good.
  let outcome = Promise.race([opening, late.promise]);
  const settled = () => {
    clearTimeout(timer);
    outcome = opening;
  };
  opening.then(opened => {
    kind = opened.kind;
    settled();
  }, settled);
  // Whoever asks for something is told why.
  outcome.catch(() => {});
  const opened = async () => {
    const vault = await outcome;
    if (vault) return vault;
    throw new Fault(
      'vault.locked',
      'Your keychain, in which your sign-ins are kept, has not answered yet; it may be locked and asking you for its password.',
      { remedy: 'Unlock it, then try again.' },
    );
  };
  return {
    get kind() {
      return kind;
    },
    ready: async () => {
      await opened();
    },
    get: async name => (await opened()).get(name),
    set: async (name, secret) => (await opened()).set(name, secret),
    delete: async name => (await opened()).delete(name),
  };
}
