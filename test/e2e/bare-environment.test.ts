import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { follow } from '../../src/lab/browser.ts';
import { startLab } from '../../src/lab/lab.ts';
import { CAN_BE_BARE, RUNTIME, standIn, startBare } from '../support/bare.ts';
import { type Equipped, equip, startSession, textIn, useOnce } from '../support/equipped.ts';
import { until } from '../support/keybridge.ts';
import type { KeyringSession } from '../support/keyring-session.ts';
import { environmentOf } from '../support/processes.ts';
import { type RawHost, rawHost } from '../support/raw-host.ts';
import { describeWith } from '../support/system.ts';

const NEEDS = '(needs mount namespaces: root, or user namespaces for everybody)';
const title = (text: string) => (CAN_BE_BARE ? text : `${text} ${NEEDS}`);

interface Bare extends Equipped {
  home: string;
  /** Where the system's opener of web addresses writes down what it was started with. */
  opened: string;
  /** Starts a host's bridge with HOME, PATH and USER alone. */
  host(session?: KeyringSession): RawHost;
}

/** An installation in its default place, `~/.keybridge`, and a system with an opener of web addresses. */
async function prepare(env: Record<string, string> = {}, options = {}): Promise<Bare> {
  const lab = await startLab(options);
  const { installation } = await equip(onTestFinished, env, lab);
  onTestFinished(() => lab.close());
  const { env: full } = installation;
  delete full.KEYBRIDGE_HOME;
  const home = full.HOME ?? '';
  const programs = join(home, 'bin');
  const opened = join(home, 'opened');
  mkdirSync(programs, { recursive: true });
  writeFileSync(
    join(programs, 'xdg-open'),
    `#!/bin/sh\nenv > '${opened}.part'\nmv '${opened}.part' '${opened}'\nexec '${full.KEYBRIDGE_BROWSER}' "$1"\n`,
    { mode: 0o700 },
  );
  const three = { HOME: home, PATH: `${programs}${delimiter}${full.PATH}`, USER: full.USER ?? '' };
  return {
    lab,
    installation,
    home,
    opened,
    host: session => {
      const runtime = session?.env.XDG_RUNTIME_DIR;
      if (runtime) onTestFinished(standIn(runtime));
      const start = (args: readonly string[]) => {
        const child = startBare(args, three, runtime);
        onTestFinished(() => void child.kill('SIGKILL'));
        return child;
      };
      return rawHost({ ...installation, start }, [lab.serverUrl]);
    },
  };
}

describe.skipIf(!CAN_BE_BARE)(title('with HOME, PATH and USER alone'), () => {
  test('a bridge works, its state in ~/.keybridge', async () => {
    const { installation, home, host } = await prepare({}, { auth: false });
    const bridge = host();
    await bridge.initialize();
    expect(textIn(await bridge.call('echo', { text: 'bare' }))).toBe('bare');
    const { home: folder, pid, vault } = await installation.status();
    expect(folder).toBe(join(home, '.keybridge'));
    expect(vault.kind).toBe('memory');
    const names = environmentOf(pid).map(line => line.split('=')[0]);
    expect(names.filter(name => name !== 'PWD').sort()).toEqual(['HOME', 'KEYBRIDGE_HOME', 'PATH', 'USER']);
  });

  test('where there is no display the link is said, and followed by hand it completes the sign-in', async () => {
    const { installation, opened, host } = await prepare();
    const bridge = host();
    await bridge.initialize();
    const answer = bridge.call('echo', { text: 'by hand' });
    const link = await until('the link is said', () =>
      /opening this link in a browser: (\S+)/.exec(bridge.stderr),
    );
    expect((await follow(new URL(link?.[1] ?? ''))).status).toBe(200);
    expect(textIn(await answer)).toBe('by hand');
    expect(existsSync(opened)).toBe(false);
    expect(installation.tabs()).toEqual([]);
  });
});

describeWith('gnome-keyring', 'with HOME, PATH and USER alone, on a desktop', () => {
  describe.skipIf(!CAN_BE_BARE)(title(`whose session is in ${RUNTIME}`), () => {
    test('the keychain is found, and in it the key of a sign-in from a full environment', async () => {
      const session = await startSession(onTestFinished);
      await session.unlock();
      const { lab, installation, host } = await prepare({
        XDG_RUNTIME_DIR: session.env.XDG_RUNTIME_DIR ?? '',
      });
      const login = await installation.run(['login', lab.serverUrl]);
      expect([login.code, login.stderr]).toEqual([0, '']);
      await installation.run(['stop']);

      const bridge = host(session);
      await bridge.initialize();
      expect(textIn(await bridge.call('echo', { text: 'bare' }))).toBe('bare');
      const { pid, vault } = await installation.status();
      expect(vault).toEqual({ kind: 'keychain' });
      expect(environmentOf(pid).filter(line => /^(XDG_|DBUS_)/.test(line))).toEqual([]);
      expect(installation.tabs()).toHaveLength(1);
      expect(lab.authorization.counters).toMatchObject({ registrations: 1, codeExchanges: 1 });
    });

    test('the browser is found, and the sign-in it completes is there for a full environment', async () => {
      const session = await startSession(onTestFinished);
      await session.unlock();
      const runtime = session.env.XDG_RUNTIME_DIR ?? '';
      writeFileSync(join(runtime, 'wayland-0'), '');
      const { lab, installation, opened, host } = await prepare({ XDG_RUNTIME_DIR: runtime });
      const bridge = host(session);
      await bridge.initialize();
      expect(textIn(await bridge.call('echo', { text: 'bare' }))).toBe('bare');
      expect(readFileSync(opened, 'utf8').split('\n')).toEqual(
        expect.arrayContaining([
          'WAYLAND_DISPLAY=wayland-0',
          `XDG_RUNTIME_DIR=${RUNTIME}`,
          `DBUS_SESSION_BUS_ADDRESS=unix:path=${RUNTIME}/bus`,
        ]),
      );
      await bridge.leave();
      await installation.run(['stop']);
      expect(await session.items()).toHaveLength(1);
      expect(await useOnce({ installation, lab })).toBe('here');
      expect(lab.authorization.counters).toMatchObject({ registrations: 1, codeExchanges: 1 });
    });
  });
});
