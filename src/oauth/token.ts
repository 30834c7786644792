import * as client from 'openid-client';
import { Fault } from '../base/fault.ts';
import type { ClientRegistration, Grant, GrantKey } from './grant.ts';
import { sendingIdToken } from './id-token.ts';
import { thrownByFetch } from './library-error.ts';
import { oauthFetch, type Reach } from './repair.ts';
import { splitScope } from './scope.ts';
import { isAnswerLost, tokenFault } from './token-fault.ts';

export { remedyFor, tokenFault } from './token-fault.ts';

/** What of an authorization server a token request needs. */
export interface TokenServer {
  issuer: string;
  tokenEndpoint: string;
  authorizationEndpoint?: string | undefined;
  deviceAuthorizationEndpoint?: string | undefined;
  authorizationResponseIssParameterSupported?: boolean;
}

/**
 * openid-client's configuration for one client at one server, built from what discovery found: the
 * library's own discovery knows neither path insertion nor exact issuers.
 */
export function configure(
  server: TokenServer,
  registration: ClientRegistration,
  purpose: 'device' | 'token' | 'refresh' | 'revocation',
  reach: Reach,
  revocationEndpoint?: string,
): client.Configuration {
  const configuration = new client.Configuration(
    {
      issuer: server.issuer,
      token_endpoint: server.tokenEndpoint,
      ...(server.authorizationEndpoint ? { authorization_endpoint: server.authorizationEndpoint } : {}),
      ...(server.deviceAuthorizationEndpoint
        ? { device_authorization_endpoint: server.deviceAuthorizationEndpoint }
        : {}),
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

/**
 * A token answer as a grant. A refresh answer that leaves something out keeps what was. RFC 6749 §6.
 * Throws `token.refused` for an access token that no header field can carry. RFC 6750 §2.1.
 */
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
  if (!/^[\x21-\x7e]+$/.test(answer.access_token)) {
    throw new Fault('token.refused', `${key.issuer} issued an access token that cannot be sent.`, {
      remedy: 'Report it to its operator: a token is made of visible ASCII characters (RFC 6750).',
    });
  }
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
    discoveredAt: earlier ? (earlier.discoveredAt ?? earlier.obtainedAt) : now,
    tokenEndpoint,
    ...(earlier?.reach ? { reach: earlier.reach } : {}),
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
 * Renews an access token. A request whose answer was lost is sent once more at once: a refresh token that
 * was rotated meanwhile is still taken for a moment by most servers. RFC 6749 §6, RFC 8707 §2.2.
 *
 * Throws `token.invalid-grant` (final: a sign-in is needed), `registration.stale` (the client is not
 * known any more), `token.unavailable` and `token.refused` (try again later).
 */
export async function refresh(
  grant: Grant,
  registration: ClientRegistration,
  reach: Reach,
  now: () => number,
): Promise<Grant> {
  const { key, tokenEndpoint } = grant;
  let idToken: string | undefined;
  const take = (token: string) => {
    idToken = token;
  };
  const own = grant.sendsIdToken ? { ...reach, idToken: take } : reach;
  const configuration = configure({ issuer: key.issuer, tokenEndpoint }, registration, 'refresh', own);
  const parameters = new URLSearchParams();
  if (key.resource) parameters.set('resource', key.resource);
  for (let again = false; ; again = true) {
    try {
      const answer = await client.refreshTokenGrant(configuration, grant.refreshToken ?? '', parameters);
      const renewed = grantOf(answer, key, tokenEndpoint, grant.scope, now(), reach.span, grant);
      return grant.sendsIdToken ? sendingIdToken(renewed, idToken, reach.span, grant) : renewed;
    } catch (error) {
      reach.signal?.throwIfAborted();
      if (again || !isAnswerLost(error)) throw tokenFault(error, key.issuer, now());
      reach.span.note('The answer was lost on its way; asking once more with the same refresh token.');
    }
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
    [grant.unsentAccessToken ?? grant.accessToken, 'access_token'],
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
