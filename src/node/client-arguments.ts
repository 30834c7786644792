import { asString } from '../base/json.ts';
import { isLoopbackHost, plain } from '../base/text.ts';
import type { ClientOptions, StaticClient } from '../oauth/client-options.ts';
import { PRESETS } from '../oauth/presets.ts';
import {
  expand,
  QUOTES,
  readObject,
  readSeconds,
  type Surroundings,
  usage,
  type Words,
} from './argument-text.ts';
import { derivedPort } from './derived-port.ts';

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
  '--auth-timeout',
  '--auth-success-url',
  '--token-endpoint',
  '--sign-in-page',
] as const;
/** Flags of the sign-in that stand alone. */
export const CLIENT_PLAIN_FLAGS = [
  '--allow-http',
  '--assume-pkce',
  '--allow-private',
  '--disable-resource-parameter',
  '--use-id-token',
  '--client-credentials',
  '--device-code',
] as const;
/**
 * What a command line says of the sign-in. `headers`: its header lines as they were written. Throws
 * `usage.flag`.
 */
export function readClientOptions(
  words: Words,
  headers: readonly string[],
  surroundings: Surroundings,
): ClientOptions {
  const { values, flags, places } = words;
  const last = (name: (typeof CLIENT_VALUE_FLAGS)[number]) => values.get(name)?.at(-1);
  const allowHttp = flags.has('--allow-http');
  const resource = readResource(last('--resource')?.trim(), flags.has('--disable-resource-parameter'));
  const authorizeParams = values.has('--authorize-param')
    ? readParams(values.get('--authorize-param') ?? [])
    : undefined;
  const metadata = last('--static-oauth-client-metadata');
  const info = last('--static-oauth-client-info');
  const metadataUrl = last('--client-metadata-url');
  const preset = last('--preset');
  const authTimeout = readSeconds('--auth-timeout', last('--auth-timeout'));
  const successUrl = last('--auth-success-url');
  const page = last('--sign-in-page');
  const named = readCallback(places[1], last('--host'), last('--callback-path'), surroundings.platform);
  const clientMetadataUrl = metadataUrl === undefined ? undefined : readMetadataUrl(metadataUrl);
  const source = { server: places[0] ?? '', resource, authorizeParams, headers, clientMetadataUrl };
  // Whoever registered such a client wrote down the address mcp-remote would have taken.
  const grant = readGrant(flags);
  const isFixed = grant === undefined && (info !== undefined || clientMetadataUrl !== undefined);
  const callback =
    isFixed && named?.port === undefined
      ? { ...ownCallback(surroundings.platform), ...named, port: derivedPort(source), derived: true }
      : named;
  const staticClient = info === undefined ? undefined : readStaticClient(info, surroundings);
  if (grant === 'client-credentials') requireSecret(staticClient);
  const tokenEndpoint = readTokenEndpoint(last('--token-endpoint'), grant, allowHttp);
  return {
    allowHttp,
    assumePkce: flags.has('--assume-pkce'),
    allowPrivate: flags.has('--allow-private'),
    ...(resource === undefined ? {} : { resource }),
    ...(authorizeParams ? { authorizeParams } : {}),
    ...(metadata === undefined
      ? {}
      : { clientMetadata: readObject('--static-oauth-client-metadata', metadata, surroundings) }),
    ...(staticClient ? { staticClient } : {}),
    ...(clientMetadataUrl === undefined ? {} : { clientMetadataUrl }),
    ...(callback ? { callback } : {}),
    ...(preset === undefined ? {} : { preset: readPreset(preset) }),
    ...(grant ? { grant } : {}),
    ...(tokenEndpoint === undefined ? {} : { tokenEndpoint }),
    ...(page === undefined ? {} : { pageHost: readHost(page) }),
    ...(flags.has('--use-id-token') ? { useIdToken: true } : {}),
    ...(authTimeout === undefined ? {} : { authTimeout }),
    ...(successUrl === undefined ? {} : { authSuccessUrl: readSuccessUrl(successUrl, allowHttp) }),
  };
}

function readGrant(flags: Words['flags']): ClientOptions['grant'] {
  const [asClient, byCode] = [flags.has('--client-credentials'), flags.has('--device-code')];
  if (asClient && byCode) throw usage('--device-code and --client-credentials contradict each other.');
  if (asClient) return 'client-credentials';
  return byCode ? 'device-code' : undefined;
}

function requireSecret(client: StaticClient | undefined): void {
  if (client?.clientSecret && client.tokenEndpointAuthMethod !== 'none') return;
  throw usage(
    '--client-credentials wants a client with a secret.',
    `Give it with --static-oauth-client-info '{"client_id":"…","client_secret":"\${SECRET}"}'.`,
  );
}

/** The client's secret is sent there, so it is not to be read on the way. */
function readTokenEndpoint(
  text: string | undefined,
  grant: ClientOptions['grant'],
  allowHttp: boolean,
): string | undefined {
  if (text === undefined) return undefined;
  if (grant !== 'client-credentials') throw usage('--token-endpoint goes with --client-credentials only.');
  const url = readPage(text, allowHttp);
  if (!url || /#/.test(text)) {
    throw usage(
      '--token-endpoint wants an https URL (http on this machine, or with --allow-http) without credentials and fragment.',
    );
  }
  return url.href;
}

/** An absolute URL without credentials, https unless it is this machine's or the user allows otherwise. */
function readPage(text: string, allowHttp: boolean): URL | undefined {
  const url = URL.parse(text.trim());
  const isPlain = url?.protocol === 'http:' && (allowHttp || isLoopbackHost(url.hostname));
  return url && (url.protocol === 'https:' || isPlain) && !url.username && !url.password ? url : undefined;
}

/** A host as a URL has it, with its port where that is not https's own. */
function readHost(text: string): string {
  const host = URL.parse(`https://${text.trim()}/`)?.host;
  if (!host || host !== text.trim().toLowerCase())
    throw usage('--sign-in-page wants the host of the page, as login.example.com.');
  return host;
}

/** The page may be anybody's, so nothing but its address is ever sent there. */
function readSuccessUrl(text: string, allowHttp: boolean): string {
  const url = readPage(text, allowHttp);
  if (!url || /[?#]/.test(text)) {
    throw usage(
      '--auth-success-url wants an https URL (http on this machine, or with --allow-http) without credentials, query and fragment.',
    );
  }
  return url.href;
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
    ...ownCallback(platform),
    ...(host === undefined ? {} : { host }),
    ...(path === undefined ? {} : { path }),
    ...(number === undefined ? {} : { port: number }),
  };
}

/** What mcp-remote's redirect URI is where nothing else is named. */
function ownCallback(platform: string) {
  return { host: platform === 'win32' ? '127.0.0.1' : 'localhost', path: '/oauth/callback' };
}

/** The name becomes part of a redirect URI, so nothing else may be in it. */
function isOwnName(host: string): boolean {
  const name = host === '::1' ? '[::1]' : host;
  if (/^(?:[a-z\d][a-z\d-]*\.)*localhost$/.test(name)) return true;
  return /^[[\d]/.test(name) && URL.parse(`http://${name}/`)?.host === name && isLoopbackHost(name);
}

/** The empty string: none is sent, which `--disable-resource-parameter` means too. */
function readResource(resource: string | undefined, disabled: boolean): string | undefined {
  if (disabled && resource) throw usage('--resource and --disable-resource-parameter contradict each other.');
  if (disabled) return '';
  if (resource && (!URL.canParse(resource) || resource.includes('#'))) {
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
