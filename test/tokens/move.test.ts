import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import { exchangeableVault } from '../../src/tokens/exchangeable-vault.ts';
import { memoryVault } from '../../src/tokens/memory-vault.ts';
import { TokenStore } from '../../src/tokens/token-store.ts';
import { grant, installation, registration } from '../support/installation.ts';

/** A store that begins with one vault and may go on with the installation's. */
function moving(first = memoryVault()) {
  const { world, disk, trouble, start } = installation();
  const vault = exchangeableVault(first);
  const store = new TokenStore({ ...world, vault });
  const move = (also?: () => Promise<void>) =>
    store.move(() => {
      const before = vault.exchange(world.vault);
      return () => void vault.exchange(before);
    }, also);
  return { store, move, disk, trouble, start, world };
}

describe('another vault', () => {
  test('takes what was in memory only, for the next process to find', async () => {
    const { store, move, start } = moving();
    await store.putGrant(grant());
    await store.putRegistration(registration());
    await move();
    expect([store.kind, store.persistent, store.unsaved]).toEqual(['keychain', true, false]);
    expect(await start().grants()).toEqual([grant()]);
    await store.putGrant(grant({ profile: 'work' }));
    expect(await start().grants()).toHaveLength(2);
  });

  test('brings what an earlier process has kept with it; what is newer counts', async () => {
    const { store, move, start } = moving();
    const earlier = start();
    await earlier.putGrant(grant({}, 'old'));
    await earlier.putGrant(grant({ profile: 'work' }));
    await store.putGrant(grant({}, 'new'));
    await move();
    const kept = await start().grants();
    expect(kept.map(({ key, refreshToken }) => `${key.profile} ${refreshToken}`).sort()).toEqual([
      'default new',
      'work refresh-1',
    ]);
  });

  test('that refuses leaves everything as it was', async () => {
    const { store, move, trouble, disk } = moving();
    await store.putGrant(grant());
    trouble.vault = new Fault('vault.locked', 'The keychain is locked.');
    await expect(move()).rejects.toMatchObject({ code: 'vault.locked' });
    expect([store.kind, disk.size]).toEqual(['memory', 0]);
    expect(await store.grants()).toEqual([grant()]);
  });

  test('is left again where what others have sealed cannot be moved along', async () => {
    const other = installation();
    const { store, move, disk, world } = moving({ ...other.world.vault, kind: 'file' });
    await store.putGrant(grant());
    const refuse = () => Promise.reject(new Fault('store.unwritable', 'The disk is full.'));
    await expect(move(refuse)).rejects.toMatchObject({ code: 'store.unwritable' });
    expect([store.kind, store.unsaved]).toEqual(['file', false]);
    // The next process goes on with the former vault, whose key opens the file.
    const next = new TokenStore({ ...world, vault: { ...other.world.vault, kind: 'file' } });
    expect(await next.grants()).toEqual([grant()]);
    expect([...disk.keys()]).toEqual(['grants.sealed']);
  });

  test('seals anew what was sealed with another key', async () => {
    const other = installation();
    const { store, move, disk, start } = moving({ ...other.world.vault, kind: 'file' });
    await store.putGrant(grant());
    const before = disk.get('grants.sealed');
    await move();
    expect(disk.get('grants.sealed')).not.toEqual(before);
    expect(await start().grants()).toEqual([grant()]);
  });
});
