import { randomBytes } from 'node:crypto';
import { Scheduler } from '../base/scheduler.ts';
import type { SecretVault, World } from '../base/world.ts';
import { openInBrowser } from './browser.ts';
import { callbackListener } from './callback.ts';
import { createDialler } from './dial.ts';
import { folderFiles } from './files.ts';

/** The World of a plain Node process. */
export function nodeWorld(folder: string, vault: SecretVault): World & { close(): Promise<void> } {
  const scheduler = new Scheduler(work => void setImmediate(work), processorTime);
  const dialler = createDialler({ scheduler });
  return {
    dial: dialler.dial,
    now: () => Date.now(),
    random: bytes => new Uint8Array(randomBytes(bytes)),
    sleep,
    scheduler,
    openBrowser: openInBrowser,
    listenForCallback: callbackListener(),
    vault,
    files: folderFiles(folder),
    close: () => dialler.close(),
  };
}

/** Milliseconds this process has computed. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Rejects with the signal's own reason: most waits are given up, and an error made for each costs more than they do. */
function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
