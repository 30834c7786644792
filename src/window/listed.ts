import type { ServerSettings } from '../api/window.ts';
import { isObject, type JsonObject } from '../base/json.ts';
import type { BridgeSettings, Target, Transport } from '../broker/settings.ts';
import type { Words } from './surroundings.ts';

/** A server of the list as it is kept. No secret stands here: for each there is a variable's name. */
export interface ListedServer extends Target {
  name?: string;
  resource?: string;
  clientId?: string;
  /** Whether a client secret goes with it; it is the value of {@link CLIENT_SECRET}. */
  hasClientSecret: boolean;
  authMethod?: string;
  /** Client metadata that overrides ours at registration; its `scope` is what is asked for. */
  clientMetadata?: JsonObject;
  clientMetadataUrl?: string;
  headers: readonly { name: string; variable: string }[];
  extraCa?: string;
  assumePkce: boolean;
  allowPrivate: boolean;
  allowHttp: boolean;
  transport: Transport;
  preset?: string;
  callbackPort?: string;
  /** What else its command line said, word for word. */
  more: readonly string[];
}

/** Values of variables: the secrets of one server. */
export type Values = Readonly<Record<string, string>>;

export const CLIENT_SECRET = 'CLIENT_SECRET';

/** Flags that {@link ListedServer} has members for, and those that are a terminal's or a host's own. */
const HELD = new Set([
  '--as',
  '--header',
  '--header-file',
  '--transport',
  '--resource',
  '--static-oauth-client-info',
  '--static-oauth-client-metadata',
  '--client-metadata-url',
  '--preset',
  '--disable-resource-parameter',
  '--assume-pkce',
  '--allow-private',
  '--allow-http',
  '--debug',
  '--silent',
  '--json',
]);

/** What one server is called within the state folder. */
export function keyOf({ server, profile }: Target): string {
  return `${profile} ${server}`;
}

/** What a command line, and what was read from it, come to. */
export function toListed(
  settings: BridgeSettings,
  words: Words,
  name?: string,
): { listed: ListedServer; values: Values } {
  const { client, headers } = settings;
  const { staticClient } = client;
  const values: Record<string, string> = {};
  if (staticClient?.clientSecret) values[CLIENT_SECRET] = staticClient.clientSecret;
  const listed: ListedServer = {
    server: settings.server,
    profile: settings.profile,
    ...(name === undefined ? {} : { name }),
    ...(client.resource === undefined ? {} : { resource: client.resource }),
    ...(staticClient ? { clientId: staticClient.clientId } : {}),
    hasClientSecret: staticClient?.clientSecret !== undefined,
    ...(staticClient?.tokenEndpointAuthMethod ? { authMethod: staticClient.tokenEndpointAuthMethod } : {}),
    ...(client.clientMetadata ? { clientMetadata: client.clientMetadata } : {}),
    ...(client.clientMetadataUrl === undefined ? {} : { clientMetadataUrl: client.clientMetadataUrl }),
    headers: named(headers.map(([header]) => header)),
    assumePkce: client.assumePkce ?? false,
    allowPrivate: client.allowPrivate ?? false,
    allowHttp: client.allowHttp ?? false,
    transport: settings.transport,
    ...(client.preset === undefined ? {} : { preset: client.preset }),
    ...(client.callback?.port === undefined ? {} : { callbackPort: String(client.callback.port) }),
    more: rest(words),
  };
  for (const [index, { variable }] of listed.headers.entries()) values[variable] = headers[index]?.[1] ?? '';
  return { listed, values };
}

/** The variable each header's value comes from; no two have the same. */
export function named(headers: readonly string[]): ListedServer['headers'] {
  const taken = new Set([CLIENT_SECRET]);
  return headers.map(name => {
    const plain = name.toUpperCase().replace(/[^A-Z\d]+/g, '_');
    let variable = plain;
    for (let count = 2; taken.has(variable); count++) variable = `${plain}_${count}`;
    taken.add(variable);
    return { name, variable };
  });
}

/** The words behind `keybridge` that say all this; secrets as `${VARIABLE}`. */
export function toWords(listed: ListedServer): string[] {
  const { server, profile, resource, clientId, clientMetadata, clientMetadataUrl, preset } = listed;
  const client = clientId === undefined ? undefined : clientInfo(listed, clientId);
  return [
    server,
    ...(listed.callbackPort === undefined ? [] : [listed.callbackPort]),
    ...(profile === 'default' ? [] : ['--as', profile]),
    // No space behind the colon: some hosts on Windows cut an argument there.
    ...listed.headers.flatMap(({ name, variable }) => ['--header', `${name}:\${${variable}}`]),
    ...(listed.transport === 'http-first' ? [] : ['--transport', listed.transport]),
    ...(resource === undefined
      ? []
      : resource === ''
        ? ['--disable-resource-parameter']
        : ['--resource', resource]),
    ...(client ? ['--static-oauth-client-info', JSON.stringify(client)] : []),
    ...(clientMetadata ? ['--static-oauth-client-metadata', JSON.stringify(clientMetadata)] : []),
    ...(clientMetadataUrl === undefined ? [] : ['--client-metadata-url', clientMetadataUrl]),
    ...(preset === undefined ? [] : ['--preset', preset]),
    ...(listed.assumePkce ? ['--assume-pkce'] : []),
    ...(listed.allowPrivate ? ['--allow-private'] : []),
    ...(listed.allowHttp ? ['--allow-http'] : []),
    ...listed.more,
  ];
}

function clientInfo({ hasClientSecret, authMethod }: ListedServer, clientId: string): JsonObject {
  return {
    client_id: clientId,
    ...(hasClientSecret ? { client_secret: `\${${CLIENT_SECRET}}` } : {}),
    ...(authMethod === undefined ? {} : { token_endpoint_auth_method: authMethod }),
  };
}

/** Variables without which its words cannot be read. */
export function variablesOf({ hasClientSecret, headers }: ListedServer): string[] {
  return [...(hasClientSecret ? [CLIENT_SECRET] : []), ...headers.map(({ variable }) => variable)];
}

/** What a window sees of it. `redirectUri`: of a client that is registered for one. */
export function shown(listed: ListedServer, missing: boolean, redirectUri?: string): ServerSettings {
  const { clientMetadata, headers, resource, clientId, clientMetadataUrl, extraCa, preset } = listed;
  const scope = isObject(clientMetadata) ? clientMetadata.scope : undefined;
  return {
    ...(typeof scope === 'string' ? { scopes: scope.split(/\s+/).filter(each => each !== '') } : {}),
    ...(resource === undefined ? {} : { resource }),
    ...(clientId === undefined ? {} : { clientId }),
    hasClientSecret: listed.hasClientSecret,
    ...(clientMetadataUrl === undefined ? {} : { clientMetadataUrl }),
    headers: headers.map(({ name }) => name),
    ...(extraCa === undefined ? {} : { extraCa }),
    assumePkce: listed.assumePkce,
    allowPrivate: listed.allowPrivate,
    allowHttp: listed.allowHttp,
    transport: listed.transport,
    ...(preset === undefined ? {} : { preset }),
    ...(missing ? { secretsMissing: true } : {}),
    ...(redirectUri === undefined ? {} : { redirectUri }),
  };
}

function rest({ values, flags }: Words): string[] {
  return [
    ...[...values]
      .filter(([flag]) => !HELD.has(flag))
      .flatMap(([flag, all]) => all.flatMap(value => [flag, value])),
    ...[...flags].filter(flag => !HELD.has(flag)),
  ];
}
