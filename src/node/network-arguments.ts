import type { NetworkSettings } from '../base/world.ts';
import { readSeconds, type Words } from './argument-text.ts';

/** The flags of the network that take a value, and those that take none. */
export const NETWORK_VALUE_FLAGS = [
  '--connect-timeout',
  '--headers-timeout',
  '--body-timeout',
  '--ping-interval',
] as const;
export const NETWORK_PLAIN_FLAGS = ['--enable-proxy', '--ipv4', '--keep-alive'] as const;

/** Milliseconds between two pings when only `--keep-alive` is given. */
const PING_INTERVAL = 30_000;

/** What the command line says of the network. Throws `usage.flag`. */
export function readNetworkOptions({ values, flags }: Words): NetworkSettings {
  const last = (name: string) => values.get(name)?.at(-1);
  const connectTimeout = readSeconds('--connect-timeout', last('--connect-timeout'));
  const headersTimeout = readSeconds('--headers-timeout', last('--headers-timeout'), true);
  const bodyTimeout = readSeconds('--body-timeout', last('--body-timeout'), true);
  return {
    ...(connectTimeout === undefined ? {} : { connectTimeout }),
    ...(headersTimeout === undefined ? {} : { headersTimeout }),
    ...(bodyTimeout === undefined ? {} : { bodyTimeout }),
    ...(flags.has('--ipv4') ? { ipv4: true } : {}),
  };
}

/** Milliseconds between two pings; the interval alone asks for them too. Throws `usage.flag`. */
export function readPingInterval({ values, flags }: Words): number | undefined {
  const interval = readSeconds('--ping-interval', values.get('--ping-interval')?.at(-1));
  return interval ?? (flags.has('--keep-alive') ? PING_INTERVAL : undefined);
}
