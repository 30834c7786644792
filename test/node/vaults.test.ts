import { chmod, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openVault } from '../../src/node/keyring.ts';
import { fileVault } from '../../src/node/vault-file.ts';
import { keychainVault } from '../../src/node/vault-keychain.ts';
import { memoryVault } from '../../src/tokens/memory-vault.ts';
import { lastingVaultContract, vaultContract } from '../contracts/vault.ts';
import { temporaryFolder } from '../support/temporary.ts';

const KEY = new Uint8Array(32).fill(77);
const notInstalled = () => Promise.reject(new Error('Cannot find native binding.'));

vaultContract('memory', async () => memoryVault());
vaultContract('a file', async () => fileVault(await temporaryFolder()));

describe('a file over time', () => {
  const folders = new Map<string, Promise<string>>();
  lastingVaultContract('a file', async () => {
    const name = expect.getState().currentTestName ?? '';
    if (!folders.has(name)) folders.set(name, temporaryFolder());
    return fileVault((await folders.get(name)) ?? '');
  });
});

describe.skipIf(process.platform === 'win32')('the key in a file', () => {
  test('is in the file key, which only the user can read', async () => {
    const folder = await temporaryFolder();
    await fileVault(folder).set('key', KEY);
    expect(await readdir(folder)).toEqual(['key']);
    expect((await stat(join(folder, 'key'))).mode & 0o777).toBe(0o600);
  });

  test('is refused when others can read it', async () => {
    const folder = await temporaryFolder();
    await fileVault(folder).set('key', KEY);
    await chmod(join(folder, 'key'), 0o640);
    await expect(fileVault(folder).get('key')).rejects.toMatchObject({ code: 'home.unsafe' });
  });

  test('is refused when it is a link', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'elsewhere'), `${'00'.repeat(32)}\n`, { mode: 0o600 });
    await symlink(join(folder, 'elsewhere'), join(folder, 'key'));
    await expect(fileVault(folder).get('key')).rejects.toMatchObject({ code: 'home.unsafe' });
  });

  test.each(['', 'abc\n', 'zz\n', '00ff'])('is damaged, not absent, when it holds %j', async content => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'key'), content, { mode: 0o600 });
    await expect(fileVault(folder).get('key')).rejects.toMatchObject({ code: 'store.damaged' });
  });
});

describe('choosing a vault', () => {
  test('memory by name is taken without a word', async () => {
    const { vault, reason } = await openVault('memory', await temporaryFolder(), { load: notInstalled });
    expect([vault.kind, reason]).toEqual(['memory', undefined]);
  });

  test('file by name does not ask the keychain', async () => {
    const { vault, reason } = await openVault('file', await temporaryFolder(), { load: notInstalled });
    expect([vault.kind, reason]).toEqual(['file', undefined]);
  });

  test('a keychain library that does not load leaves memory, with the reason', async () => {
    const { vault, reason } = await openVault(undefined, await temporaryFolder(), { load: notInstalled });
    expect(vault.kind).toBe('memory');
    expect(reason).toBe(
      'The keychain library cannot be loaded. Sign-ins last until Keybridge stops. ' +
        'To keep them in a file that only you can read, set KEYBRIDGE_VAULT=file and run `keybridge stop`.',
    );
  });

  test('a keychain library that does not load is a fault when the keychain was asked for', async () => {
    await expect(
      openVault('keychain', await temporaryFolder(), { load: notInstalled }),
    ).rejects.toMatchObject({ code: 'vault.unavailable' });
  });
});

