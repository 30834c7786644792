import * as oauth from 'oauth4webapi';
import { Fault } from '../base/fault.ts';
import { asString, asStrings, type JsonObject } from '../base/json.ts';
import { type Asking, shownParameter } from './asking.ts';
import type { ClientOptions, StaticClient } from './client-options.ts';
import { DEVICE_CODE } from './device-flow.ts';
import type { ClientRegistration } from './grant.ts';
import { isOutage, isTimeout, statusOf } from './library-error.ts';
import { oauthFetch, type Reach } from './repair.ts';
import type { ServerMetadata } from './report.ts';
import { answeredWith } from './said.ts';

/** Where registrations are kept; the token store is one. */
export interface Registrations {
  registrations(issuer: string): Promise<readonly ClientRegistration[]>;
  putRegistration(registration: ClientRegistration): Promise<void>;
  deleteRegistration(registration: ClientRegistration): Promise<void>;
}

type AuthMethod = ClientRegistration['tokenEndpointAuthMethod'];

/**
 * The client to use at this authorization server: the user's static one; else a Client ID Metadata
 * Document where the server takes it; else one registered earlier for this redirect URI; else a new
 * dynamic registration. MCP Authorization, Client Registration Approaches.
 *
 * Throws `registration.unsupported`, `registration.refused`, `token.unavailable` and `net.*`.
 */
export async function obtainClient(
  server: ServerMetadata,
  redirectUris: readonly string[],
  options: ClientOptions,
  store: Registrations,
  reach: Reach,
  now: number,
): Promise<ClientRegistration> {
  const { span } = reach;
  const atHand = await clientAtHand(server, redirectUris, options, store, now);
  if (atHand) {
    span.note(WHY[atHand.source]);
    if (atHand.clientSecret) span.secret(atHand.clientSecret);
    return atHand;
  }
  const variant = variantOf(options);
  if (!server.registrationEndpoint) {
    throw new Fault(
      'registration.unsupported',
      `${server.issuer} does not let clients register themselves.`,
      {
        remedy: options.clientMetadataUrl
          ? 'It does not take client ID metadata documents either. Ask its operator for a client id and give it with --static-oauth-client-info.'
          : 'Ask its operator for a client id and give it with --static-oauth-client-info \'{"client_id":"…"}\'.',
      },
    );
  }
  const registered = await register(server, redirectUris, options, reach);
  const registration: ClientRegistration = {
    issuer: server.issuer,
    registeredAt: now,
    ...registered,
    source: 'dynamic',
    ...(variant === undefined ? {} : { variant }),
  };
  await store.putRegistration(registration);
  return registration;
}

const WHY = {
  static: 'Using the client id given by the user.',
  'metadata-document': 'Using the client ID metadata document: the server announces that it takes one.',
  dynamic: 'Using the client registered here before.',
};

/** The client that needs no registering. */
async function clientAtHand(
  server: ServerMetadata,
  redirectUris: readonly string[],
  options: ClientOptions,
  store: Registrations,
  now: number,
): Promise<ClientRegistration | undefined> {
  const base = { issuer: server.issuer, redirectUris, registeredAt: now };
  if (options.staticClient) return { ...base, ...fromStatic(options.staticClient, server), source: 'static' };
  if (options.clientMetadataUrl && server.clientIdMetadataDocumentSupported) {
    return {
      ...base,
      clientId: options.clientMetadataUrl,
      tokenEndpointAuthMethod: 'none',
      source: 'metadata-document',
    };
  }
  const variant = variantOf(options);
  const wanted = redirectUris[0] ?? '';
  return (await store.registrations(server.issuer)).find(
    each =>
      each.source === 'dynamic' &&
      each.variant === variant &&
      (wanted === '' || each.redirectUris.includes(wanted)) &&
      !(each.clientSecretExpiresAt && each.clientSecretExpiresAt * 1000 <= now),
  );
}

