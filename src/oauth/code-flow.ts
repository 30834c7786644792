import * as client from 'openid-client';
import { Fault } from '../base/fault.ts';
import { base64url, plain, quoted } from '../base/text.ts';
import type { CallbackArrival, CallbackPage, World } from '../base/world.ts';
import type { Span } from '../trace/event.ts';
import { asking, type Parameter, shownParameter } from './asking.ts';
import { requireFreeEndpoint } from './authorization-endpoint.ts';
import { requireOpenable } from './bounds.ts';
import type { ClientOptions } from './client-options.ts';
import type { Grant } from './grant.ts';
import { presetFor } from './presets.ts';
import type { DiscoveryReport, ServerMetadata } from './report.ts';
import { answeredWith } from './said.ts';
import type { Begun, SignInStep } from './sign-in.ts';
import { configure, remedyFor, tokenFault } from './token.ts';

/** Parameters of an answer that are shown; no honest one has more. */
const MOST_SHOWN = 20;

/**
 * The authorization code flow with PKCE, from a client to a grant.
 *
 * Throws `sign-in.*`, `registration.stale`, `token.*` and `net.*`.
 * OAuth 2.1 §4.1, RFC 7636, RFC 8252, RFC 8707, RFC 9207.
 */
export async function* codeFlow(
  begun: Begun,
  world: Pick<World, 'random'>,
): AsyncGenerator<SignInStep, Grant, void> {
  const { request, server, registration, redirectUri, wish, reach } = begun;
  const { span, signal } = reach;
  const { options } = request;
  const { scope, resource } = wish;
  const configuration = configure(server, registration, 'token', reach);
  const verifier = base64url(world.random(32));
  const state = base64url(world.random(32));
  span.secret(verifier);
  span.secret(state);
  const parameters = new URLSearchParams({
    redirect_uri: redirectUri,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
  });
  if (scope.length > 0) parameters.set('scope', scope.join(' '));
  if (resource) parameters.set('resource', resource);
  for (const [name, value] of Object.entries(wish.parameters)) parameters.set(name, value);
  requireFreeEndpoint(server, parameters.keys());
  const url = client.buildAuthorizationUrl(configuration, parameters);
  requireOpenable(url);

  // Whoever walks the steps may stop at any of them; what waits for the browser ends with the flow.
  const over = new AbortController();
  const arrival = request.callbacks.expect(state, AbortSignal.any([signal, over.signal]));
  arrival.catch(() => {});
  let answered = false;
  const answer = (page: CallbackPage) => {
    if (answered) return;
    answered = true;
    arrival.then(
      each => each.answer(page),
      () => {},
    );
  };
  try {
    yield { step: 'authorize', url, state, scope };
    const arrived = await arrival;
    const code = arrived.url.searchParams.get('code');
    if (code) span.secret(code);
    yield { step: 'arrived', parameters: shownAnswer(arrived, server) };
    checkAnswer(arrived, server);
    if (code) {
      const redeemed = {
        code,
        redirect_uri: redirectUri,
        code_verifier: verifier,
        ...(resource ? { resource } : {}),
      };
      await request.before?.(
        asking('token', server, registration, [
          ['grant_type', 'authorization_code'],
          ...Object.entries(redeemed),
        ]),
      );
    }
    const tokens = await redeem(configuration, arrived, redirectUri, state, verifier, resource, server);
    const grant = begun.grant(tokens);
    answer({
      status: 200,
      title: 'You are signed in',
      text: `Keybridge can now use ${request.server.host} for you. You can close this tab.`,
      ...(options.authSuccessUrl === undefined ? {} : { location: options.authSuccessUrl }),
    });
    return grant;
  } catch (error) {
    signal.throwIfAborted();
    const fault = Fault.of(error, 'sign-in.failed');
    answer(
      fault.code === 'sign-in.denied'
        ? {
            status: 403,
            title: 'The sign-in was refused',
            text: `Access to ${request.server.host} was not granted, by you or by the server. Nothing was stored. You can close this tab.`,
          }
        : {
            status: 502,
            title: 'The sign-in did not succeed',
            text: `Nothing was stored for ${request.server.host}. Keybridge says why where you started it, and in its trace. You can close this tab.`,
          },
    );
    throw fault;
  } finally {
    over.abort();
    answer({
      status: 410,
      title: 'The sign-in was ended',
      text: 'It was stopped before it was complete. You can close this tab.',
    });
  }
}

/** PKCE with S256 or nothing: `sign-in.pkce-unsupported`. MCP Authorization, Authorization Code Protection. */
export function requireS256(
  server: ServerMetadata,
  report: DiscoveryReport,
  options: ClientOptions,
  span: Span,
): void {
  const methods = server.codeChallengeMethodsSupported;
  // Without any metadata (2025-03-26) there was no place to say it, and that revision requires PKCE.
  if (methods?.includes('S256') || report.path === 'default-endpoints') return;
  const preset = presetFor(server.issuer, options.preset);
  if (!methods && preset?.s256) {
    span.note(
      `${preset.title} does PKCE with S256 although its metadata does not say so: ${preset.references[0]}`,
    );
    return;
  }
  if (options.assumePkce) {
    span.note('The metadata does not promise PKCE with S256; going on because the user said so.');
    return;
  }
  throw new Fault(
    'sign-in.pkce-unsupported',
    methods
      ? `${server.issuer} does not support PKCE with S256 (it lists ${methods.length > 0 ? quoted(methods.join(', ')) : 'nothing'}).`
      : `${server.issuer} does not say that it supports PKCE, so a sign-in there is not safe.`,
    {
      remedy:
        'Its operator should list "S256" in code_challenge_methods_supported. If you know that it does PKCE, add --assume-pkce.',
    },
  );
}

