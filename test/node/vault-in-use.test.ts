import { mkdir, readdir, readFile, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import type { SecretVault } from '../../src/base/world.ts';
import { openVault } from '../../src/node/keyring.ts';
import { chosenVault } from '../../src/node/vault-choice.ts';
import { VaultInUse } from '../../src/node/vault-in-use.ts';
import { memoryVault } from '../../src/tokens/memory-vault.ts';
import { temporaryFolder } from '../support/temporary.ts';

const KEY = new Uint8Array(32).fill(77);

/** A vault as it is used in a folder, on a machine with a keychain. */
async function inUse(chosen: SecretVault['kind']) {
  const folder = await temporaryFolder();
  const keychain: SecretVault = { ...memoryVault(), kind: 'keychain' };
  const used = new VaultInUse(folder, chosen, async (kind, home) =>
    kind === 'keychain' ? { vault: keychain } : openVault(kind, home),
  );
  await used.begun();
  return { folder, used, keychain };
}

/** Has what is sealed moved, as the store does it. */
async function move(exchange: () => () => void): Promise<void> {
  exchange();
}

async function failing(exchange: () => () => void): Promise<void> {
  exchange()();
  throw new Fault('store.unwritable', 'The disk is full.');
}

describe('another kind of vault', () => {
  test('is put in place, and counts at the next start', async () => {
    const { folder, used } = await inUse('memory');
    await used.choose('file', move);
    expect([used.vault.kind, used.forgetful, chosenVault(folder, {})]).toEqual(['file', undefined, 'file']);
    await used.vault.set('key', KEY);
    expect(await readdir(folder)).toEqual(['key', 'vault']);
  });

  test('that is the keychain leaves no key in a file', async () => {
    const { folder, used, keychain } = await inUse('file');
    await used.vault.set('key', KEY);
    await used.choose('keychain', move);
    await used.vault.set('key', KEY);
    expect(await readdir(folder)).toEqual(['vault']);
    expect(await keychain.get('key')).toEqual(KEY);
    expect(chosenVault(folder, {})).toBeUndefined();
  });

  test('that is the one there is keeps its key', async () => {
    const { folder, used } = await inUse('file');
    await used.vault.set('key', KEY);
    await used.choose('file', () => Promise.reject(new Error('Nothing is to be moved.')));
    expect(await used.vault.get('key')).toEqual(KEY);
    expect(await readFile(join(folder, 'vault'), 'utf8')).toBe('file\n');
  });

  test('is left again where things cannot be moved, and the next start goes on as before', async () => {
    const { folder, used } = await inUse('file');
    await used.vault.set('key', KEY);
    await expect(used.choose('keychain', failing)).rejects.toMatchObject({ code: 'store.unwritable' });
    expect([used.vault.kind, chosenVault(folder, {})]).toEqual(['file', 'file']);
    expect(await used.vault.get('key')).toEqual(KEY);
  });

  test('is not put in place where it cannot be remembered', async () => {
    const { folder, used } = await inUse('memory');
    await mkdir(join(folder, 'vault'));
    await expect(used.choose('file', move)).rejects.toThrow();
    expect(used.vault.kind).toBe('memory');
    await rmdir(join(folder, 'vault'));
    expect(chosenVault(folder, {})).toBeUndefined();
  });
});
