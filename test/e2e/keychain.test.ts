import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext } from 'vitest';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { type Clean, equip, startSession, textIn, useOnce } from '../support/equipped.ts';
import { type Installation, until } from '../support/keybridge.ts';
import { leaks } from '../support/leaks.ts';
import { faultIn, type RawHost, rawHost } from '../support/raw-host.ts';
import { describeWith } from '../support/system.ts';
import { openVaultIn } from '../support/vault-process.ts';

/** Milliseconds in which a host has its answer to `initialize` from a broker that has to be started; half of it to spare. */
const PROMPTLY = 4_000;
/** Milliseconds after which a request that waits gets the reason, and some to spare. */
const REASON = 49_000;
/** Milliseconds until a keychain that was unlocked by hand is looked at again, and some to spare. */
const LOOK = 10_000;
/** Milliseconds until a prompt that was refused is put up again, and some to spare. */
const ASK_AGAIN = 25_000;

/** Signs in, ends the broker and locks the keychain. */
async function startLocked(clean: Clean) {
  const session = await startSession(clean);
  await session.unlock();
  const { lab, installation } = await equip(clean, session.env);
  await useOnce({ installation, lab });
  await installation.run(['stop']);
  await session.lock();
  return { session, lab, installation, file: sealedFile(installation) };
}

function sealedFile({ home }: Installation): string {
  return readFileSync(join(home, 'grants.sealed'), 'hex');
}

/** A host whose `initialize` was answered in good time. */
async function promptHost(installation: Installation, lab: Lab, expect: TestContext['expect']) {
  const host = rawHost(installation, [lab.serverUrl]);
  const began = performance.now();
  const { result } = await host.initialize();
  expect(performance.now() - began).toBeLessThan(PROMPTLY);
  expect(result).toHaveProperty('protocolVersion', '2025-11-25');
  return host;
}

const saysLocked = (host: RawHost) =>
  until('the host’s log says why', () => /keychain.*[Uu]nlock it/.test(host.stderr));

