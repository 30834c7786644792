import { Fault } from '../base/fault.ts';
import { isLoopbackHost } from '../base/text.ts';
import type { BridgeSettings, Transport } from '../broker/settings.ts';
import { expand, QUOTES, readNamed, type Surroundings, usage, type Words } from './argument-text.ts';
import { CLIENT_PLAIN_FLAGS, CLIENT_VALUE_FLAGS, readClientOptions } from './client-arguments.ts';
import {
  NETWORK_PLAIN_FLAGS,
  NETWORK_VALUE_FLAGS,
  readNetworkOptions,
  readPingInterval,
} from './network-arguments.ts';

export interface Parsed {
  settings: BridgeSettings;
  json: boolean;
  /** What was taken otherwise than it was written, for stderr. */
  notes: readonly string[];
}

const VALUE_FLAGS = new Set<string>([
  ...CLIENT_VALUE_FLAGS,
  ...NETWORK_VALUE_FLAGS,
  '--header',
  '--header-file',
  '--transport',
  '--ignore-tool',
  '--as',
]);
const PLAIN_FLAGS = new Set<string>([
  ...CLIENT_PLAIN_FLAGS,
  ...NETWORK_PLAIN_FLAGS,
  '--disable-cookies',
  '--debug',
  '--silent',
  '--json',
]);
/** mcp-remote's flags that Keybridge does not have yet: refused by name, never ignored. */
const NOT_BUILT = new Set<string>(['--protocol']);
const TRANSPORTS: readonly string[] = ['http-first', 'sse-first', 'http-only', 'sse-only'];

/**
 * Reads `<server-url> [callback-port] [flags]`, the command line of mcp-remote and ours. Throws
 * `usage.flag`, `usage.url` and `usage.not-built`, each naming what it is about and repeating no value:
 * a token may stand anywhere on a command line whose quotes were forgotten.
 */
export function parseArguments(argv: readonly string[], surroundings: Surroundings): Parsed {
  const words = sortWords(argv);
  const { places, values, flags } = words;
  const [address, _port, ...rest] = places;
  if (address === undefined) {
    throw new Fault('usage.url', 'The URL of the MCP server is missing.', {
      remedy: 'Write: keybridge https://server.example/mcp',
    });
  }
  if (rest.length > 0) throw usage(`There are ${rest.length + 2} arguments where two belong.`, QUOTES);
  const { env } = surroundings;
  const last = (name: string) => values.get(name)?.at(-1);
  const server = readServer(address, flags.has('--allow-http'));
  const lines = headerLines(values, surroundings);
  const pingInterval = readPingInterval(words);
  const notes: string[] = [];
  const browser = env.KEYBRIDGE_BROWSER || env.BROWSER;
  return {
    json: flags.has('--json'),
    notes,
    settings: {
      server: server.href,
      profile: readProfile(last('--as'), env),
      headers: readHeaders(lines, surroundings, notes),
      transport: readTransport(last('--transport')),
      ignoreTools: values.get('--ignore-tool') ?? [],
      client: readClientOptions(words, lines, surroundings),
      network: readNetworkOptions(words),
      ...(flags.has('--disable-cookies') ? { cookies: false } : {}),
      ...(pingInterval === undefined ? {} : { pingInterval }),
      ...(browser ? { browser } : {}),
      debug: flags.has('--debug'),
      silent: flags.has('--silent'),
    },
  };
}

/** The words of a command line by what they are. Throws `usage.flag`, and `usage.not-built` for a flag there is not yet. */
export function sortWords(argv: readonly string[]): Words {
  const places: string[] = [];
  const values = new Map<string, string[]>();
  const flags = new Set<string>();
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    if (!word.startsWith('--')) {
      places.push(word);
      continue;
    }
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    if (NOT_BUILT.has(name)) {
      throw new Fault(
        'usage.not-built',
        `${name} is a flag of mcp-remote that Keybridge does not have yet.`,
        {
          remedy: 'Leave it out, or stay with mcp-remote for this server for now.',
        },
      );
    }
    if (PLAIN_FLAGS.has(name)) {
      if (equals >= 0) throw usage(`${name} takes no value.`);
      flags.add(name);
    } else if (VALUE_FLAGS.has(name)) {
      const value = equals < 0 ? argv[++at] : word.slice(equals + 1);
      if (value === undefined) throw usage(`${name} wants a value.`);
      values.set(name, [...(values.get(name) ?? []), value]);
    } else {
      throw usage(`There is no flag ${/^--[\w-]{0,40}/.exec(name)?.[0]}.`);
    }
  }
  return { places, values, flags };
}

