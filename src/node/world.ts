import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SecretVault, World } from '../base/world.ts';
import { openInBrowser } from './browser.ts';
import { callbackListener } from './callback.ts';
import { createDialler } from './dial.ts';
import { folderFiles } from './files.ts';

/** The World of a plain Node process. */
export function nodeWorld(folder: string, vault: SecretVault): World & { close(): Promise<void> } {
  const dialler = createDialler();
  return {
    dial: dialler.dial,
    now: () => Date.now(),
    random: bytes => new Uint8Array(randomBytes(bytes)),
    sleep: async (ms, signal) => {
      await sleep(ms, undefined, signal ? { signal } : {});
    },
    openBrowser: openInBrowser,
    listenForCallback: callbackListener(),
    vault,
    files: folderFiles(folder),
    close: () => dialler.close(),
  };
}
