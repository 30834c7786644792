import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../base/fault.ts';
import type { SecretVault } from '../base/world.ts';

const FILE = 'vault';

/** What KEYBRIDGE_VAULT says, if anything. Throws `usage.flag`. */
export function askedVault(env: NodeJS.ProcessEnv): SecretVault['kind'] | undefined {
  const said = env.KEYBRIDGE_VAULT;
  if (said === undefined || said === '') return undefined;
  if (said === 'keychain' || said === 'memory' || said === 'file') return said;
  throw new Fault('usage.flag', `KEYBRIDGE_VAULT is keychain, memory or file, not "${said.slice(0, 80)}".`);
}

/**
 * The user's word on where the key lives: said now, or the choice of a file said earlier, which is
 * remembered in the state folder until the keychain is asked for by name. Throws `usage.flag`.
 */
export function chosenVault(folder: string, env: NodeJS.ProcessEnv): SecretVault['kind'] | undefined {
  const asked = askedVault(env);
  if (asked === undefined) {
    try {
      return readFileSync(join(folder, FILE), 'utf8').trim() === 'file' ? 'file' : undefined;
    } catch {
      return undefined;
    }
  }
  if (asked !== 'memory') rememberVault(folder, asked);
  return asked;
}

/** Remembers the user's word for the next start. */
export function rememberVault(folder: string, kind: 'keychain' | 'file'): void {
  const path = join(folder, FILE);
  // Beside it first: a full disk must not leave an empty word, which is another one.
  writeFileSync(`${path}.new`, `${kind}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