function readServer(address: string, allowHttp: boolean): URL {
  const url = URL.parse(address);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new Fault('usage.url', `${shown(address)} is not the URL of a server.`, {
      remedy: 'It begins with https://, for example https://server.example/mcp',
    });
  }
  if (url.username || url.password) {
    throw new Fault('usage.url', 'A URL must not carry a name or password.', {
      remedy: 'Give credentials with --header "Authorization: …" instead.',
    });
  }
  if (url.protocol === 'http:' && !allowHttp && !isLoopbackHost(url.hostname)) {
    throw new Fault('usage.url', `${url.origin} is plain http, where anyone on the way can read tokens.`, {
      remedy: 'Use https://, or add --allow-http if you trust every network between here and there.',
    });
  }
  url.hash = '';
  return url;
}

/** What of a mistaken address can be no secret: a scheme and the name of a host, in small letters. */
function shown(address: string): string {
  const [start] = /^(?:[a-z][a-z\d+.-]*:\/\/)?[a-z\d-]+(?:\.[a-z\d-]+)+(?::\d+)?(?:\/|$)/.exec(address) ?? [];
  if (start === undefined || start.length > 100) return 'The first argument';
  return `"${start}${address.length > start.length ? '…' : ''}"`;
}

/** Names of profiles become part of keys and of messages, so they are kept plain. */
function readProfile(text: string | undefined, env: Surroundings['env']): string {
  if (text === undefined) return 'default';
  // One command line for several accounts, told apart by what the host sets.
  const name = expand(text, env, '--as');
  if (!/^[\p{L}\p{N}][\p{L}\p{N}._@+-]{0,63}$/u.test(name)) {
    throw usage('--as wants a short name of letters, digits and . _ @ + -, at most 64 of them.');
  }
  return name;
}

function readTransport(name: string | undefined): Transport {
  if (name === undefined) return 'http-first';
  if (!TRANSPORTS.includes(name)) throw usage(`--transport is one of ${TRANSPORTS.join(', ')}.`);
  return name as Transport;
}

/** `Name: value` as the flags and the files have it. Throws `usage.flag`. */
export function headerLines(values: Words['values'], surroundings: Surroundings): string[] {
  const lines = [...(values.get('--header') ?? [])];
  for (const path of values.get('--header-file') ?? []) {
    const text = readNamed('--header-file', path, surroundings);
    for (const line of text.split(/\r?\n/).map(each => each.trim()))
      if (line !== '' && !line.startsWith('#')) lines.push(line);
  }
  return lines;
}

/**
 * The header fields to send; of a name the last counts. What was taken otherwise than written is added to
 * `notes`. Throws `usage.flag`, which repeats no value.
 */
export function readHeaders(
  lines: readonly string[],
  surroundings: Surroundings,
  notes: string[] = [],
): [string, string][] {
  const byName = new Map<string, [string, string]>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim();
    // The value may be a secret, so a fault names only what stands before the colon.
    if (colon <= 0 || !/^[\w!#$%&'*+.^`|~-]+$/.test(name)) throw usage('--header wants Name:Value.');
    const whole = expand(line.slice(colon + 1), surroundings.env, `header ${name}`);
    const value = withoutBlanks(whole.replace(/\r?\n$/, ''));
    if (/[^\t\P{Cc}]/u.test(value)) {
      throw usage(
        `The value of header ${name} has a line break or another control character in it, which no header can carry.`,
        'Take it out; one line break at its end does not matter.',
      );
    }
    if (/\n$/.test(whole))
      notes.push(`The value of header ${name} ended in a line break, which is left out.`);
    byName.set(name.toLowerCase(), [name, value]);
  }
  return [...byName.values()];
}

/** Without the spaces and tabs around it, which are no part of a field's value. RFC 9110 §5.5. */
function withoutBlanks(text: string): string {
  const isBlank = (sign: string | undefined) => sign === ' ' || sign === '\t';
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text[start])) start++;
  while (end > start && isBlank(text[end - 1])) end--;
  return text.slice(start, end);
}
