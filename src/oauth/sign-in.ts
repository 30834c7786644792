import type { TokenEndpointResponse } from 'openid-client';
import { Fault } from '../base/fault.ts';
import type { Turns } from '../base/turns.ts';
import type { World } from '../base/world.ts';
import type { Span } from '../trace/event.ts';
import { type Wish, whatToAsk } from './ask.ts';
import { type Asking, asking, type Parameter } from './asking.ts';
import {
  hostsToConfirm,
  requireFreeEndpoint,
  type SignInHosts,
  unconfirmed,
} from './authorization-endpoint.ts';
import type { Callbacks } from './callback.ts';
import { clientGrant, clientParameters } from './client-grant.ts';
import { grantMark } from './client-mark.ts';
import type { ClientOptions } from './client-options.ts';
import { codeFlow, requireS256 } from './code-flow.ts';
import { deviceFlow, requireDeviceFlow } from './device-flow.ts';
import type { ClientRegistration, Grant } from './grant.ts';
import { sendingIdToken } from './id-token.ts';
import { nextRegistration, obtainClient, type Registrations } from './register.ts';
import type { Reach } from './repair.ts';
import type { DiscoveryReport, ServerMetadata } from './report.ts';
import { grantOf } from './token.ts';

/** A place for the browser to come back to: the listener's redirect URI first, then its other spellings. */
export interface CallbackPlace {
  redirectUris: readonly string[];
}

export interface SignInRequest {
  /** The MCP server's URL as the user gave it. */
  server: URL;
  profile: string;
  report: DiscoveryReport;
  options: ClientOptions;
  /** Scopes of an earlier grant, kept by a step-up. */
  held: readonly string[];
  callbacks: Callbacks;
  /** Opens the listener; called before anything is registered. Throws `callback.port-in-use`. */
  openCallback(): Promise<CallbackPlace>;
  registrations: Registrations;
  /** Registering is done in turns for each issuer, so that flows begun together end with one client. */
  turns: Turns;
  reach?: 'any' | 'public' | undefined;
  /**
   * Asks whether the page and whoever gets what is allowed there belong together; resolves once somebody has
   * said so, and throws what keeps it from that. Without it such a sign-in is refused.
   */
  confirm?(hosts: SignInHosts): Promise<void>;
  /** Told what is sent to the authorization server next, which waits until it resolves; it must heed `signal`. */
  before?(request: Asking): Promise<void>;
}

/** Where somebody signs in. */
export interface Link {
  url: URL;
  /** What is to be entered there, in any browser, or shown there already: the link needs no tab here. RFC 8628 §3.3. */
  userCode?: string;
}

export type SignInStep =
  | { step: 'listening'; redirectUri: string }
  | { step: 'registered'; clientId: string; source: ClientRegistration['source'] }
  /** The link to open. Everything it needs stands by then. `state` is empty where no browser is sent back. */
  | ({ step: 'authorize'; state: string; scope: readonly string[] } & Link)
  /** Somebody has followed the link to its end; `parameters` are what a browser brought back. */
  | { step: 'arrived'; parameters: readonly Parameter[] };

/** What every way to a grant begins with. */
export interface Begun {
  request: SignInRequest;
  server: ServerMetadata & { tokenEndpoint: string };
  registration: ClientRegistration;
  redirectUri: string;
  wish: Wish;
  reach: Reach & { signal: AbortSignal };
  /** The answer of the token endpoint as the grant it brings. Throws `token.refused`. */
  grant(tokens: TokenEndpointResponse): Grant;
}

/**
 * One sign-in, from discovery's report to a grant: by the authorization code, with a device code, or as the
 * client itself. It stops at each step, so that a click can walk it; `signal` ends it at any of them.
 *
 * Throws `discovery.no-authorization-server`, `sign-in.*`, `registration.*`, `callback.*`, `token.*` and
 * `net.*`.
 */
