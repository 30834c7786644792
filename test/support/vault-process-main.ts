import { createInterface } from 'node:readline';
import { Fault, type FaultJson } from '../../src/base/fault.ts';
import { endProcess, type OpenedVault, openVault } from '../../src/node/keyring.ts';
import type { KeychainVault } from '../../src/node/vault-keychain.ts';

/** A call to the vault of this process, one per line of stdin. Bytes are hexadecimal. */
export interface VaultCall {
  id: number;
  method: 'open' | 'get' | 'set' | 'delete' | 'pending' | 'end';
  name: string;
  secret?: string;
}

export type VaultAnswer = { id: number; value: unknown } | { id: number; fault: FaultJson };

const [home = '', settings = '{}'] = process.argv.slice(2);
const { kind, ...options } = JSON.parse(settings);
let opened: OpenedVault | undefined;

async function perform({ method, name, secret = '' }: VaultCall): Promise<unknown> {
  if (method === 'end') endProcess(0);
  if (method === 'open') {
    opened = await openVault(kind, home, options);
    return { kind: opened.vault.kind, reason: opened.reason };
  }
  const vault = opened?.vault;
  if (!vault) throw new Fault('internal', 'The vault is not open.');
  if (method === 'pending') return (vault as KeychainVault).pending;
  if (method === 'set') return vault.set(name, Uint8Array.from(Buffer.from(secret, 'hex')));
  if (method === 'delete') return vault.delete(name);
  const found = await vault.get(name);
  return found ? Buffer.from(found).toString('hex') : null;
}

createInterface({ input: process.stdin }).on('line', async line => {
  const call = JSON.parse(line) as VaultCall;
  const answer: VaultAnswer = await perform(call).then(
    value => ({ id: call.id, value: value ?? null }),
    error => ({ id: call.id, fault: Fault.of(error).toJSON() }),
  );
  process.stdout.write(`${JSON.stringify(answer)}\n`);
});
