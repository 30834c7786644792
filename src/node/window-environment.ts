import type { WindowEnvironment } from '../api/contract.ts';
import { Fault } from '../base/fault.ts';
import { readNetwork } from './network.ts';

/** How an environment has the network reached. Certificates that cannot be read are said, and nothing fails for it. */
export function environmentOf(env: Readonly<Record<string, string | undefined>>): WindowEnvironment {
  const { NODE_EXTRA_CA_CERTS: extraCaFile, ...rest } = env;
  const named = extraCaFile ? { extraCaFile } : {};
  try {
    return { network: readNetwork(env), ...named };
  } catch (error) {
    return { network: readNetwork(rest), ...named, trouble: Fault.of(error).toJSON() };
  }
}
