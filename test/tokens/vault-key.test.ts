import { describe, expect, test } from 'vitest';
import { sealingKey, storedKey } from '../../src/tokens/vault-key.ts';
import { fakeWorld, memoryVault } from '../support/fake-world.ts';

describe('the key of an installation', () => {
  test('is one, however many ask for it at once where there is none yet', async () => {
    const world = fakeWorld();
    const keys = await Promise.all([sealingKey(world), sealingKey(world), sealingKey(world)]);
    expect(keys[1]).toEqual(keys[0]);
    expect(keys[2]).toEqual(keys[0]);
    expect(await storedKey(world.vault)).toEqual(keys[0]);
    expect(await sealingKey(world)).toEqual(keys[0]);
  });

  test('is not believed to be kept where the vault does not give it back', async () => {
    const forgetful = { ...memoryVault(), set: async () => {} };
    const asked = sealingKey({ ...fakeWorld(), vault: forgetful });
    await expect(asked).rejects.toMatchObject({ code: 'vault.unavailable' });
  });
});