/** The registration that {@link obtainClient} will ask for first, unless another flow registers meanwhile. */
export async function nextRegistration(
  server: ServerMetadata,
  redirectUris: readonly string[],
  options: ClientOptions,
  store: Registrations,
  now: number,
): Promise<Asking | undefined> {
  const { registrationEndpoint: endpoint } = server;
  if (endpoint === undefined || (await clientAtHand(server, redirectUris, options, store, now)))
    return undefined;
  const members = Object.entries(metadataFor(server, redirectUris, options));
  const text = (value: unknown) =>
    Array.isArray(value) ? value.join(', ') : typeof value === 'string' ? value : JSON.stringify(value);
  const parameters = members.map(([name, value]) => shownParameter([name, text(value)]));
  return { purpose: 'registration', endpoint, parameters };
}

/** A client for one way to sign in may not be let in by another. */
function variantOf({ grant, clientMetadata }: ClientOptions): string | undefined {
  if (grant === 'device-code') return JSON.stringify({ grant, ...clientMetadata });
  return clientMetadata ? JSON.stringify(clientMetadata) : undefined;
}

function fromStatic(client: StaticClient, server: ServerMetadata) {
  return {
    clientId: client.clientId,
    ...(client.clientSecret === undefined ? {} : { clientSecret: client.clientSecret }),
    tokenEndpointAuthMethod:
      client.tokenEndpointAuthMethod ?? (client.clientSecret === undefined ? 'none' : secretMethod(server)),
  } as const;
}

/** How a client with a secret shows it. RFC 8414 §2: the default is client_secret_basic. */
function secretMethod(server: ServerMetadata): AuthMethod {
  const supported = server.tokenEndpointAuthMethodsSupported ?? ['client_secret_basic'];
  const first = supported.find(method => method === 'client_secret_basic' || method === 'client_secret_post');
  return (first as AuthMethod | undefined) ?? 'client_secret_basic';
}

/** A native app keeps no secret, so `none` where the server lets it. */
function methodToAskFor(server: ServerMetadata): AuthMethod {
  const supported = server.tokenEndpointAuthMethodsSupported;
  return !supported || supported.includes('none') ? 'none' : secretMethod(server);
}

/** No browser is sent back, so there is nowhere to send it. RFC 7591 §2. */
const BY_CODE = { grant_types: [DEVICE_CODE, 'refresh_token'], response_types: [] as string[] };

function byPage(redirectUris: readonly string[]) {
  return {
    redirect_uris: [...redirectUris],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
  };
}

function metadataFor(
  server: ServerMetadata,
  redirectUris: readonly string[],
  options: ClientOptions,
): JsonObject {
  return {
    client_name: 'Keybridge',
    ...(options.grant === 'device-code' ? BY_CODE : byPage(redirectUris)),
    token_endpoint_auth_method: methodToAskFor(server),
    application_type: 'native',
    ...options.clientMetadata,
  };
}

/** Dynamic client registration, RFC 7591 §3. A refused request is tried again, adjusted: see {@link adjusted}. */
async function register(
  server: ServerMetadata,
  redirectUris: readonly string[],
  options: ClientOptions,
  reach: Reach,
) {
  const metadata = metadataFor(server, redirectUris, options);
  try {
    return await requestRegistration(server, metadata, reach);
  } catch (error) {
    reach.signal?.throwIfAborted();
    const fault = registrationFault(error, server);
    if (fault.code !== 'registration.refused' || options.clientMetadata) throw fault;
    for (const again of adjusted(metadata, server)) {
      reach.span.note(
        `The registration was refused; asking again with token_endpoint_auth_method ${again.token_endpoint_auth_method}, one redirect URI and no application_type.`,
      );
      try {
        return await requestRegistration(server, again, reach);
      } catch (error) {
        reach.signal?.throwIfAborted();
        if (registrationFault(error, server).code !== 'registration.refused') break;
      }
    }
    // The first refusal names the real reason; the others only speak of our adjusted requests.
    throw fault;
  }
}

/**
 * What to ask for after a refusal, in turn: first without what some servers do not know (`application_type`,
 * a second redirect URI), then with another way to authenticate as well, unless the server says it has none.
 */
