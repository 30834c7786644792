import { describe, expect, test } from 'vitest';
import type { SecretVault } from '../../src/base/world.ts';

/** What every vault must do, whatever it is made of. `open` gives one that works, empty at first. */
export function vaultContract(title: string, open: () => Promise<SecretVault>): void {
  const everyByte = Uint8Array.from({ length: 256 }, (_, index) => index);

  describe(`${title} is a vault`, () => {
    test('answers undefined for what was never put into it', async () => {
      const vault = await open();
      expect(await vault.get('never')).toBeUndefined();
    });

    test('gives back what was put into it, byte for byte', async () => {
      const vault = await open();
      await vault.set('bytes', everyByte);
      expect(await vault.get('bytes')).toEqual(everyByte);
      await vault.delete('bytes');
    });

    test('keeps the latest of two secrets put under one name', async () => {
      const vault = await open();
      await vault.set('latest', new Uint8Array(32).fill(1));
      await vault.set('latest', new Uint8Array(32).fill(2));
      expect(await vault.get('latest')).toEqual(new Uint8Array(32).fill(2));
      await vault.delete('latest');
    });

    test('keeps names apart', async () => {
      const vault = await open();
      await vault.set('one', Uint8Array.of(1));
      await vault.set('two', Uint8Array.of(2));
      await vault.delete('one');
      expect(await vault.get('one')).toBeUndefined();
      expect(await vault.get('two')).toEqual(Uint8Array.of(2));
      await vault.delete('two');
    });

    test('deletes what is not there without a word', async () => {
      const vault = await open();
      await vault.delete('nothing');
      expect(await vault.get('nothing')).toBeUndefined();
    });

    test('keeps its own copy of the bytes', async () => {
      const vault = await open();
      const secret = Uint8Array.of(1, 2, 3);
      const set = vault.set('copy', secret);
      secret.fill(9);
      await set;
      (await vault.get('copy'))?.fill(9);
      expect(await vault.get('copy')).toEqual(Uint8Array.of(1, 2, 3));
      await vault.delete('copy');
    });

    test('answers many calls at once', async () => {
      const vault = await open();
      const names = Array.from({ length: 8 }, (_, index) => `many${index}`);
      await Promise.all(names.map((name, index) => vault.set(name, Uint8Array.of(index))));
      const found = await Promise.all(names.map(name => vault.get(name)));
      expect(found).toEqual(names.map((_, index) => Uint8Array.of(index)));
      await Promise.all(names.map(name => vault.delete(name)));
    });
  });
}

/** What a vault that is not `memory` must do besides. `open` opens the same one each time. */
export function lastingVaultContract(title: string, open: () => Promise<SecretVault>): void {
  describe(`${title} lasts`, () => {
    test('gives back, when opened anew, what was put into it before', async () => {
      await (await open()).set('lasting', Uint8Array.of(7, 0, 255));
      expect(await (await open()).get('lasting')).toEqual(Uint8Array.of(7, 0, 255));
      await (await open()).delete('lasting');
      expect(await (await open()).get('lasting')).toBeUndefined();
    });
  });
}
