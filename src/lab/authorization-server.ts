import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AccessTokens, type AccessTokenVerdict } from './access-tokens.ts';
import { interact } from './interactions.ts';
import { answerJson, listenOnLoopback, readBody } from './loopback.ts';
import { providerConfiguration } from './provider-configuration.ts';
import { SecretLog } from './secret-log.ts';
import { Store } from './store.ts';
import { TokenEndpoint } from './token-endpoint.ts';

export interface AuthorizationServerOptions {
  /** 0, the default, lets the system choose. */
  port?: number;
  /** What access tokens are: signed JWTs (RFC 9068) or random strings. */
  accessTokens?: 'jwt' | 'opaque';
  /** Signed access tokens name their audience in a list. RFC 7519 §4.1.3. */
  audienceList?: boolean;
  /** The resource takes ID tokens, and no access tokens. */
  idTokens?: boolean;
  /** Seconds an access token lives; whole seconds, at least 1. */
  tokenLife?: number;
  /** Every scope there is. */
  scopes?: readonly string[];
  /** Those an authorization request gets that names none. RFC 6749 §3.3. */
  defaultScopes?: readonly string[];
}

/** What happened so far. */
export interface AuthorizationCounters {
  registrations: number;
  authorizationRequests: number;
  /** Authorization requests that named no `resource` (RFC 8707); they are served all the same. */
  withoutResource: number;
  codesIssued: number;
  codeExchanges: number;
  /** Codes for another machine (RFC 8628), and how many were exchanged. */
  deviceCodes: number;
  deviceExchanges: number;
  /** Tokens that clients were given for themselves. RFC 6749 §4.4. */
  clientGrants: number;
  refreshes: number;
  /** The most refresh requests ever under way for one grant at the same time. */
  overlappingRefreshes: number;
  /** A refresh token came a second time. */
  reuseDetections: number;
  /** Grants ended by a reused refresh token or code, or at the revocation endpoint. */
  revokedFamilies: number;
  /** Token requests answered 503 because a test wanted it. */
  refusedTokenRequests: number;
  /** Faults of the lab itself; never anything but 0. */
  serverErrors: number;
}

/** A real authorization server on loopback: RFC 6749, 7591, 7636, 7009, 8414, 8628, 8707, 9207. */
export interface AuthorizationServer {
  readonly issuer: string;
  readonly counters: Readonly<AuthorizationCounters>;
  /** From now on tokens are issued for this resource too (RFC 8707 §2); the first is the default. */
  protect(resource: string): void;
  /** Whether a bearer token may be used at a resource, asked in process. */
  check(token: string, resource: string): Promise<AccessTokenVerdict>;
  /** Ends every grant: access and refresh tokens are refused from now on. Says how many. */
  revokeAllGrants(): number;
  /** Refuses every access token issued so far; refresh tokens keep working. */
  forgetAccessTokens(): void;
  /** Refuses every registered client from now on. Says how many. */
  forgetClients(): number;
  /** Seconds, for the access tokens to come. */
  setTokenLife(seconds: number): void;
  /** Answers so many of the next token requests with 503; `Infinity` until set to 0 again. */
  refuseTokenRequests(count: number): void;
  /** Milliseconds each token request waits before it is looked at. */
  setTokenLatency(ms: number): void;
  /** Every token, code, verifier, secret and cookie issued or received, the latest 100,000. */
  issuedSecrets(): string[];
  close(): Promise<void>;
}

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';
/** A sign-in form is a few dozen bytes, a registration a few hundred. */
const MAX_BODY = 64 * 1024;

/**
 * Starts it. oidc-provider is loaded here and nowhere else. Throws `net.failed` when the port cannot be
 * had.
 */