function adjusted(metadata: JsonObject, server: ServerMetadata): JsonObject[] {
  const { application_type: _left, ...rest } = metadata;
  const [redirectUri] = asStrings(metadata.redirect_uris) ?? [];
  const simple = redirectUri === undefined ? withPage(rest) : { ...rest, redirect_uris: [redirectUri] };
  const method = metadata.token_endpoint_auth_method === 'none' ? secretMethod(server) : 'none';
  const isListed = server.tokenEndpointAuthMethodsSupported?.includes(method) ?? true;
  return [simple, ...(isListed ? [{ ...simple, token_endpoint_auth_method: method }] : [])];
}

/** Some servers insist on a redirect URI also of a client that is never redirected to one. */
function withPage(metadata: JsonObject): JsonObject {
  return {
    ...metadata,
    redirect_uris: ['http://127.0.0.1/callback'],
    grant_types: [...(asStrings(metadata.grant_types) ?? []), 'authorization_code'],
    response_types: ['code'],
  };
}

async function requestRegistration(server: ServerMetadata, metadata: JsonObject, reach: Reach) {
  const as = { issuer: server.issuer, registration_endpoint: server.registrationEndpoint ?? '' };
  const response = await oauth.dynamicClientRegistrationRequest(as, metadata as Partial<oauth.Client>, {
    [oauth.customFetch]: oauthFetch('registration', reach),
    // Which endpoints may be plain http was decided when the metadata was read.
    [oauth.allowInsecureRequests]: true,
  });
  const client = await oauth.processDynamicClientRegistrationResponse(response);
  const secret = asString(client.client_secret);
  const accessToken = asString(client.registration_access_token);
  const uri = asString(client.registration_client_uri);
  if (secret) reach.span.secret(secret);
  if (accessToken) reach.span.secret(accessToken);
  return {
    clientId: client.client_id,
    ...(secret === undefined ? {} : { clientSecret: secret }),
    ...(typeof client.client_secret_expires_at === 'number'
      ? { clientSecretExpiresAt: client.client_secret_expires_at }
      : {}),
    // Some servers answer with another spelling; what was asked for is what will be sent.
    redirectUris: [
      ...new Set([...(asStrings(metadata.redirect_uris) ?? []), ...(asStrings(client.redirect_uris) ?? [])]),
    ],
    tokenEndpointAuthMethod: usableMethod(client.token_endpoint_auth_method, secret, server),
    ...(accessToken === undefined ? {} : { registrationAccessToken: accessToken }),
    ...(uri === undefined ? {} : { registrationClientUri: uri }),
  };
}

/** An answer with a secret and without a method means one that shows it. RFC 7591 §2. */
function usableMethod(method: unknown, secret: string | undefined, server: ServerMetadata): AuthMethod {
  if (secret === undefined) return 'none';
  if (method === 'client_secret_basic' || method === 'client_secret_post' || method === 'none') return method;
  return secretMethod(server);
}

function registrationFault(error: unknown, server: ServerMetadata): Fault {
  if (error instanceof Fault) return error;
  const options = { cause: error };
  const body = error instanceof oauth.ResponseBodyError ? error : undefined;
  const status = body?.status ?? statusOf(error);
  if (isOutage(status) || isTimeout(error)) {
    return new Fault(
      'token.unavailable',
      `${server.issuer} did not answer a registration ${isOutage(status) ? `(status ${status})` : 'in time'}.`,
      { ...options, remedy: 'Try again in a while.' },
    );
  }
  if (body) {
    return new Fault(
      'registration.refused',
      `${server.issuer} refused to register Keybridge: ${answeredWith(body)}.`,
      {
        ...options,
        remedy: `${
          body.error === 'invalid_redirect_uri'
            ? 'If it knows this machine as localhost only, add --host localhost; else ask'
            : 'Ask'
        } its operator to allow it, or for a client id to give with --static-oauth-client-info.`,
      },
    );
  }
  return new Fault(
    'registration.refused',
    `${server.issuer} did not answer a registration as RFC 7591 has it${status ? ` (status ${status})` : ''}.`,
    {
      ...options,
      remedy:
        'Ask its operator for a client id to give with --static-oauth-client-info; `keybridge trace` shows the answer.',
    },
  );
}
