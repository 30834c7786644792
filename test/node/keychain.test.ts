import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { SecretVault } from '../../src/base/world.ts';
import { folderFiles } from '../../src/node/files.ts';
import type { Grant } from '../../src/oauth/grant.ts';
import { TokenStore } from '../../src/tokens/token-store.ts';
import { lastingVaultContract, vaultContract } from '../contracts/vault.ts';
import { type KeyringSession, startKeyringSession } from '../support/keyring-session.ts';
import { describeWith } from '../support/system.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { openVaultIn, type VaultProcess } from '../support/vault-process.ts';

const KEY = new Uint8Array(32).fill(201);

describeWith('gnome-keyring', 'with a real gnome-keyring', () => {
  let home: string;
  const processes: VaultProcess[] = [];

  /** A vault in a process that knows HOME, PATH and the runtime folder only. */
  const open = async (session: KeyringSession, options: Parameters<typeof openVaultIn>[2] = {}) => {
    const opened = await openVaultIn(session.env, home, { pause: 0, ...options });
    processes.push(opened);
    return opened;
  };
  const startSession = async () => {
    const session = await startKeyringSession();
    onTestFinished(() => session.close());
    return session;
  };
  /** A session whose keyring holds the key and is locked. */
  const startLocked = async () => {
    const session = await startSession();
    await session.unlock();
    const { vault } = await open(session);
    await vault.set('key', KEY);
    await session.lock();
    return session;
  };

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'kb-home-'));
  });
  afterEach(async () => {
    await Promise.all(processes.splice(0).map(each => each.kill()));
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  describe('unlocked', () => {
    let session: KeyringSession;
    const inSession = async (): Promise<SecretVault> => (await open(session, { kind: 'keychain' })).vault;
    beforeAll(async () => {
      session = await startKeyringSession();
      await session.unlock();
    });
    afterAll(() => session.close());

    vaultContract('the keychain', inSession);
    lastingVaultContract('the keychain', inSession);

    test('is chosen when nothing was asked for, without a word', async () => {
      const { vault, reason } = await open(session);
      expect([vault.kind, reason]).toEqual(['keychain', undefined]);
    });

    test('shows one state folder nothing of another', async () => {
      const { vault } = await open(session);
      await vault.set('key', KEY);
      const other = await openVaultIn(session.env, join(home, 'other'));
      processes.push(other);
      expect(await other.vault.get('key')).toBeUndefined();
      expect(await vault.get('key')).toEqual(KEY);
    });
  });

  describe('locked', () => {
    test('is chosen all the same, says so, and opens once it is unlocked', async () => {
      const session = await startLocked();
      const { vault, reason } = await open(session);
      expect(vault.kind).toBe('keychain');
      expect(reason).toMatch(/^Your keychain is locked/);
      await expect(vault.get('key')).rejects.toMatchObject({ code: 'vault.locked' });
      await expect(vault.set('key', new Uint8Array(32))).rejects.toMatchObject({ code: 'vault.locked' });
      await expect(vault.delete('key')).rejects.toMatchObject({ code: 'vault.locked' });
      await session.unlock();
      expect(await vault.get('key')).toEqual(KEY);
    });

    test('never says that what it was not asked to keep is not there', async () => {
      const session = await startLocked();
      const { vault } = await open(session);
      await expect(vault.get('never')).rejects.toMatchObject({ code: 'vault.locked' });
      await expect(vault.delete('never')).rejects.toMatchObject({ code: 'vault.locked' });
      await session.unlock();
      expect(await vault.get('never')).toBeUndefined();
    });

    test('puts up no prompt for a while after one was refused, and is read once it is unlocked by hand', async () => {
      const session = await startLocked();
      const { vault, pending } = await open(session, { pause: 600_000 });
      // A prompt would stand from now on.
      const endPrompts = await session.holdPrompts();
      for (const name of ['key', 'never']) {
        await expect(vault.get(name)).rejects.toMatchObject({ code: 'vault.locked' });
      }
      expect(await pending()).toBe(false);
      await endPrompts();
      await session.unlock();
      expect(await vault.get('key')).toEqual(KEY);
      expect(await vault.get('never')).toBeUndefined();
    });

    test('with a prompt that nobody answers holds up nobody: one call waits, all others are told', async () => {
      const session = await startLocked();
      const endPrompts = await session.holdPrompts();
      const opened = await open(session, { timeout: 1_500 });
      expect(opened.vault.kind).toBe('keychain');
      expect(opened.reason).toContain('waiting for you to unlock it');
      const start = performance.now();
      const calls = Array.from({ length: 20 }, () => opened.vault.get('key'));
      for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'vault.locked' });
      expect(performance.now() - start).toBeLessThan(1_000);
      expect(await opened.pending()).toBe(true);

      await endPrompts();
      await vi.waitFor(async () => expect(await opened.pending()).toBe(false), { timeout: 10_000 });
      await session.unlock();
      expect(await opened.vault.get('key')).toEqual(KEY);
    });

    test('is asked anew when it died under a prompt, for which the library would wait for ever', async () => {
      const session = await startLocked();
      const endPrompts = await session.holdPrompts();
      const { vault, pending } = await open(session, { timeout: 200, abandon: 1_000 });
      await session.unlock();
      await endPrompts();
      await vi.waitFor(async () => expect(await vault.get('key')).toEqual(KEY), { timeout: 10_000 });
      expect(await pending()).toBe(true);
    });

    test('with a prompt that nobody answers does not keep the process from ending', async () => {
      const session = await startLocked();
      await session.holdPrompts();
      const opened = await open(session, { timeout: 200 });
      expect(await opened.pending()).toBe(true);
      const start = performance.now();
      await opened.end();
      expect(performance.now() - start).toBeLessThan(10_000);
    });
  });

  test('kept sign-ins survive a locked keychain: a fault while it is locked, all of them after', async () => {
    const session = await startSession();
    await session.unlock();
    const files = folderFiles(await temporaryFolder());
    const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
    const start = async () => {
      const { vault } = await open(session);
      return new TokenStore({ vault, files, random, now: Date.now }, note => expect.unreachable(note));
    };
    const kept: Grant = {
      key: { server: 'https://mcp/', resource: '', issuer: 'https://as', clientId: 'c', profile: 'default' },
      accessToken: 'a'.repeat(9_000),
      refreshToken: 'r'.repeat(9_000),
      scope: [],
      obtainedAt: 1,
      tokenEndpoint: 'https://as/token',
    };
    await (await start()).putGrant(kept);
    await session.lock();
    const store = await start();
    await expect(store.grants()).rejects.toMatchObject({ code: 'vault.locked' });
    await expect(store.grants()).rejects.toMatchObject({ code: 'vault.locked' });
    await session.unlock();
    expect(await store.grants()).toEqual([kept]);
  });

  describe('absent', () => {
    const ABSENT = /Sign-ins last until Keybridge stops\. To keep them .*KEYBRIDGE_VAULT=file/;

    test('without a session bus leaves memory, and says why', async () => {
      const opened = await openVaultIn({ HOME: home, PATH: '', XDG_RUNTIME_DIR: home }, home);
      processes.push(opened);
      expect(opened.vault.kind).toBe('memory');
      expect(opened.reason).toMatch(ABSENT);
    });

    test('without a secret service on the bus leaves memory, and says why', async () => {
      const { vault, reason } = await open(await startSession());
      expect(vault.kind).toBe('memory');
      expect(reason).toMatch(ABSENT);
    });

    test('with a secret service that has no default keyring leaves memory, and says why', async () => {
      const session = await startSession();
      await session.lock();
      const { vault, reason } = await open(session);
      expect(vault.kind).toBe('memory');
      expect(reason).toMatch(/^The keychain has no default keyring\./);
    });

    test('with a secret service that never answers leaves memory within seconds', async () => {
      const session = await startSession();
      await session.hang();
      const start = performance.now();
      const { vault } = await open(session);
      expect(vault.kind).toBe('memory');
      expect(performance.now() - start).toBeLessThan(10_000);
    });

    test('is a fault when the keychain was asked for by name', async () => {
      const session = await startSession();
      await expect(open(session, { kind: 'keychain' })).rejects.toMatchObject({ code: 'vault.unavailable' });
    });

    test('is a fault, not an empty vault, when the keychain goes away later', async () => {
      const session = await startKeyringSession();
      onTestFinished(() => session.close());
      await session.unlock();
      const { vault } = await open(session);
      await vault.set('key', KEY);
      await session.close();
      await expect(vault.get('key')).rejects.toMatchObject({ code: 'vault.unavailable' });
    });
  });
});
