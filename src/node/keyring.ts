import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { Fault } from '../base/fault.ts';
import type { SecretVault } from '../base/world.ts';
import { memoryVault } from '../tokens/memory-vault.ts';
import { joinSession } from './session-environment.ts';
import { fileVault } from './vault-file.ts';
import { type KeychainOptions, type KeychainVault, keychainVault, type OpenEntry } from './vault-keychain.ts';

/** The name users see in their keychain. */
const SERVICE = 'Keybridge';

export interface OpenedVault {
  vault: SecretVault;
  /** Why sign-ins will not be kept, or what stands in the way of reading them now: one or two sentences. */
  reason?: string;
}

export interface VaultOptions extends KeychainOptions {
  /** How the keychain library is loaded. */
  load?: () => Promise<OpenEntry>;
}

const inUse = new Set<KeychainVault>();

/**
 * The vault for a state folder. Without a `kind`, the keychain if one answers, locked or not; else memory,
 * with the reason. `keychain` by name throws `vault.unavailable` when there is none. Takes up to `timeout`
 * (5 s) when the keychain asks the user to unlock it.
 */
export async function openVault(
  kind: SecretVault['kind'] | undefined,
  home: string,
  { load = loadKeyring, readable = readableNow, ...options }: VaultOptions = {},
): Promise<OpenedVault> {
  // Chosen, so nobody needs to be told why.
  if (kind === 'memory') return { vault: memoryVault() };
  if (kind === 'file') return { vault: fileVault(home) };
  const vault = keychainVault(installation(home), load, { ...options, readable });
  inUse.add(vault);
  try {
    await vault.get('key');
    return { vault };
  } catch (error) {
    const fault = Fault.of(error, 'vault.unavailable');
    if (fault.code === 'vault.locked') return { vault, reason: fault.sentence };
    if (kind === 'keychain') throw fault;
    return {
      vault: memoryVault(),
      reason:
        `${fault.message} Sign-ins last until Keybridge stops. ` +
        'To keep them in a file that only you can read, set KEYBRIDGE_VAULT=file and run `keybridge stop`.',
    };
  }
}

/**
 * Ends this process with an exit code, at once. `process.exit` waits for Node's worker threads, and a
 * keychain's prompt holds one for as long as it stands: then only a signal helps, and the code is lost.
 */
export function endProcess(code: number): never {
  const waiting = [...inUse].some(vault => vault.pending);
  if (waiting && process.platform !== 'win32') process.kill(process.pid, 'SIGKILL');
  process.exit(code);
}

/** Names an installation by its state folder, so that two folders never share a key. */
function installation(home: string): string {
  return createHash('sha256')
    .update(realPath(resolve(home)))
    .digest('hex')
    .slice(0, 16);
}

/** The path without symbolic links, the same before the folder is made as after. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return dirname(path) === path ? path : join(realPath(dirname(path)), basename(path));
  }
}

/**
 * Pinned to the Secret Service on Linux: unpinned, the library falls back without a word to the kernel's
 * keyring, which is lost with the next restart.
 */
async function loadKeyring(): Promise<OpenEntry> {
  joinSession();
  const { AsyncEntry } = await import('@napi-rs/keyring');
  return account => new AsyncEntry(SERVICE, account, { linux: { store: 'secret-service' } });
}

/**
 * Only the Secret Service can be asked without a prompt (the search refuses with "locked" then); other
 * keychains are not known to be as discreet.
 */
async function readableNow(account: string): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const { findCredentialsAsync } = await import('@napi-rs/keyring');
  return (await findCredentialsAsync(SERVICE)).some(found => found.account === account);
}
