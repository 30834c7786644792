import * as client from 'openid-client';
import { Fault } from '../base/fault.ts';
import { plain } from '../base/text.ts';
import type { ClientRegistration, Grant, GrantKey } from './grant.ts';
import { isOutage, isTimeout, statusOf, thrownByFetch } from './library-error.ts';
import { oauthFetch, type Reach } from './repair.ts';
import { splitScope } from './scope.ts';

/** What of an authorization server a token request needs. */
export interface TokenServer {
  issuer: string;
  tokenEndpoint: string;
  authorizationEndpoint?: string | undefined;
  authorizationResponseIssParameterSupported?: boolean;
}

/**
 * openid-client's configuration for one client at one server, built from what discovery found: the
 * library's own discovery knows neither path insertion nor exact issuers.
 */
export function configure(
  server: TokenServer,
  registration: ClientRegistration,
  purpose: 'token' | 'refresh' | 'revocation',
  reach: Reach,
  revocationEndpoint?: string,
): client.Configuration {
  const configuration = new client.Configuration(
    {
      issuer: server.issuer,
      token_endpoint: server.tokenEndpoint,
      ...(server.authorizationEndpoint ? { authorization_endpoint: server.authorizationEndpoint } : {}),
      ...(revocationEndpoint ? { revocation_endpoint: revocationEndpoint } : {}),
      authorization_response_iss_parameter_supported:
        server.authorizationResponseIssParameterSupported ?? false,
    },
    registration.clientId,
    {},
    clientAuthentication(registration),
  );
  configuration[client.customFetch] = oauthFetch(purpose, reach) as client.CustomFetch;
  // Which endpoints may be plain http (loopback) was decided when the metadata was read.
  client.allowInsecureRequests(configuration);
  return configuration;
}

/** RFC 6749 §2.3.1. */
function clientAuthentication(registration: ClientRegistration): client.ClientAuth {
  const { clientSecret, tokenEndpointAuthMethod } = registration;
  if (clientSecret === undefined || tokenEndpointAuthMethod === 'none') return client.None();
  if (tokenEndpointAuthMethod === 'client_secret_post') return client.ClientSecretPost(clientSecret);
  return (_server, metadata, _body, headers) => {
    // Not the library's: it encodes even `-`, and servers that do not decode then see another secret.
    const credentials = `${formEncode(metadata.client_id)}:${formEncode(clientSecret)}`;
    headers.set('authorization', `Basic ${btoa(credentials)}`);
  };
}

