import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import { memoryVault } from '../../src/tokens/memory-vault.ts';
import { grant, installation, registration } from '../support/installation.ts';

/* What one process hands over to the next, because it is not on disk. */

describe('what would be lost with the process', () => {
  test('is nothing where everything is on disk', async () => {
    const store = installation().start();
    await store.putGrant(grant());
    expect(await store.unkept()).toBeUndefined();
  });

  test('is everything where it is in memory only, and another process goes on with it', async () => {
    const here = installation();
    const store = here.start({ vault: memoryVault() });
    expect(await store.unkept()).toBeUndefined();
    await store.putRegistration(registration());
    await store.putGrant(grant());
    const next = here.start({ vault: memoryVault() });
    const unkept = await store.unkept();
    await next.adopt(unkept ?? { grants: [], registrations: [] });
    expect(await next.grants()).toEqual([grant()]);
    expect(await next.registrations(registration().issuer)).toEqual([registration()]);
  });

  test('is what a full disk did not take; the next process writes it beside what is there', async () => {
    const here = installation();
    const store = here.start();
    await store.putGrant(grant({ profile: 'home' }));
    here.trouble.files = new Fault('store.unwritable', 'The disk is full.');
    await expect(store.putGrant(grant())).rejects.toThrow('The disk is full.');
    const next = here.start();
    const unkept = await store.unkept();
    await next.adopt(unkept ?? { grants: [], registrations: [] });
    expect((await next.grants()).map(({ key }) => key.profile)).toEqual(['home', 'default']);
    expect(next.unsaved).toBe(true);
    delete here.trouble.files;
    await next.save();
    expect((await here.start().grants()).map(({ key }) => key.profile)).toEqual(['home', 'default']);
  });

  test('is what came while the keychain was locked', async () => {
    const here = installation();
    await here.start().putGrant(grant({ profile: 'home' }));
    const store = here.start();
    here.trouble.vault = new Fault('vault.locked', 'It is locked.');
    await expect(store.putGrant(grant())).rejects.toThrow('It is locked.');
    expect((await store.unkept())?.grants.map(({ key }) => key.profile)).toEqual(['default']);
  });
});
