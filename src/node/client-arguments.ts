import { asString } from '../base/json.ts';
import { isLoopbackHost, plain } from '../base/text.ts';
import type { ClientOptions, StaticClient } from '../oauth/client-options.ts';
import { PRESETS } from '../oauth/presets.ts';
import { expand, QUOTES, readObject, type Surroundings, usage, type Words } from './argument-text.ts';

/** Flags of the sign-in that take a value. */
export const CLIENT_VALUE_FLAGS = [
  '--host',
  '--callback-path',
  '--resource',
  '--authorize-param',
  '--static-oauth-client-metadata',
  '--static-oauth-client-info',
  '--client-metadata-url',
  '--preset',
] as const;
/** Flags of the sign-in that stand alone. */
export const CLIENT_PLAIN_FLAGS = ['--allow-http', '--assume-pkce', '--allow-private'] as const;
/** mcp-remote's flags of the sign-in that Keybridge does not have yet. */
export const CLIENT_NOT_BUILT = [
  '--auth-timeout',
  '--auth-success-url',
  '--disable-resource-parameter',
  '--use-id-token',
  '--device-code',
  '--client-credentials',
  '--token-endpoint',
] as const;

/** What a command line says of the sign-in. Throws `usage.flag`. */
export function readClientOptions(words: Words, surroundings: Surroundings): ClientOptions {
  const { values, flags } = words;
  const last = (name: (typeof CLIENT_VALUE_FLAGS)[number]) => values.get(name)?.at(-1);
  const callback = readCallback(
    words.places[1],
    last('--host'),
    last('--callback-path'),
    surroundings.platform,
  );
  const resource = last('--resource')?.trim();
  const metadata = last('--static-oauth-client-metadata');
  const info = last('--static-oauth-client-info');
  return {
    allowHttp: flags.has('--allow-http'),
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
    ...(values.has('--preset') ? { preset: readPreset(last('--preset') ?? '') } : {}),
    ...(callback ? { callback } : {}),
  };
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

function readPreset(name: string): string {
  const names = [...PRESETS.map(each => each.name), 'none'];
  if (!names.includes(name)) throw usage(`--preset is one of ${names.join(', ')}.`);
  return name;
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
