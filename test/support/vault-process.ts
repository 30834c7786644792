import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Fault, type FaultJson } from '../../src/base/fault.ts';
import type { SecretVault } from '../../src/base/world.ts';
import type { KeychainOptions } from '../../src/node/vault-keychain.ts';
import type { VaultAnswer, VaultCall } from './vault-process-main.ts';

export interface VaultProcess {
  /** What `openVault` gave; its methods run in the process. */
  vault: SecretVault;
  reason: string | undefined;
  /** Whether a call of the library has not come back. */
  pending(): Promise<boolean>;
  /** Has the process end itself by `endProcess`; resolves when it is gone. */
  end(): Promise<void>;
  /** Ends it from outside. */
  kill(): Promise<void>;
}

/**
 * Runs `openVault` in a process with an environment of its own: the D-Bus library reads its environment
 * once in the life of a process.
 */
export async function openVaultIn(
  env: Record<string, string>,
  home: string,
  options: { kind?: SecretVault['kind'] } & KeychainOptions = {},
): Promise<VaultProcess> {
  const main = fileURLToPath(new URL('vault-process-main.ts', import.meta.url));
  const child = spawn(process.execPath, [main, home, JSON.stringify(options)], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (reason: unknown) => void }>();
  createInterface({ input: child.stdout }).on('line', line => {
    const answer = JSON.parse(line) as VaultAnswer;
    const call = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ('fault' in answer) call?.reject(Fault.from(answer.fault as FaultJson));
    else call?.resolve(answer.value);
  });
  void exited.then(() => {
    for (const { reject } of waiting.values()) reject(new Error('The process with the vault has ended.'));
  });
  let last = 0;
  const send = (method: VaultCall['method'], name = '', secret?: Uint8Array) =>
    new Promise<unknown>((resolve, reject) => {
      const id = ++last;
      waiting.set(id, { resolve, reject });
      const hex = secret === undefined ? {} : { secret: Buffer.from(secret).toString('hex') };
      child.stdin.write(`${JSON.stringify({ id, method, name, ...hex } satisfies VaultCall)}\n`);
    });
  const kill = async () => {
    if (running(child)) child.kill('SIGKILL');
    await exited;
  };
  const opened = await send('open').catch(async error => {
    await kill();
    throw error;
  });
  const { kind, reason } = opened as { kind: SecretVault['kind']; reason?: string };
  return {
    reason,
    vault: {
      kind,
      async get(name) {
        const hex = (await send('get', name)) as string | null;
        return hex === null ? undefined : Uint8Array.from(Buffer.from(hex, 'hex'));
      },
      async set(name, secret) {
        await send('set', name, secret);
      },
      async delete(name) {
        await send('delete', name);
      },
    },
    pending: async () => (await send('pending')) as boolean,
    async end() {
      void send('end').catch(() => {});
      await exited;
    },
    kill,
  };
}

function running(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}
