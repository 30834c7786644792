import { readFileSync } from 'node:fs';
import { parseArguments } from './arguments.ts';
import { readNetwork } from './network.ts';
import { askedVault } from './vault-choice.ts';
import type { Greeting } from './wire.ts';

export type BridgeGreeting = Extract<Greeting, { kind: 'bridge' }>;

/** What a bridge tells the broker, from its command line and environment. Throws `usage.…`. */
export function readGreeting(argv: readonly string[]): BridgeGreeting {
  const { settings } = parseArguments(argv, {
    env: process.env,
    readFile: path => readFileSync(path, 'utf8'),
    platform: process.platform,
  });
  askedVault(process.env);
  return {
    kind: 'bridge',
    settings: { ...settings, network: { ...settings.network, ...readNetwork(process.env) } },
  };
}
