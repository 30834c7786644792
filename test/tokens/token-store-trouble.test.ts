import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import type { SecretVault } from '../../src/base/world.ts';
import { seal } from '../../src/tokens/sealed.ts';
import type { TokenStore } from '../../src/tokens/token-store.ts';
import { grant, ISSUER, installation, registration, SERVER } from '../support/installation.ts';

const LOCKED = new Fault('vault.locked', 'Your keychain is locked.');
const FULL = new Fault('store.unwritable', 'No space left (ENOSPC).');

describe('a locked keychain', () => {
  test('is said by every method, and never looks like an empty store', async () => {
    const { start, trouble } = installation();
    await start().putGrant(grant());
    const store = start();
    trouble.vault = LOCKED;
    const attempts = [
      () => store.grants(),
      () => store.findGrants({ server: SERVER, profile: 'default' }),
      () => store.registrations(ISSUER),
      () => store.forget('https://elsewhere/'),
      () => store.deleteGrant(grant({ profile: 'gone' }).key),
      () => store.grants(),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: 'vault.locked' });
    delete trouble.vault;
    expect(await store.grants()).toEqual([grant()]);
  });

  test('does not lose the grant of a sign-in that ends meanwhile, nor what was there', async () => {
    const { start, trouble } = installation();
    await start().putGrant(grant());
    trouble.vault = LOCKED;
    const store = start();
    await expect(store.putGrant(grant({ profile: 'work' }))).rejects.toMatchObject({ code: 'vault.locked' });
    expect(store.unsaved).toBe(true);
    delete trouble.vault;
    await store.save();
    expect(store.unsaved).toBe(false);
    expect((await start().grants()).map(each => each.key.profile)).toEqual(['default', 'work']);
  });

  test('refuses a deletion for good, so that nothing is deleted unseen later', async () => {
    const { start, trouble } = installation();
    await start().putGrant(grant());
    trouble.vault = LOCKED;
    const store = start();
    await expect(store.forget(SERVER)).rejects.toMatchObject({ code: 'vault.locked' });
    await expect(store.deleteGrant(grant().key)).rejects.toMatchObject({ code: 'vault.locked' });
    delete trouble.vault;
    expect(await store.grants()).toEqual([grant()]);
    expect(store.unsaved).toBe(false);
  });

  test('keeps an empty store from being prepared, and nothing else', async () => {
    const { start, trouble, disk } = installation();
    trouble.vault = LOCKED;
    const store = start();
    await expect(store.prepare()).rejects.toMatchObject({ code: 'vault.locked' });
    expect(await store.grants()).toEqual([]);
    delete trouble.vault;
    await store.prepare();
    expect(disk.size).toBe(0);
    // The key is at hand now.
    trouble.vault = LOCKED;
    await store.putGrant(grant());
    delete trouble.vault;
    expect(await start().grants()).toEqual([grant()]);
  });

  test('is not asked for while there is nothing to open', async () => {
    const { start, trouble } = installation();
    trouble.vault = LOCKED;
    expect(await start().grants()).toEqual([]);
    expect(trouble.vaultCalls).toBe(0);
  });

  test('keeps a first grant in memory until the key can be made', async () => {
    const { start, trouble } = installation();
    trouble.vault = LOCKED;
    const store = start();
    await expect(store.putGrant(grant())).rejects.toMatchObject({ code: 'vault.locked' });
    expect(await store.grants()).toEqual([grant()]);
    delete trouble.vault;
    await store.save();
    expect(await start().grants()).toEqual([grant()]);
  });

  test('is asked once however many ask at the same time, and not again once the key is known', async () => {
    const { start, trouble } = installation();
    await start().putGrant(grant());
    const store = start();
    trouble.vaultCalls = 0;
    await Promise.all(Array.from({ length: 20 }, () => store.grants()));
    await store.putGrant(grant({}, 'rotated'));
    expect(trouble.vaultCalls).toBe(1);
  });
});

describe('a disk that refuses', () => {
  test('rejects the change, keeps the rotated token in memory and writes it with the next change', async () => {
    const { start, trouble } = installation();
    const store = start();
    await store.putGrant(grant());
    trouble.files = FULL;
    await expect(store.putGrant(grant({}, 'rotated'))).rejects.toMatchObject({ code: 'store.unwritable' });
    expect(store.unsaved).toBe(true);
    expect((await store.grants())[0]?.refreshToken).toBe('rotated');
    expect((await start().grants())[0]?.refreshToken).toBe('refresh-1');
    delete trouble.files;
    await store.putRegistration(registration());
    expect(store.unsaved).toBe(false);
    expect((await start().grants())[0]?.refreshToken).toBe('rotated');
  });

  test('is tried again even by a change that changes nothing, and by save', async () => {
    for (const retry of [
      (store: TokenStore) => store.deleteGrant(grant({ profile: 'never' }).key),
      (store: TokenStore) => store.save(),
    ]) {
      const { start, trouble } = installation();
      const store = start();
      trouble.files = FULL;
      await expect(store.putGrant(grant())).rejects.toMatchObject({ code: 'store.unwritable' });
      await expect(retry(store)).rejects.toMatchObject({ code: 'store.unwritable' });
      delete trouble.files;
      await retry(store);
      expect(await start().grants()).toEqual([grant()]);
    }
  });

  test('is not written to when nothing changed', async () => {
    const { start, trouble } = installation();
    const store = start();
    await store.putGrant(grant());
    trouble.writes = 0;
    await store.deleteGrant(grant({ profile: 'never' }).key);
    await store.deleteRegistration({ issuer: 'none', clientId: 'none' });
    await store.save();
    expect(trouble.writes).toBe(0);
  });
});