describeWith('gnome-keyring', 'with a real gnome-keyring', () => {
  describe.concurrent('unlocked', test => {
    test('a sign-in outlives the broker, its key in the keychain and nothing readable on disk', async ({
      expect,
      onTestFinished,
    }) => {
      const session = await startSession(onTestFinished);
      await session.unlock();
      const { lab, installation } = await equip(onTestFinished, session.env);
      expect(await useOnce({ installation, lab })).toBe('here');
      await installation.run(['stop']);

      expect(await session.items()).toHaveLength(1);
      const { vault, kill } = await openVaultIn(session.env, installation.home);
      const key = await vault.get('key');
      await kill();
      expect(key).toHaveLength(32);
      const secrets = [...lab.issuedSecrets(), ...['hex', 'base64', 'base64url'].map(as => text(key, as))];
      expect(secrets.length).toBeGreaterThan(5);
      expect(leaks(secrets, { disk: installation.everythingOnDisk() })).toEqual([]);
      expect(statSync(join(installation.home, 'grants.sealed')).mode & 0o777).toBe(0o600);

      expect(await useOnce({ installation, lab })).toBe('here');
      expect(installation.tabs()).toHaveLength(1);
      expect(lab.authorization.counters).toMatchObject({ registrations: 1, codeExchanges: 1 });
      expect((await installation.status()).vault).toEqual({ kind: 'keychain' });
      const { stdout } = await installation.run(['status']);
      expect(stdout).toContain("Sign-ins are kept sealed, with the key in the system's keychain.");
    });

    test('two state folders have two keys', async ({ expect, onTestFinished }) => {
      const session = await startSession(onTestFinished);
      await session.unlock();
      const { lab, installation: one } = await equip(onTestFinished, session.env);
      const { installation: other } = await equip(onTestFinished, session.env, lab);
      const both = [one, other];
      for (const installation of both) await useOnce({ installation, lab });
      expect(await session.items()).toHaveLength(2);
      const keys = both.map(async ({ home }) => {
        const { vault, kill } = await openVaultIn(session.env, home);
        const key = await vault.get('key');
        await kill();
        return text(key, 'hex');
      });
      expect(new Set(await Promise.all(keys)).size).toBe(2);
      for (const installation of both) await installation.run(['stop']);
      for (const installation of both) expect(await useOnce({ installation, lab })).toBe('here');
      expect(both.map(installation => installation.tabs().length)).toEqual([1, 1]);
    });
  });

  describe.concurrent('locked', test => {
    test('a host is answered at once, its request waits and is told why, and works once it is unlocked', async ({
      expect,
      onTestFinished,
    }) => {
      const { session, lab, installation, file } = await startLocked(onTestFinished);
      const host = await promptHost(installation, lab, expect);
      const began = performance.now();
      const refused = host.ask('tools/call', { name: 'echo', arguments: { text: 'early' } }, REASON);
      await saysLocked(host);

      const { vault, servers } = await installation.status();
      expect(vault.kind).toBe('keychain');
      expect(vault.note).toMatch(/^Your keychain is locked .* Unlock it/);
      expect(servers).toMatchObject([{ server: lab.serverUrl, state: 'unknown', hosts: ['raw-host'] }]);
      const { code, stdout } = await installation.run(['status']);
      expect([code, stdout]).toEqual([0, expect.stringContaining('Your keychain is locked')]);
      expect(stdout).not.toContain('not signed in');
      const logout = await installation.run(['logout', lab.serverUrl]);
      expect([logout.code, logout.stderr]).toEqual([1, expect.stringContaining('Your keychain is locked')]);

      const fault = faultIn(await refused);
      expect(performance.now() - began).toBeGreaterThan(30_000);
      expect(fault).toMatchObject({
        code: 'vault.locked',
        message: expect.stringMatching(/keychain is locked/),
      });
      expect(fault?.remedy).toMatch(/Unlock it/);
      expect(host.stdout + host.stderr).not.toMatch(/sign in|login/i);
      expect(installation.tabs()).toHaveLength(1);
      expect(lab.authorization.counters.registrations).toBe(1);
      expect(sealedFile(installation)).toBe(file);

      await session.unlock();
      const answer = await host.ask('tools/call', { name: 'echo', arguments: { text: 'late' } }, LOOK);
      expect(textIn(answer)).toBe('late');
      expect(await installation.status()).toMatchObject({
        vault: { kind: 'keychain' },
        servers: [{ state: 'signed-in' }],
      });
      expect((await installation.status()).vault).not.toHaveProperty('note');
      expect(installation.tabs()).toHaveLength(1);
      expect(lab.authorization.counters).toMatchObject({ registrations: 1, codeExchanges: 1 });
    }, 90_000);

    test('a request that waits is answered once it is unlocked, and the host hears of the lists', async ({
      expect,
      onTestFinished,
    }) => {
      const { session, lab, installation } = await startLocked(onTestFinished);
      const host = await promptHost(installation, lab, expect);
      const answer = host.ask('tools/call', { name: 'echo', arguments: { text: 'patience' } }, LOOK);
      await saysLocked(host);
      await session.unlock();
      expect(textIn(await answer)).toBe('patience');
      await host.hears(
        'the tools may be others',
        ({ method }) => method === 'notifications/tools/list_changed',
      );
      expect(installation.tabs()).toHaveLength(1);
    });

    test('while its prompt stands nothing waits but what needs it, and Keybridge can be stopped', async ({
      expect,
      onTestFinished,
    }) => {
      const { session, lab, installation } = await startLocked(onTestFinished);
      const endPrompts = await session.holdPrompts();
      const host = await promptHost(installation, lab, expect);
      await saysLocked(host);
      expect((await installation.status()).vault).toMatchObject({
        kind: 'keychain',
        note: expect.stringMatching(/keychain.*Unlock it/),
      });
      expect((await installation.run(['stop'])).code).toBe(0);
      await endPrompts();
      await session.unlock();
      // Its own broker was stopped; the request brings the next.
      expect(textIn(await host.call('echo', { text: 'again' }))).toBe('again');
      expect(installation.tabs()).toHaveLength(1);
    });

    test('at the very first start nobody is asked to sign in before the sign-in can be kept', async ({
      expect,
      onTestFinished,
    }) => {
      const session = await startSession(onTestFinished);
      await session.unlock();
      const other = await openVaultIn(session.env, '/somewhere-else');
      await other.vault.set('key', new Uint8Array(32));
      await other.kill();
      await session.lock();
      const { lab, installation } = await equip(onTestFinished, session.env);
      const host = await promptHost(installation, lab, expect);
      const answer = host.ask('tools/call', { name: 'echo', arguments: { text: 'first' } }, ASK_AGAIN);
      await saysLocked(host);
      expect(installation.tabs()).toEqual([]);
      await session.unlock();
      expect(textIn(await answer)).toBe('first');
      await installation.run(['stop']);
      expect(await useOnce({ installation, lab })).toBe('here');
      expect(installation.tabs()).toHaveLength(1);
    }, 40_000);

    test('a login says what it waits for, and goes on once it is unlocked', async ({
      expect,
      onTestFinished,
    }) => {
      const { session, lab, installation } = await startLocked(onTestFinished);
      const child = installation.start(['login', lab.serverUrl]);
      let said = '';
      child.stdout?.on('data', chunk => {
        said += chunk;
      });
      const ended = new Promise(resolve => child.once('close', resolve));
      await until('it says why it waits', () => said.includes('Your keychain is locked'));
      await session.unlock();
      expect(await ended).toBe(0);
      expect(said).toContain('It works.');
      expect(installation.tabs()).toHaveLength(1);
    });

    test('in the middle of a session it costs nothing, not even a renewed token', async ({
      expect,
      onTestFinished,
    }) => {
      const session = await startSession(onTestFinished);
      await session.unlock();
      const lab = await startLab({ tokenLife: 2 });
      const { installation } = await equip(onTestFinished, session.env, lab);
      onTestFinished(() => lab.close());
      const host = rawHost(installation, [lab.serverUrl]);
      await host.initialize();
      expect(textIn(await host.call('echo', { text: 'before' }))).toBe('before');
      await session.lock();
      const { refreshes } = lab.authorization.counters;
      await until('the token was renewed', async () => {
        expect(textIn(await host.call('echo', { text: 'locked' }))).toBe('locked');
        return lab.authorization.counters.refreshes > refreshes;
      });
      await useOnce({ installation, lab });
      expect((await installation.status()).servers).toMatchObject([{ state: 'signed-in' }]);
      await installation.run(['stop']);
      await session.unlock();
      // The refresh token on disk is the last one: an earlier one would end the grant.
      expect(await useOnce({ installation, lab })).toBe('here');
      expect(installation.tabs()).toHaveLength(1);
    });
  });

  describe.concurrent('a secret service that never answers', test => {
    test('is no keychain: sign-ins last until Keybridge stops, and it says so', async ({
      expect,
      onTestFinished,
    }) => {
      const session = await startSession(onTestFinished);
      await session.hang();
      const { lab, installation } = await equip(onTestFinished, session.env);
      const host = rawHost(installation, [lab.serverUrl]);
      await host.initialize();
      expect(textIn(await host.call('echo', { text: 'here' }))).toBe('here');
      await until('it says so', () => host.stderr.includes('Sign-ins last until Keybridge stops.'));
      expect((await installation.status()).vault.kind).toBe('memory');
    });
  });
});

function text(bytes: Uint8Array | undefined, as: string): string {
  return Buffer.from(bytes ?? []).toString(as as BufferEncoding);
}
