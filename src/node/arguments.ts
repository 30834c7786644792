import { Fault } from '../base/fault.ts';
import { asString, isObject, type JsonObject, parseJson } from '../base/json.ts';
import { isLoopbackHost, plain } from '../base/text.ts';
import type { BridgeSettings, Transport } from '../broker/settings.ts';
import type { StaticClient } from '../oauth/client-options.ts';

/** What a command line reads from its surroundings; passed in so that parsing is a pure function. */
export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  /** Reads a text file named on the command line. May throw. */
  readFile(path: string): string;
  platform: string;
}

export interface Parsed {
  settings: BridgeSettings;
  json: boolean;
}

const VALUE_FLAGS = new Set([
  '--header',
  '--header-file',
  '--transport',
  '--host',
  '--callback-path',
  '--resource',
  '--authorize-param',
  '--static-oauth-client-metadata',
  '--static-oauth-client-info',
  '--client-metadata-url',
  '--ignore-tool',
  '--as',
]);
const PLAIN_FLAGS = new Set([
  '--allow-http',
  '--assume-pkce',
  '--allow-private',
  '--enable-proxy',
  '--debug',
  '--silent',
  '--json',
]);
/** mcp-remote's flags that Keybridge does not have yet: refused by name, never ignored. */
const NOT_BUILT = new Set([
  '--protocol',
  '--keep-alive',
  '--ping-interval',
  '--disable-cookies',
  '--connect-timeout',
  '--headers-timeout',
  '--body-timeout',
  '--ipv4',
  '--auth-timeout',
  '--auth-success-url',
  '--disable-resource-parameter',
  '--use-id-token',
  '--device-code',
  '--client-credentials',
  '--token-endpoint',
]);
const TRANSPORTS: readonly string[] = ['http-first', 'sse-first', 'http-only', 'sse-only'];

/**
 * Reads `<server-url> [callback-port] [flags]`, the command line of mcp-remote and ours. Throws
 * `usage.flag`, `usage.url` and `usage.not-built`, each naming what it is about and repeating no value:
 * a token may stand anywhere on a command line whose quotes were forgotten.
 */
export function parseArguments(argv: readonly string[], surroundings: Surroundings): Parsed {
  const { places, values, flags } = split(argv);
  const [address, port, ...rest] = places;
  if (address === undefined) {
    throw new Fault('usage.url', 'The URL of the MCP server is missing.', {
      remedy: 'Write: keybridge https://server.example/mcp',
    });
  }
  if (rest.length > 0) throw usage(`There are ${rest.length + 2} arguments where two belong.`, QUOTES);
  const { env } = surroundings;
  const last = (name: string) => values.get(name)?.at(-1);
  const allowHttp = flags.has('--allow-http');
  const server = readServer(address, allowHttp);
  const callback = readCallback(port, last('--host'), last('--callback-path'), surroundings.platform);
  const resource = last('--resource')?.trim();
  const metadata = last('--static-oauth-client-metadata');
  const info = last('--static-oauth-client-info');
  const browser = env.KEYBRIDGE_BROWSER || env.BROWSER;
  return {
    json: flags.has('--json'),
    settings: {
      server: server.href,
      profile: readProfile(last('--as')),
      headers: readHeaders(values, surroundings),
      transport: readTransport(last('--transport')),
      ignoreTools: values.get('--ignore-tool') ?? [],
      client: {
        allowHttp,
        assumePkce: flags.has('--assume-pkce'),
        allowPrivate: flags.has('--allow-private'),
        ...(resource === undefined ? {} : { resource: readResource(resource) }),
        ...(values.has('--authorize-param')
          ? { authorizeParams: readParams(values.get('--authorize-param') ?? []) }
          : {}),
        ...(metadata === undefined
          ? {}
          : { clientMetadata: readObject('--static-oauth-client-metadata', metadata, surroundings) }),
        ...(info === undefined ? {} : { staticClient: readStaticClient(info, surroundings) }),
        ...(values.has('--client-metadata-url')
          ? { clientMetadataUrl: readMetadataUrl(last('--client-metadata-url') ?? '') }
          : {}),
        ...(callback ? { callback } : {}),
      },
      network: {},
      ...(browser ? { browser } : {}),
      debug: flags.has('--debug'),
      silent: flags.has('--silent'),
    },
  };
}

function split(argv: readonly string[]) {
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

const QUOTES = 'The URL and a port; a value with a space in it, such as a header, wants quotes around it.';

function usage(message: string, remedy = '`keybridge --help` lists them all.'): Fault {
  return new Fault('usage.flag', message, { remedy });
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
function readProfile(name: string | undefined): string {
  if (name === undefined) return 'default';
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

/**
 * The callback a registration names. A port alone means what it means to mcp-remote, so that a client
 * registered for that still fits: http://localhost:<port>/oauth/callback.
 */
function readCallback(
  port: string | undefined,
  host: string | undefined,
  path: string | undefined,
  platform: string,
) {
  if (port === undefined && host === undefined && path === undefined) return undefined;
  const number = port === undefined ? undefined : Number(port);
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) > 0 && Number(port) < 65_536)) {
    throw usage('The callback port is a number from 1 to 65535, the only other argument.', QUOTES);
  }
  if (host !== undefined && !isOwnName(host)) {
    throw usage('--host is a name of this machine itself: localhost, 127.0.0.1 or ::1.');
  }
  if (path !== undefined && !/^\/[\w\-./~]*$/.test(path))
    throw usage(`--callback-path is a path that begins with "/".`);
  return {
    host: host ?? (platform === 'win32' ? '127.0.0.1' : 'localhost'),
    path: path ?? '/oauth/callback',
    ...(number === undefined ? {} : { port: number }),
  };
}