/** RFC 9207 §2.4. */
function isForeign({ url }: CallbackArrival, server: ServerMetadata): boolean {
  const iss = url.searchParams.get('iss');
  return iss === null ? server.authorizationResponseIssParameterSupported : iss !== server.issuer;
}

/** What the browser brought, as it may be shown. Of a stranger's answer only the names are: it may be a mix-up. */
function shownAnswer(arrival: CallbackArrival, server: ServerMetadata): Parameter[] {
  const said = [...arrival.url.searchParams].slice(0, MOST_SHOWN);
  return said.map(([name, value]) =>
    isForeign(arrival, server)
      ? [plain(name, 100), '(not shown)']
      : shownParameter([plain(name, 100), plain(value, 500)]),
  );
}

/** Whether an answer is the authorization server's, and one that can be used. RFC 9207 §2.4. */
function checkAnswer(arrival: CallbackArrival, server: ServerMetadata): void {
  const { searchParams: said } = arrival.url;
  if (isForeign(arrival, server)) {
    const iss = said.get('iss');
    throw new Fault(
      'sign-in.failed',
      iss === null
        ? `The answer to the sign-in does not name its issuer, although ${server.issuer} promises to.`
        : `The answer to the sign-in did not come from ${server.issuer}.`,
      { remedy: 'It was not used. Sign in again; if it happens again, tell the operator of the server.' },
    );
  }
  const repeated = ['state', 'iss', 'code', 'error'].find(name => said.getAll(name).length > 1);
  if (repeated !== undefined || !(said.get('code') || said.get('error'))) {
    throw new Fault(
      'sign-in.failed',
      repeated === undefined
        ? `The answer of ${server.issuer} to the sign-in has neither a code nor an error.`
        : `The answer of ${server.issuer} to the sign-in has ${repeated} more than once.`,
      { remedy: 'It was not used. Sign in again; if it happens again, tell the operator of the server.' },
    );
  }
}

/** Checks `state`, then redeems the code. RFC 6749 §4.1.3. */
async function redeem(
  configuration: client.Configuration,
  arrival: CallbackArrival,
  redirectUri: string,
  state: string,
  verifier: string,
  resource: string | undefined,
  server: ServerMetadata,
) {
  // The redirect URI must be the one that was sent, whatever spelling the browser or a person used.
  const current = new URL(redirectUri);
  for (const [name, value] of arrival.url.searchParams) current.searchParams.append(name, value);
  const parameters = resource ? { resource } : {};
  try {
    return await client.authorizationCodeGrant(
      configuration,
      current,
      { pkceCodeVerifier: verifier, expectedState: state },
      parameters,
    );
  } catch (error) {
    if (error instanceof client.AuthorizationResponseError) throw refusal(error, server);
    const fault = tokenFault(error, server.issuer);
    // An expired or spent code is no reason to speak of a grant that never was.
    if (fault.code === 'token.invalid-grant')
      throw new Fault('sign-in.failed', fault.message, { remedy: 'Sign in again.', cause: error });
    if (fault.code !== 'token.unavailable') throw fault;
    // A code is sent only once: nobody knows whether it has been spent.
    const remedy = fault.cause instanceof Fault ? fault.cause.remedy : undefined;
    throw new Fault(fault.code, fault.message, {
      remedy: remedy ?? 'Sign in again in a while.',
      cause: error,
    });
  }
}

/** Whether a refused access may be the user's own doing, by what is said of it. */
function isUsersOwn(description: string | undefined): boolean {
  return (
    !description ||
    !/\bnot found\b|\bunknown\b|\binvalid\b|\bnot (?:registered|allowed|enabled|assigned|exist)|does not exist/i.test(
      description,
    )
  );
}

/** RFC 6749 §4.1.2.1. */
function refusal(error: client.AuthorizationResponseError, server: ServerMetadata): Fault {
  const said = `${server.issuer} answered ${answeredWith(error)}.`;
  switch (error.error) {
    case 'access_denied':
      return new Fault('sign-in.denied', `The sign-in was refused: ${said}`, {
        remedy: isUsersOwn(error.error_description)
          ? 'Sign in again and allow the access.'
          : 'It is the server that refuses, and not you: show its operator these words.',
        cause: error,
      });
    case 'invalid_scope':
      return new Fault('sign-in.scope', said, {
        remedy:
          'The server lists scopes it does not grant; name others with --static-oauth-client-metadata \'{"scope":"…"}\'.',
        cause: error,
      });
    case 'unauthorized_client':
    case 'invalid_client':
      return new Fault('registration.stale', said, { remedy: 'Sign in again.', cause: error });
    default:
      return new Fault('sign-in.failed', said, { remedy: remedyFor(error), cause: error });
  }
}
