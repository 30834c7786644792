import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'vitest';
import { Broker } from '../../src/broker/broker.ts';
import { parseArguments } from '../../src/node/arguments.ts';
import { fileVault } from '../../src/node/vault-file.ts';
import { nodeWorld } from '../../src/node/world.ts';
import { memoryVault } from '../../src/tokens/memory-vault.ts';
import { equip, NO_BUS, textIn, useOnce } from '../support/equipped.ts';
import { leaks } from '../support/leaks.ts';
import { rawHost } from '../support/raw-host.ts';

describe.concurrent('without a keychain', test => {
  const MEMORY = 'Sign-ins last until Keybridge stops. To keep them in a file that only you can read, set';

  test('sign-ins last until Keybridge stops; stderr and status say so', async ({
    expect,
    onTestFinished,
  }) => {
    const { lab, installation } = await equip(onTestFinished, NO_BUS);
    const host = rawHost(installation, [lab.serverUrl]);
    await host.initialize();
    expect(textIn(await host.call('echo', { text: 'here' }))).toBe('here');
    expect(host.stderr).toContain(MEMORY);
    const { vault, servers } = await installation.status();
    expect(vault).toEqual({ kind: 'memory', note: expect.stringContaining(MEMORY) });
    expect(servers).toMatchObject([{ state: 'signed-in' }]);
    const { stdout } = await installation.run(['status']);
    expect(stdout).toContain('in memory only, until Keybridge stops');
    expect(stdout).toContain('KEYBRIDGE_VAULT=file and run `keybridge stop`');
    await host.leave();
    // Hosts come and go; the broker stays.
    expect(await useOnce({ installation, lab })).toBe('here');
    expect(installation.tabs()).toHaveLength(1);
    expect(existsSync(join(installation.home, 'grants.sealed'))).toBe(false);
    await installation.run(['stop']);
    expect(await useOnce({ installation, lab })).toBe('here');
    expect(installation.tabs()).toHaveLength(2);
  });

  test('the choice of a file is remembered by the next start', async ({ expect, onTestFinished }) => {
    const { lab, installation } = await equip(onTestFinished, NO_BUS);
    const login = await installation.run(['login', lab.serverUrl], { env: { KEYBRIDGE_VAULT: 'file' } });
    expect(login.code).toBe(0);
    expect(statSync(join(installation.home, 'key')).mode & 0o777).toBe(0o600);
    await installation.run(['stop']);

    const host = rawHost(installation, [lab.serverUrl]);
    await host.initialize();
    expect(textIn(await host.call('echo', { text: 'here' }))).toBe('here');
    expect(host.stderr).toBe('');
    expect(installation.tabs()).toHaveLength(1);
    expect((await installation.status()).vault).toEqual({ kind: 'file' });
    const { stdout } = await installation.run(['status']);
    expect(stdout).toContain('with the key in a file that only you can read');
    expect(leaks(lab.issuedSecrets(), { disk: installation.everythingOnDisk() })).toEqual([]);
  });

  test('asking for it by name is refused with cause and remedy', async ({ expect, onTestFinished }) => {
    const { lab, installation } = await equip(onTestFinished, { ...NO_BUS, KEYBRIDGE_VAULT: 'keychain' });
    const { code, stderr } = await installation.run(['login', lab.serverUrl]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/No keychain answers here\. .*KEYBRIDGE_VAULT=file/);
    const host = rawHost(installation, [lab.serverUrl]);
    const answer = await host.initialize();
    expect(answer.error?.message).toMatch(/No keychain answers here\. .*KEYBRIDGE_VAULT=file/);
    expect(await host.ended).toMatchObject({ code: 1 });
    expect(installation.tabs()).toEqual([]);
  });

  test('a choice that is none is a wrong command line', async ({ expect, onTestFinished }) => {
    const { lab, installation } = await equip(onTestFinished, { KEYBRIDGE_VAULT: 'safe' });
    for (const args of [[lab.serverUrl], ['login', lab.serverUrl]]) {
      const { code, stdout, stderr } = await installation.run(args);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toBe('keybridge: KEYBRIDGE_VAULT is keychain, memory or file, not "safe".\n');
    }
    // Nothing was started.
    expect(await installation.status()).toMatchObject({ running: false });
  });

  const VAULTS = [
    ['stays while its sign-ins would be lost', memoryVault, false],
    ['may end while they are on disk', fileVault, true],
  ] as const;
  test.for(VAULTS)('a broker that nobody is connected to %s', async ([_, vault, mayEnd], context) => {
    const { expect, onTestFinished } = context;
    const { lab, installation } = await equip(onTestFinished, {});
    const world = nodeWorld(installation.home, vault(installation.home));
    const options = { version: '0', pid: 0, home: '', vaultNote: () => undefined, stop: async () => {} };
    const broker = new Broker(world, options);
    onTestFinished(async () => {
      await broker.close();
      await world.close();
    });
    const { settings } = parseArguments([lab.serverUrl], {
      env: installation.env,
      readFile: () => '',
      platform: process.platform,
    });
    const account = { ...settings, network: {} };
    expect(await broker.mayEnd()).toBe(true);
    const states: string[] = [];
    for await (const event of broker.login(account)) {
      if (event.kind === 'signed-in') states.push(event.server.state);
    }
    expect(states).toEqual(['signed-in']);
    expect(await broker.mayEnd()).toBe(mayEnd);
    await broker.logout(account);
    expect(await broker.mayEnd()).toBe(true);
  });
});