export async function* signIn(
  request: SignInRequest,
  world: Pick<World, 'now' | 'random' | 'sleep'>,
  span: Span,
  signal: AbortSignal,
): AsyncGenerator<SignInStep, { grant: Grant; registration: ClientRegistration }, void> {
  const { report, options } = request;
  const way = options.grant ?? 'code';
  const server = report.chosen;
  if (!server?.tokenEndpoint || (way === 'code' && !server.authorizationEndpoint)) {
    throw new Fault(
      'discovery.no-authorization-server',
      `No authorization server was found for ${request.server.host}.`,
    );
  }
  if (way === 'code') requireS256(server, report, options, span);
  if (way === 'device-code') requireDeviceFlow(server);
  if (way === 'code') {
    requireFreeEndpoint(server, []);
    await requireConfirmed(request, server, span);
  }
  const { tokenEndpoint } = server;
  let idToken: string | undefined;
  const reach = {
    span,
    network: options.network,
    reach: request.reach,
    signal,
    ...(options.useIdToken
      ? {
          idToken: (token: string) => {
            idToken = token;
          },
        }
      : {}),
  };

  signal.throwIfAborted();
  // Only a browser that is sent back needs a place to come back to.
  const redirectUris = way === 'code' ? (await request.openCallback()).redirectUris : [];
  const redirectUri = redirectUris[0] ?? '';
  if (way === 'code') yield { step: 'listening', redirectUri };

  signal.throwIfAborted();
  if (request.before) {
    const next = await nextRegistration(server, redirectUris, options, request.registrations, world.now());
    if (next) await request.before(next);
  }
  signal.throwIfAborted();
  const registration = await request.turns.run(server.issuer, () =>
    obtainClient(server, redirectUris, options, request.registrations, reach, world.now()),
  );
  yield { step: 'registered', clientId: registration.clientId, source: registration.source };

  signal.throwIfAborted();
  const wish = whatToAsk(request.server, report, server, options, request.held);
  for (const note of wish.notes) span.note(note);
  const mark = grantMark(options);
  const key = {
    server: request.server.href,
    resource: wish.resource ?? '',
    issuer: server.issuer,
    clientId: registration.clientId,
    profile: request.profile,
    ...(mark ? { settings: mark } : {}),
  };
  const begun: Begun = {
    request,
    server: { ...server, tokenEndpoint },
    registration,
    redirectUri,
    wish,
    reach,
    grant: tokens => {
      const grant = {
        ...grantOf(tokens, key, tokenEndpoint, wish.scope, world.now(), span),
        ...(request.reach ? { reach: request.reach } : {}),
        ...(server.revocationEndpoint ? { revocationEndpoint: server.revocationEndpoint } : {}),
      };
      return options.useIdToken ? sendingIdToken(grant, idToken, span) : grant;
    },
  };
  if (way === 'client-credentials') {
    await request.before?.(asking('token', server, registration, clientParameters(begun)));
    signal.throwIfAborted();
    return { grant: await clientGrant(begun), registration };
  }
  const flow = way === 'device-code' ? deviceFlow : codeFlow;
  return { grant: yield* flow(begun, world), registration };
}

/** Nothing is opened, nor anything registered, before somebody has seen which goes where. */
async function requireConfirmed(request: SignInRequest, server: ServerMetadata, span: Span): Promise<void> {
  const hosts = hostsToConfirm(request.server, server);
  if (!hosts) return;
  if (request.options.pageHost === hosts.page) {
    span.note(`The page is at ${hosts.page} and not at ${hosts.issuer}, which the user allows.`);
    return;
  }
  if (!request.confirm)
    throw unconfirmed(hosts, `If they do: say so with --sign-in-page ${hosts.page} beside the server's URL.`);
  await request.confirm(hosts);
  span.note(`Confirmed: the page is at ${hosts.page}, and what is allowed there goes to ${hosts.token}.`);
}