/** The name becomes part of a redirect URI, so nothing else may be in it. */
function isOwnName(host: string): boolean {
  const name = host === '::1' ? '[::1]' : host;
  if (/^(?:[a-z\d][a-z\d-]*\.)*localhost$/.test(name)) return true;
  return /^[[\d]/.test(name) && URL.parse(`http://${name}/`)?.host === name && isLoopbackHost(name);
}

function readResource(resource: string): string {
  if (resource !== '' && (!URL.canParse(resource) || resource.includes('#'))) {
    throw usage('--resource wants an absolute URI without a fragment (RFC 8707 §2).');
  }
  return resource;
}

function readMetadataUrl(text: string): string {
  const url = URL.parse(text.trim());
  if (url?.protocol !== 'https:' || url.pathname === '/' || url.hash || url.username || url.password) {
    throw usage('--client-metadata-url wants an https URL with a path.');
  }
  return text.trim();
}

/** Parameters the flow sets by itself; another value would only break it. */
const OWN_PARAMS = [
  'client_id',
  'redirect_uri',
  'response_type',
  'state',
  'code_challenge',
  'code_challenge_method',
];

function readParams(texts: readonly string[]): Record<string, string> {
  const pairs = texts.map(text => {
    const equals = text.indexOf('=');
    const name = text.slice(0, equals);
    if (equals <= 0) throw usage('--authorize-param wants name=value.');
    if (OWN_PARAMS.includes(name)) throw usage(`--authorize-param cannot set ${name}: the sign-in sets it.`);
    return [name, text.slice(equals + 1)] as const;
  });
  return Object.fromEntries(pairs);
}

function readHeaders(
  values: ReadonlyMap<string, readonly string[]>,
  surroundings: Surroundings,
): [string, string][] {
  const lines = [...(values.get('--header') ?? [])];
  for (const path of values.get('--header-file') ?? []) {
    const text = readNamed('--header-file', path, surroundings);
    lines.push(...text.split(/\r?\n/).filter(line => line.trim() !== '' && !line.startsWith('#')));
  }
  const byName = new Map<string, [string, string]>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim();
    // The value may be a secret, so a fault names only what stands before the colon.
    if (colon <= 0 || !/^[\w!#$%&'*+.^`|~-]+$/.test(name)) throw usage('--header wants Name:Value.');
    const value = expand(line.slice(colon + 1).trim(), surroundings.env, `header ${name}`);
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value))
      throw usage(`The value of header ${name} has characters no header can carry.`);
    byName.set(name.toLowerCase(), [name, value]);
  }
  return [...byName.values()];
}

/** `${VAR}` becomes the variable's value, so that secrets stay out of argument lists. */
function expand(text: string, env: Surroundings['env'], where: string): string {
  return text.replace(/\$\{([^}]+)\}/g, (_whole, name: string) => {
    const value = env[name];
    // Not `undefined`: an environment has properties of every object too, such as toString.
    if (typeof value !== 'string') {
      throw new Fault(
        'usage.flag',
        `The environment variable ${plain(name, 80)}, named in ${where}, is not set.`,
        { remedy: 'Set it in the "env" of the host\'s configuration.' },
      );
    }
    return value;
  });
}

function readNamed(flag: string, path: string, { readFile }: Surroundings): string {
  try {
    // Editors on Windows put a byte order mark first.
    return readFile(path).replace(/^\ufeff/, '');
  } catch (error) {
    throw new Fault(
      'usage.flag',
      `${flag}: the file ${plain(path, 300)} cannot be read (${(error as { code?: string }).code ?? 'error'}).`,
      {
        remedy: 'Check the path and its permissions.',
      },
    );
  }
}

function readObject(flag: string, text: string, surroundings: Surroundings): JsonObject {
  const content = text.startsWith('@') ? readNamed(flag, text.slice(1), surroundings) : text;
  const value = parseJson(content);
  // The content may hold a secret, so it is not shown.
  if (!isObject(value)) throw usage(`${flag} wants a JSON object or @file.`);
  return { ...value };
}

function readStaticClient(text: string, surroundings: Surroundings): StaticClient {
  const flag = '--static-oauth-client-info';
  const info = readObject(flag, text, surroundings);
  const fill = (name: string) => {
    const value = asString(info[name]);
    return value === undefined ? undefined : expand(value, surroundings.env, flag);
  };
  const clientId = fill('client_id');
  if (!clientId) throw usage(`${flag} has no "client_id".`);
  if ((info.client_secret ?? '') !== '' && asString(info.client_secret) === undefined)
    throw usage(`${flag}: "client_secret" is not a string.`);
  const clientSecret = fill('client_secret');
  const method = asString(info.token_endpoint_auth_method);
  const known = method === 'none' || method === 'client_secret_basic' || method === 'client_secret_post';
  if (method !== undefined && !known)
    throw usage(`${flag}: token_endpoint_auth_method ${plain(method, 40)} is not supported.`);
  return {
    clientId,
    ...(clientSecret ? { clientSecret } : {}),
    ...(known ? { tokenEndpointAuthMethod: method } : {}),
  };
}
