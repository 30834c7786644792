import { Fault } from '../base/fault.ts';
import type { SecretVault, World } from '../base/world.ts';
import { KEY_BYTES } from './sealed.ts';

/** The name of the installation's one key in the vault. */
const KEY = 'key';

/** Keys being made: of two that ask at once, neither may put its own in the other's place. */
const making = new WeakMap<SecretVault, Promise<Uint8Array>>();

/** The key everything sealed is sealed with. Throws `vault.*`, and `store.damaged` for what is no key. */
export async function storedKey(vault: SecretVault): Promise<Uint8Array | undefined> {
  const key = await vault.get(KEY);
  if (key && key.length !== KEY_BYTES) {
    throw new Fault('store.damaged', 'What the vault holds as the key of the kept sign-ins is not a key.', {
      remedy: 'Delete the entry named Keybridge there, and sign in again.',
    });
  }
  return key;
}

/** The same, made where there is none yet. Throws `vault.unavailable` too where it is not kept. */
export function sealingKey(world: Pick<World, 'vault' | 'random'>): Promise<Uint8Array> {
  const { vault } = world;
  let key = making.get(vault);
  if (!key) {
    key = findOrMake(world).finally(() => making.delete(vault));
    making.set(vault, key);
  }
  return key;
}

async function findOrMake(world: Pick<World, 'vault' | 'random'>): Promise<Uint8Array> {
  const { vault } = world;
  const stored = await storedKey(vault);
  if (stored) return stored;
  return keepKey(vault, world.random(KEY_BYTES));
}

/** Puts a key into the vault that has none. Throws as {@link sealingKey} does. */
export async function keepKey(vault: SecretVault, key: Uint8Array): Promise<Uint8Array> {
  await vault.set(KEY, key);
  const kept = await vault.get(KEY);
  if (!kept || kept.length !== key.length || kept.some((byte, index) => byte !== key[index])) {
    throw new Fault('vault.unavailable', 'The vault did not give back the key that was put into it.', {
      remedy: 'Set KEYBRIDGE_VAULT=file to keep sign-ins without it.',
    });
  }
  return key;
}
