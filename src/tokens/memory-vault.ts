import type { SecretVault } from '../base/world.ts';

/** Keeps secrets until the process ends, and nowhere else. */
export function memoryVault(): SecretVault {
  const secrets = new Map<string, Uint8Array>();
  return {
    kind: 'memory',
    async get(name) {
      return secrets.get(name)?.slice();
    },
    async set(name, secret) {
      secrets.set(name, secret.slice());
    },
    async delete(name) {
      secrets.delete(name);
    },
  };
}