describe('a keychain', () => {
  /** A keychain in memory, to which things happen that cannot be had from a real one at will. */
  const entries = (change: { forgets?: boolean; hides?: boolean; says?: string } = {}) => {
    const kept = new Map<string, Uint8Array>();
    const refuse = async () => {
      if (change.says) throw new Error(change.says);
    };
    return async () => (account: string) => ({
      async getSecret() {
        await refuse();
        return change.hides
          ? null
          : [...(kept.get(account) ?? [])].length
            ? [...(kept.get(account) ?? [])]
            : null;
      },
      async setSecret(secret: Uint8Array) {
        await refuse();
        if (change.hides) throw new Error('Secret Service: object locked');
        if (!change.forgets) kept.set(account, secret);
      },
      async deleteCredential() {
        await refuse();
        return kept.delete(account);
      },
    });
  };

  test('that does not give back what was put into it is not used', async () => {
    const vault = keychainVault('test', entries({ forgets: true }));
    await expect(vault.set('key', KEY)).rejects.toMatchObject({ code: 'vault.unavailable' });
  });

  test('that shows nothing while it is locked is locked, not empty', async () => {
    const vault = keychainVault('test', entries({ hides: true }), { pause: 0 });
    await expect(vault.get('key')).rejects.toMatchObject({ code: 'vault.locked' });
  });

  describe('that was not unlocked when its user was asked', () => {
    /** One whose prompt is refused until it is unlocked, with a count of prompts. */
    const refusing = (pause: number) => {
      const state = { unlocked: false, prompts: 0, looks: 0 };
      const load = async () => () => ({
        async getSecret() {
          if (state.unlocked) return Buffer.from(Buffer.from(KEY).toString('base64url'));
          state.prompts++;
          throw new Error('Secret Service: unlock prompt was dismissed');
        },
        setSecret: async () => expect.unreachable(),
        deleteCredential: async () => expect.unreachable(),
      });
      const readable = async () => {
        state.looks++;
        return state.unlocked;
      };
      return { state, vault: keychainVault('test', load, { pause, readable }) };
    };

    test('is looked at without asking, and read as soon as it is unlocked', async () => {
      const { state, vault } = refusing(600_000);
      for (let call = 0; call < 5; call++) {
        await expect(vault.get('key')).rejects.toMatchObject({ code: 'vault.locked' });
      }
      expect(state).toMatchObject({ prompts: 1, looks: 4 });
      state.unlocked = true;
      expect(await vault.get('key')).toEqual(KEY);
      expect(await vault.get('key')).toEqual(KEY);
      expect(state).toMatchObject({ prompts: 1, looks: 5 });
    });

    test('asks again after a while that gets longer with each refusal', async () => {
      const { state, vault } = refusing(20);
      const start = performance.now();
      const at: number[] = [];
      while (state.prompts < 5) {
        const before = state.prompts;
        await expect(vault.get('key')).rejects.toMatchObject({ code: 'vault.locked' });
        if (state.prompts > before) at.push(performance.now() - start);
        await new Promise(resolve => setTimeout(resolve, 1));
      }
      // 20, 40, 80 and 160 ms at least between them.
      const [first = 0, , , , fifth = 0] = at;
      expect(fifth - first).toBeGreaterThanOrEqual(300);
    });

    test('cannot be seen to be unlocked by a look that fails or does not end', async () => {
      for (const readable of [() => Promise.reject(new Error('no')), () => new Promise<never>(() => {})]) {
        const vault = keychainVault('test', entries({ says: 'unlock prompt was dismissed' }), { readable });
        for (let call = 0; call < 2; call++) {
          await expect(vault.get('key')).rejects.toMatchObject({ code: 'vault.locked' });
        }
      }
    });
  });

  test.each([
    ["Couldn't access platform storage: Secret Service: unlock prompt was dismissed", 'vault.locked'],
    ['Platform failure: DBus error: Cannot get secret of a locked object', 'vault.locked'],
    ["Couldn't access platform storage: User interaction is not allowed.", 'vault.locked'],
    ['Platform failure: User canceled the operation.', 'vault.locked'],
    ["Couldn't access platform storage: Secret Service: no result found", 'vault.unavailable'],
    ['Platform failure: DBus error: Did not receive a reply.', 'vault.unavailable'],
    ['Platform failure: DBus error: the object is unlocked', 'vault.unavailable'],
  ])('that says %j is %s', async (says, code) => {
    const vault = keychainVault('test', entries({ says }), { pause: 0 });
    await expect(vault.get('key')).rejects.toMatchObject({ code });
  });
});
