import * as client from 'openid-client';
import { Fault } from '../base/fault.ts';
import { word } from '../base/text.ts';
import type { Wish } from './ask.ts';
import type { ClientRegistration, Grant } from './grant.ts';
import { thrownByFetch } from './library-error.ts';
import type { Reach } from './repair.ts';
import type { Begun } from './sign-in.ts';
import { configure, grantOf, type TokenServer, tokenFault } from './token.ts';

/** What is asked for, besides who asks. */
interface Asked {
  scope: readonly string[];
  resource: string | undefined;
  parameters: Readonly<Record<string, string>>;
}

/**
 * The grant of a client that acts for itself: nobody is asked to sign in. RFC 6749 §4.4.
 *
 * Throws `registration.stale` for a client or secret that is refused, `token.refused`, `token.unavailable`.
 */
export async function clientGrant(begun: Begun): Promise<Grant> {
  const { server, registration, wish, reach } = begun;
  const parameters = furtherOf(wish);
  const tokens = await ask(server, registration, { ...wish, parameters }, reach);
  return ofClient(begun.grant(tokens), parameters);
}

/** What {@link clientGrant} sends, beside who asks. */
export function clientParameters({ wish }: Begun): URLSearchParams {
  const parameters = parametersOf({ ...wish, parameters: furtherOf(wish) });
  parameters.set('grant_type', 'client_credentials');
  return parameters;
}

/** `prompt` is a parameter of the page nobody is shown. */
function furtherOf({ parameters: { prompt: _page, ...further } }: Wish): Asked['parameters'] {
  return further;
}

/** A new grant in place of one that ends, by asking again. Throws as {@link clientGrant} does. */
export async function renewAsClient(
  grant: Grant,
  registration: ClientRegistration,
  reach: Reach,
  now: () => number,
): Promise<Grant> {
  const { key, tokenEndpoint, ofClient: { parameters } = { parameters: {} } } = grant;
  const scope = grant.requestedScope ?? grant.scope;
  const asked = { scope, resource: key.resource || undefined, parameters };
  const tokens = await ask({ issuer: key.issuer, tokenEndpoint }, registration, asked, reach);
  return ofClient(grantOf(tokens, key, tokenEndpoint, scope, now(), reach.span, grant), parameters);
}

/** A refresh token is of no use to who can ask again at any time. RFC 6749 §4.4.3. */
function ofClient({ refreshToken: _unused, ...grant }: Grant, parameters: Asked['parameters']): Grant {
  return { ...grant, ofClient: { parameters } };
}

async function ask(
  server: TokenServer,
  registration: ClientRegistration,
  asked: Asked,
  reach: Reach,
): Promise<client.TokenEndpointResponse> {
  const configuration = configure(server, registration, 'token', reach);
  try {
    return await client.clientCredentialsGrant(configuration, parametersOf(asked));
  } catch (thrown) {
    reach.signal?.throwIfAborted();
    throw refusal(thrown, server.issuer);
  }
}

function parametersOf({ scope, resource, parameters: further }: Asked): URLSearchParams {
  const parameters = new URLSearchParams(further);
  if (scope.length > 0) parameters.set('scope', scope.join(' '));
  if (resource) parameters.set('resource', resource);
  return parameters;
}

function refusal(thrown: unknown, issuer: string): Fault {
  const fault = tokenFault(thrown, issuer);
  const error = thrownByFetch(thrown);
  const code = error instanceof client.ResponseBodyError ? error.error.toLowerCase() : undefined;
  if (fault.code === 'registration.stale' && code !== 'unauthorized_client') {
    const said = code === undefined ? 'status 401' : word(code);
    return new Fault(
      'registration.stale',
      `${issuer} refuses the client id or the secret given with --static-oauth-client-info (${said}).`,
      { remedy: 'Check both.', cause: thrown },
    );
  }
  if (fault.code === 'token.invalid-grant' || fault.code === 'registration.stale') {
    return new Fault(
      'token.refused',
      `${issuer} does not let this client use --client-credentials${code === undefined ? '' : ` (${word(code)})`}.`,
      { remedy: 'Its operator has to allow it the grant client_credentials.', cause: thrown },
    );
  }
  return fault;
}
