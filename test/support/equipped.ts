import type { TestContext } from 'vitest';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { type Installation, install } from './keybridge.ts';
import { type KeyringSession, startKeyringSession } from './keyring-session.ts';
import { type Heard, rawHost } from './raw-host.ts';

/** Registers what is to be done at a test's end: concurrent tests have each their own. */
export type Clean = TestContext['onTestFinished'];

export interface Equipped {
  lab: Lab;
  installation: Installation;
}

/** Variables of a machine without a session bus, whatever this machine has. */
export const NO_BUS: Readonly<Record<string, string>> = {
  DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere/bus',
};

/** An installation that chooses its vault as for a user who said nothing, with a lab of its own or a given one. */
export async function equip(
  clean: Clean,
  env: Readonly<Record<string, string>>,
  given?: Lab,
): Promise<Equipped> {
  const lab = given ?? (await startLab());
  const installation = install({ KEYBRIDGE_VAULT: '', ...env });
  clean(async () => {
    await installation.close();
    if (!given) await lab.close();
  });
  return { lab, installation };
}

/** A D-Bus session with a gnome-keyring in it, for one test. */
export async function startSession(clean: Clean): Promise<KeyringSession> {
  const session = await startKeyringSession();
  clean(() => session.close());
  return session;
}

/** Connects a host, has it call a tool that says `here`, and lets it go: what the tool said. */
export async function useOnce({ installation, lab }: Equipped): Promise<string | undefined> {
  const host = rawHost(installation, [lab.serverUrl]);
  await host.initialize();
  const said = textIn(await host.call('echo', { text: 'here' }));
  await host.leave();
  return said;
}

/** The text of a tool's answer; `undefined` for an error. */
export function textIn({ result }: Heard): string | undefined {
  return (result?.content as { text: string }[] | undefined)?.map(({ text }) => text).join('');
}
