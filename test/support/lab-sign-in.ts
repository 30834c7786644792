import { createServer } from 'node:http';
import * as oauth from 'oauth4webapi';
import { type FollowOptions, follow, type LastPage } from '../../src/lab/browser.ts';
import type { Lab } from '../../src/lab/lab.ts';

/** What a client of the lab needs; a real one, from a library that has nothing to do with the lab. */
export const insecure = { [oauth.allowInsecureRequests]: true } as const;

/** A page a browser comes back to. */
export interface Callback extends AsyncDisposable {
  redirectUri: string;
  arrivals: URL[];
  /** Cookie fields of the arrivals. */
  cookies: (string | undefined)[];
}

export async function openCallback(): Promise<Callback> {
  const arrivals: URL[] = [];
  const cookies: (string | undefined)[] = [];
  const server = createServer((req, res) => {
    arrivals.push(new URL(req.url ?? '/', 'http://127.0.0.1'));
    cookies.push(req.headers.cookie);
    res.writeHead(200, { 'Content-Type': 'text/html' }).end('<p>You can close this page.</p>');
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    redirectUri: `http://127.0.0.1:${address.port}/callback`,
    arrivals,
    cookies,
    [Symbol.asyncDispose]: () =>
      new Promise<void>(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** All that is asked of a lab here; it may run in another process. */
type Place = Pick<Lab, 'issuer' | 'serverUrl'>;

export async function discover(lab: Pick<Lab, 'issuer'>): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(lab.issuer);
  const response = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure });
  return oauth.processDiscoveryResponse(issuer, response);
}

export async function register(
  lab: Pick<Lab, 'issuer'>,
  redirectUri: string,
  metadata: Partial<oauth.Client> = {},
): Promise<oauth.Client> {
  const request = {
    client_name: 'A test',
    application_type: 'native',
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
    ...metadata,
  };
  const response = await oauth.dynamicClientRegistrationRequest(await discover(lab), request, insecure);
  return oauth.processDynamicClientRegistrationResponse(response);
}

export interface SignIn {
  server: oauth.AuthorizationServer;
  client: oauth.Client;
  auth: oauth.ClientAuth;
  verifier: string;
  state: string;
  callback: Callback;
  page: LastPage;
  tokens: oauth.TokenEndpointResponse;
  refresh(refreshToken?: string): Promise<oauth.TokenEndpointResponse>;
}

export interface SignInOptions extends FollowOptions {
  scope?: string;
  resource?: string;
  client?: oauth.Client;
  auth?: oauth.ClientAuth;
  register?: Partial<oauth.Client>;
}

/** From nothing to tokens, over a callback of its own. */
export async function signIn(lab: Place, options: SignInOptions = {}): Promise<SignIn> {
  await using callback = await openCallback();
  const server = await discover(lab);
  const client = options.client ?? (await register(lab, callback.redirectUri, options.register));
  const auth =
    options.auth ?? (client.client_secret ? oauth.ClientSecretPost(`${client.client_secret}`) : oauth.None());
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const resource = options.resource ?? lab.serverUrl;
  const url = await authorizationUrl(server, client, callback.redirectUri, verifier, state, resource);
  if (options.scope !== undefined) url.searchParams.set('scope', options.scope);
  const page = await follow(url, options);
  const arrival = callback.arrivals[0];
  if (arrival === undefined) throw new Error(`nobody came back: ${page.status} ${page.url}`);
  const parameters = oauth.validateAuthResponse(server, client, arrival, state);
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    auth,
    parameters,
    callback.redirectUri,
    verifier,
    { ...insecure, additionalParameters: { resource } },
  );
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, response);
  return {
    server,
    client,
    auth,
    verifier,
    state,
    callback,
    page,
    tokens,
    refresh: async (refreshToken = tokens.refresh_token ?? '') => {
      const answer = await oauth.refreshTokenGrantRequest(server, client, auth, refreshToken, {
        ...insecure,
        additionalParameters: { resource },
      });
      return oauth.processRefreshTokenResponse(server, client, answer);
    },
  };
}

export async function authorizationUrl(
  server: oauth.AuthorizationServer,
  client: oauth.Client,
  redirectUri: string,
  verifier: string,
  state: string,
  resource: string,
): Promise<URL> {
  const url = new URL(server.authorization_endpoint ?? '');
  url.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: redirectUri,
    response_type: 'code',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    resource,
  }).toString();
  return url;
}

/** One POST to the MCP server that needs no session to be judged by its token. */
export function post(url: string, token: string | undefined, message: object = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(message),
  });
}

export const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};
