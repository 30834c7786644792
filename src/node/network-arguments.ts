import type { NetworkSettings } from '../base/world.ts';
import { usage, type Words } from './argument-text.ts';

/** The flags of the network that take a value, and those that take none. */
export const NETWORK_VALUE_FLAGS = ['--connect-timeout', '--headers-timeout', '--body-timeout'] as const;
export const NETWORK_PLAIN_FLAGS = ['--enable-proxy', '--ipv4'] as const;

/** Seconds beyond which a timer of Node's would go off at once. */
const MOST_SECONDS = 2_147_483;

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

/**
 * A number of seconds, mcp-remote's unit, as milliseconds: at least one of them, or none at all where 0 says
 * that there is no limit. Throws `usage.flag`.
 */
function readSeconds(flag: string, text: string | undefined, mayBeZero = false): number | undefined {
  if (text === undefined) return undefined;
  const seconds = text.trim() === '' ? Number.NaN : Number(text);
  if (mayBeZero && seconds === 0) return 0;
  if (seconds > 0 && seconds <= MOST_SECONDS) return Math.max(1, Math.round(seconds * 1000));
  const none = mayBeZero ? ', or 0 for no limit' : '';
  throw usage(`${flag} wants a number of seconds${none}.`, `For example: ${flag} 30`);
}