export async function startAuthorizationServer(
  options: AuthorizationServerOptions = {},
): Promise<AuthorizationServer> {
  const { Provider, errors } = await import('oidc-provider');
  let serve = async (_req: IncomingMessage, res: ServerResponse) => answerJson(res, 503, {});
  const listener = await listenOnLoopback(options.port ?? 0, (req, res) => serve(req, res));
  const issuer = listener.origin;

  const counters: AuthorizationCounters = {
    registrations: 0,
    authorizationRequests: 0,
    withoutResource: 0,
    codesIssued: 0,
    codeExchanges: 0,
    deviceCodes: 0,
    deviceExchanges: 0,
    clientGrants: 0,
    refreshes: 0,
    overlappingRefreshes: 0,
    reuseDetections: 0,
    revokedFamilies: 0,
    refusedTokenRequests: 0,
    serverErrors: 0,
  };
  const secrets = new SecretLog();
  const store = new Store();
  const resources = new Set<string>();
  const scopes = options.scopes ?? ['mcp'];
  const defaultScopes = options.defaultScopes ?? scopes;
  const life = { seconds: wholeSeconds(options.tokenLife ?? 3600) };
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  const provider = new Provider(
    issuer,
    providerConfiguration({
      store,
      resources,
      scopes,
      life,
      accessTokens: options.accessTokens ?? 'jwt',
      audienceList: options.audienceList ?? false,
      signingKey: privateKey,
      cookieKey: randomBytes(32).toString('base64url'),
      InvalidTarget: errors.InvalidTarget,
    }),
  );
  // Koa writes to stderr when nobody listens for its errors.
  provider.silent = true;
  provider.on('error', () => undefined);
  provider.on('server_error', () => counters.serverErrors++);

  provider.use(async (ctx, next) => {
    await next();
    secrets.addCookies(ctx.response.headers['set-cookie']);
    if (typeof ctx.body !== 'object' || ctx.body === null) return;
    const body = new Map<string, unknown>(Object.entries(ctx.body));
    for (const name of SECRET_MEMBERS) secrets.add(body.get(name));
  });
  // Made once all middleware is in place: what is added later is not part of it.
  const callback = provider.callback();

  const endpoint = new TokenEndpoint(callback, counters, secrets);
  const tokens = new AccessTokens(issuer, createPublicKey(privateKey), provider, store);
  provider.on('access_token.issued', token => tokens.issued(token));
  provider.on('access_token.saved', token => tokens.issued(token));
  provider.on('client_credentials.issued', token => tokens.issued(token, true));
  provider.on('client_credentials.saved', token => tokens.issued(token, true));
  provider.on('refresh_token.saved', token => endpoint.issued(token));
  provider.on('authorization_code.saved', token => {
    // A code is saved once when it is issued; that it was used is noted without saving it again.
    counters.codesIssued++;
    secrets.add(token.jti);
  });
  provider.on('registration_create.success', () => counters.registrations++);
  provider.on('grant.success', ({ oidc }) => {
    if (oidc?.params?.grant_type === 'authorization_code') counters.codeExchanges++;
    if (oidc?.params?.grant_type === 'refresh_token') counters.refreshes++;
    if (oidc?.params?.grant_type === DEVICE_CODE) counters.deviceExchanges++;
    if (oidc?.params?.grant_type === 'client_credentials') counters.clientGrants++;
  });
  provider.on('grant.revoked', ({ oidc }) => {
    counters.revokedFamilies++;
    if (oidc?.params?.grant_type === 'refresh_token') counters.reuseDetections++;
  });

  serve = async (req, res) => {
    const url = new URL(req.url ?? '/', issuer);
    if (url.pathname.startsWith('/interaction/')) {
      const body = await readBody(req, MAX_BODY);
      const form = new URLSearchParams(body?.toString());
      await interact(provider, scopes, req, res, form);
      secrets.addCookies(res.getHeader('set-cookie'));
      return;
    }
    if (url.pathname === '/token' && req.method === 'POST') {
      await endpoint.serve(req, res);
      return;
    }
    if (url.pathname === '/device/auth' && req.method === 'POST') counters.deviceCodes++;
    if (url.pathname === '/auth' && req.method === 'GET') {
      counters.authorizationRequests++;
      if (!url.searchParams.has('resource')) counters.withoutResource++;
      if (!url.searchParams.has('scope')) {
        url.searchParams.set('scope', defaultScopes.join(' '));
        req.url = `${url.pathname}${url.search}`;
      }
    }
    secrets.addAuthorization(req.headers.authorization);
    await callback(req, res);
  };

  return {
    issuer,
    counters,
    protect: resource => void resources.add(resource),
    check: async (token, resource) => {
      secrets.add(token);
      return options.idTokens ? tokens.checkIdToken(token, scopes) : tokens.check(token, resource);
    },
    revokeAllGrants: () => {
      store.forget('AccessToken', 'RefreshToken', 'AuthorizationCode');
      return store.forget('Grant');
    },
    forgetAccessTokens: () => {
      store.forget('AccessToken');
      tokens.forget();
    },
    forgetClients: () => {
      store.forget('RegistrationAccessToken');
      return store.forget('Client');
    },
    setTokenLife: seconds => {
      life.seconds = wholeSeconds(seconds);
    },
    refuseTokenRequests: count => {
      endpoint.refusals = count;
    },
    setTokenLatency: ms => {
      endpoint.latency = ms;
    },
    issuedSecrets: () => secrets.all(),
    close: () => listener.close(),
  };
}

const SECRET_MEMBERS = [
  'access_token',
  'refresh_token',
  'id_token',
  'device_code',
  'client_secret',
  'registration_access_token',
];

function wholeSeconds(seconds: number): number {
  return Math.max(1, Math.floor(seconds));
}
