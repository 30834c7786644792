import { expect, test } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import type { SecretVault } from '../../src/base/world.ts';
import { deferredVault } from '../../src/tokens/deferred-vault.ts';
import { memoryVault } from '../../src/tokens/memory-vault.ts';

const LONG = 600_000;
const SECRET = new Uint8Array([1, 2, 3]);

test('whoever asks while the vault is being opened waits for it', async () => {
  const opening = Promise.withResolvers<SecretVault>();
  const vault = deferredVault(opening.promise, LONG);
  const calls = vault.set('key', SECRET).then(() => vault.get('key'));
  opening.resolve(memoryVault());
  expect(await calls).toEqual(SECRET);
  await vault.delete('key');
  expect(await vault.get('key')).toBeUndefined();
});

test('what kind it is is certain once it is ready', async () => {
  const vault = deferredVault(Promise.resolve(memoryVault()), LONG);
  await vault.ready?.();
  expect(vault.kind).toBe('memory');
});

test('one that takes longer is locked until it is open, and never empty', async () => {
  const opening = Promise.withResolvers<SecretVault>();
  const vault = deferredVault(opening.promise, 0);
  const asking = [vault.ready?.(), vault.get('key'), vault.set('key', SECRET), vault.delete('key')];
  for (const call of asking) await expect(call).rejects.toMatchObject({ code: 'vault.locked' });
  opening.resolve(memoryVault());
  await opening.promise;
  expect(await vault.get('key')).toBeUndefined();
  await vault.ready?.();
  expect(vault.kind).toBe('memory');
});

test('one that cannot be opened says why, however often it is asked', async () => {
  const vault = deferredVault(Promise.reject(new Fault('vault.unavailable', 'No keychain.')), LONG);
  for (const call of [vault.ready, () => vault.get('key'), () => vault.get('key')]) {
    await expect(call?.()).rejects.toMatchObject({ code: 'vault.unavailable' });
  }
});
