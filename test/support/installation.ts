import type { Fault } from '../../src/base/fault.ts';
import type { Files, SecretVault } from '../../src/base/world.ts';
import type { ClientRegistration, Grant } from '../../src/oauth/grant.ts';
import { memoryVault } from '../../src/tokens/memory-vault.ts';
import { TokenStore } from '../../src/tokens/token-store.ts';

export const SERVER = 'https://mcp.example/mcp';
export const ISSUER = 'https://login.example';

/** A grant for SERVER; parts of its key and its refresh token as told. */
export function grant(key: Partial<Grant['key']> = {}, refreshToken = 'refresh-1'): Grant {
  return {
    key: { server: SERVER, resource: SERVER, issuer: ISSUER, clientId: 'client', profile: 'default', ...key },
    accessToken: 'access-token-of-the-test',
    refreshToken,
    scope: ['read', 'write'],
    expiresAt: 2_000,
    obtainedAt: 1_000,
    tokenEndpoint: `${ISSUER}/token`,
  };
}

export function registration(more: Partial<ClientRegistration> = {}): ClientRegistration {
  return {
    issuer: ISSUER,
    clientId: 'client',
    tokenEndpointAuthMethod: 'none',
    source: 'dynamic',
    redirectUris: ['http://127.0.0.1:3334/callback'],
    registeredAt: 1_000,
    ...more,
  };
}

/** A disk and a keychain that outlive the stores on them, with the troubles they can have. */
export function installation() {
  const disk = new Map<string, Uint8Array>();
  const secrets = memoryVault();
  const trouble: { vault?: Fault; files?: Fault; writes: number; vaultCalls: number } = {
    writes: 0,
    vaultCalls: 0,
  };
  const guarded = <T>(work: () => Promise<T>) => {
    trouble.vaultCalls++;
    return trouble.vault ? Promise.reject(trouble.vault) : work();
  };
  const vault: SecretVault = {
    kind: 'keychain',
    get: name => guarded(() => secrets.get(name)),
    set: (name, secret) => guarded(() => secrets.set(name, secret)),
    delete: name => guarded(() => secrets.delete(name)),
  };
  const files: Files = {
    async read(name) {
      return disk.get(name)?.slice();
    },
    async replace(name, bytes) {
      if (trouble.files) throw trouble.files;
      trouble.writes++;
      disk.set(name, bytes.slice());
    },
  };
  const notes: string[] = [];
  const world = {
    vault,
    files,
    now: () => Date.UTC(2026, 0, 2, 3, 4, 5),
    random: (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes)),
  };
  return {
    disk,
    trouble,
    notes,
    world,
    vault,
    /** A store as a new process would open it. */
    start: (over: Partial<typeof world> = {}) =>
      new TokenStore({ ...world, ...over }, text => notes.push(text)),
  };
}