describe('a file that cannot be read', () => {
  const setAside = 'grants.sealed.2026-01-02T03-04-05.000Z.unreadable';

  test('because its key is gone is set aside, whole, and said once', async () => {
    const { start, disk, vault, notes } = installation();
    await start().putGrant(grant());
    const before = disk.get('grants.sealed');
    await vault.delete('key');
    const store = start();
    expect(await store.grants()).toEqual([]);
    expect(disk.get(setAside)).toEqual(before);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toContain(setAside);
    await store.putGrant(grant({ profile: 'new' }));
    expect((await start().grants()).map(each => each.key.profile)).toEqual(['new']);
    expect([...disk.keys()].sort()).toEqual(['grants.sealed', setAside]);
    expect(notes).toHaveLength(1);
  });

  test('because it came from another machine is set aside, and the key stays as it is', async () => {
    const here = installation();
    await here.start().putGrant(grant());
    const key = await here.vault.get('key');
    const there = installation();
    await there.start().putGrant(grant({ profile: 'there' }));
    const foreign = there.disk.get('grants.sealed') ?? new Uint8Array();
    here.disk.set('grants.sealed', foreign);
    expect(await here.start().grants()).toEqual([]);
    expect(here.disk.get(setAside)).toEqual(foreign);
    expect(here.notes[0]).toContain('another key');
    expect(await here.vault.get('key')).toEqual(key);
  });

  test('because it is damaged is set aside', async () => {
    const { start, disk, notes } = installation();
    await start().putGrant(grant());
    const torn = disk.get('grants.sealed')?.slice(0, -5) ?? new Uint8Array();
    disk.set('grants.sealed', torn);
    expect(await start().grants()).toEqual([]);
    expect(disk.get(setAside)).toEqual(torn);
    expect(notes[0]).toContain('damaged');
  });

  test('is not given up before the copy is safe', async () => {
    const { start, disk, vault, trouble, notes } = installation();
    await start().putGrant(grant());
    const before = disk.get('grants.sealed');
    await vault.delete('key');
    trouble.files = FULL;
    const store = start();
    await expect(store.grants()).rejects.toMatchObject({ code: 'store.unwritable' });
    await expect(store.putGrant(grant())).rejects.toMatchObject({ code: 'store.unwritable' });
    expect(disk.get('grants.sealed')).toEqual(before);
    expect(notes).toEqual([]);
  });

  test('because a newer Keybridge made it stays where it is', async () => {
    const { start, disk, vault, world } = installation();
    await start().putGrant(grant());
    const key = (await vault.get('key')) ?? new Uint8Array();
    const newer = await seal(key, new TextEncoder().encode('{"version":2}'), world.random);
    disk.set('grants.sealed', newer);
    const store = start();
    await expect(store.grants()).rejects.toMatchObject({ code: 'store.damaged', remedy: expect.any(String) });
    await expect(store.putGrant(grant())).rejects.toMatchObject({ code: 'store.damaged' });
    expect([...disk]).toEqual([['grants.sealed', newer]]);
  });
});

describe('the key', () => {
  test('is made once and used again when the file is gone', async () => {
    const { start, disk, vault } = installation();
    await start().putGrant(grant());
    const key = await vault.get('key');
    expect(key).toHaveLength(32);
    disk.clear();
    await start().putGrant(grant());
    expect(await vault.get('key')).toEqual(key);
  });

  test('that the vault does not give back is not used', async () => {
    const { start, disk, vault } = installation();
    const forgetful: SecretVault = { ...vault, set: async () => {} };
    await expect(start({ vault: forgetful }).putGrant(grant())).rejects.toMatchObject({
      code: 'vault.unavailable',
    });
    expect(disk.size).toBe(0);
  });

  test('that is no key is neither used nor overwritten', async () => {
    const { start, vault } = installation();
    await vault.set('key', new Uint8Array(5));
    await expect(start().putGrant(grant())).rejects.toMatchObject({ code: 'store.damaged' });
    expect(await vault.get('key')).toHaveLength(5);
  });
});
