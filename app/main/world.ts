import type { Shell } from 'electron';
import { Fault } from '../../src/base/fault.ts';
import type { SecretVault, World } from '../../src/base/world.ts';
import { checkWebAddress, openInBrowser } from '../../src/node/browser.ts';
import { nodeWorld } from '../../src/node/world.ts';

type ClosableWorld = World & { close(): Promise<void> };

/** Node's World, but for the system's opener: Electron's is the one difference between the two hosts. */
export function desktopWorld(
  shell: Pick<Shell, 'openExternal'>,
): (folder: string, vault: SecretVault) => ClosableWorld {
  return (folder, vault) => ({
    ...nodeWorld(folder, vault),
    openBrowser: (url, program, say) =>
      program === undefined ? openOutside(shell, url) : openInBrowser(url, program, say),
  });
}

/** Opens a web address in the user's browser. Throws `sign-in.browser`. */
export async function openOutside(shell: Pick<Shell, 'openExternal'>, url: URL): Promise<void> {
  // Security 15: the system opens programs for other schemes, whatever a server put into its metadata.
  checkWebAddress(url);
  try {
    await shell.openExternal(url.href);
  } catch (cause) {
    throw new Fault('sign-in.browser', 'No browser could be started on this machine.', {
      remedy: 'Open the sign-in link yourself.',
      cause,
    });
  }
}
