import { createCipheriv, randomBytes } from 'node:crypto';
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
    encrypt,
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

/** AES-256-GCM, its tag behind the rest as Web Cryptography has it. */
function encrypt(key: Uint8Array, nonce: Uint8Array, header: Uint8Array, bytes: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(header);
  return new Uint8Array(Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]));
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
