import { readFileSync } from 'node:fs';
import { parseArguments } from './arguments.ts';
import { readNetwork } from './network.ts';
import { printError } from './terminal.ts';
import { askedVault } from './vault-choice.ts';
import type { Greeting } from './wire.ts';

export type BridgeGreeting = Extract<Greeting, { kind: 'bridge' }>;

/** For whoever starts a bridge in a terminal. */
const NEWCOMER = [
  'This is the bridge that a host, such as Claude Desktop, starts by itself; it now waits for JSON-RPC to be typed in. Ctrl+C ends it.',
  '`keybridge login <server-url>` signs in, `keybridge open` opens the window, which gives the entry for a host, `keybridge --help` lists the rest.',
];

/**
 * What a bridge tells the broker, from its command line and environment; what a user should know of them is said on
 * stderr. Throws `usage.…`.
 */
export function readGreeting(argv: readonly string[]): BridgeGreeting {
  const { settings, notes } = parseArguments(argv, {
    env: process.env,
    readFile: path => readFileSync(path, 'utf8'),
    platform: process.platform,
  });
  askedVault(process.env);
  const said = process.stdin.isTTY ? [...notes, ...NEWCOMER] : notes;
  if (!settings.silent) for (const sentence of said) printError(`keybridge: ${sentence}\n`);
  return {
    kind: 'bridge',
    settings: { ...settings, network: { ...settings.network, ...readNetwork(process.env) } },
  };
}