/** application/x-www-form-urlencoded, with the unreserved characters of RFC 3986 left alone. */
function formEncode(text: string): string {
  return encodeURIComponent(text)
    .replaceAll('%20', '+')
    .replace(/[!'()*]/g, letter => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** A token answer as a grant. A refresh answer that leaves something out keeps what was. RFC 6749 §6. */
export function grantOf(
  answer: client.TokenEndpointResponse,
  key: GrantKey,
  tokenEndpoint: string,
  requestedScope: readonly string[],
  now: number,
  span: Reach['span'],
  earlier?: Grant,
): Grant {
  const refreshToken = answer.refresh_token ?? earlier?.refreshToken;
  span.secret(answer.access_token);
  if (refreshToken !== undefined) span.secret(refreshToken);
  return {
    key,
    accessToken: answer.access_token,
    ...(refreshToken === undefined ? {} : { refreshToken }),
    scope: answer.scope === undefined ? requestedScope : grantedScope(answer.scope, requestedScope, span),
    requestedScope: earlier?.requestedScope ?? requestedScope,
    ...(answer.expires_in === undefined ? {} : { expiresAt: now + answer.expires_in * 1000 }),
    obtainedAt: now,
    tokenEndpoint,
    ...(earlier?.revocationEndpoint ? { revocationEndpoint: earlier.revocationEndpoint } : {}),
  };
}

/** Some servers, GitHub among them, put commas where RFC 6749 §3.3 has spaces. */
function grantedScope(said: string, requested: readonly string[], span: Reach['span']): readonly string[] {
  const scope = splitScope(said);
  const [only = ''] = scope;
  if (scope.length !== 1 || !only.includes(',') || requested.some(each => each.includes(','))) return scope;
  span.note('Repaired an answer of the authorization server: its scopes were separated by commas.');
  return only.split(',').filter(Boolean);
}

/**
 * Renews an access token. RFC 6749 §6, RFC 8707 §2.2.
 *
 * Throws `token.invalid-grant` (final: a sign-in is needed), `registration.stale` (the client is not
 * known any more), `token.unavailable` (try again later), `token.refused`.
 */
export async function refresh(
  grant: Grant,
  registration: ClientRegistration,
  reach: Reach,
  now: () => number,
): Promise<Grant> {
  const { key, tokenEndpoint } = grant;
  const configuration = configure({ issuer: key.issuer, tokenEndpoint }, registration, 'refresh', reach);
  const parameters = new URLSearchParams();
  if (key.resource) parameters.set('resource', key.resource);
  try {
    const answer = await client.refreshTokenGrant(configuration, grant.refreshToken ?? '', parameters);
    return grantOf(answer, key, tokenEndpoint, grant.scope, now(), reach.span, grant);
  } catch (error) {
    reach.signal?.throwIfAborted();
    throw tokenFault(error, key.issuer);
  }
}

/** Ends a grant at the server, as far as it lets us. RFC 7009. Failures are only noted. */
export async function revoke(
  grant: Grant,
  registration: ClientRegistration,
  revocationEndpoint: string,
  reach: Reach,
): Promise<void> {
  const server = { issuer: grant.key.issuer, tokenEndpoint: grant.tokenEndpoint };
  const configuration = configure(server, registration, 'revocation', reach, revocationEndpoint);
  const tokens = [
    [grant.refreshToken, 'refresh_token'],
    [grant.accessToken, 'access_token'],
  ] as const;
  for (const [token, hint] of tokens) {
    if (token === undefined) continue;
    await client
      .tokenRevocation(configuration, token, { token_type_hint: hint })
      .catch(error =>
        reach.span.note(`The server did not take the revocation: ${Fault.of(thrownByFetch(error)).message}`),
      );
  }
}

/** For an error that calls for nothing in particular. RFC 8707 §2 has `invalid_target`; Entra ID has its own. */
export function remedyFor(error: { error: string; error_description?: string | undefined }): string {
  return error.error === 'invalid_target' ||
    /\bresource\b\W+(?:\w+\W+)?parameter/i.test(error.error_description ?? '')
    ? 'If the server wants another resource parameter, name it with --resource, or leave it out with --resource "".'
    : '`keybridge trace` shows what was sent and what came back.';
}

/** What went wrong at a token endpoint, as the Fault it is. */
export function tokenFault(thrown: unknown, issuer: string): Fault {
  const error = thrownByFetch(thrown);
  if (error instanceof Fault) {
    return error.code.startsWith('net.')
      ? new Fault('token.unavailable', error.message, {
          cause: error,
          remedy: error.remedy ?? 'It is tried again by itself.',
        })
      : error;
  }
  if (error instanceof client.ResponseBodyError) {
    const description = error.error_description ? ` (${plain(error.error_description)})` : '';
    const said = `${issuer} answered ${plain(error.error, 60)}${description}`;
    const options = { cause: error };
    if (isOutage(error.status)) {
      return new Fault('token.unavailable', `${said}.`, {
        ...options,
        remedy: 'It is tried again by itself.',
      });
    }
    switch (error.error) {
      case 'invalid_grant':
        return new Fault('token.invalid-grant', `${said}.`, { ...options, remedy: 'Sign in again.' });
      case 'invalid_client':
      case 'unauthorized_client':
        return new Fault('registration.stale', `${said}: it does not know this client any more.`, {
          ...options,
          remedy: 'Sign in again; Keybridge registers anew where the server lets it.',
        });
      case 'temporarily_unavailable':
      case 'server_error':
        return new Fault('token.unavailable', `${said}.`, {
          ...options,
          remedy: 'It is tried again by itself.',
        });
      default:
        return new Fault('token.refused', `${said}.`, { ...options, remedy: remedyFor(error) });
    }
  }
  const status = statusOf(error);
  if (status === 401) {
    return new Fault('registration.stale', `${issuer} does not know this client any more (status 401).`, {
      cause: error,
      remedy: 'Sign in again; Keybridge registers anew where the server lets it.',
    });
  }
  if (isTimeout(error) || isOutage(status)) {
    return new Fault(
      'token.unavailable',
      `${issuer} did not answer a token request${status ? ` (status ${status})` : ' in time'}.`,
      {
        cause: error,
        remedy: 'It is tried again by itself.',
      },
    );
  }
  return new Fault('token.refused', `${issuer} did not answer a token request as RFC 6749 has it.`, {
    cause: error,
    remedy: '`keybridge trace` shows the answer.',
  });
}
