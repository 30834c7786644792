import { createHash } from 'node:crypto';
import type { JsonObject } from '../../src/base/json.ts';
import type { ClientRegistration } from '../../src/oauth/grant.ts';
import type { Registrations } from '../../src/oauth/register.ts';
import type { ServerMetadata } from '../../src/oauth/report.ts';
import { asm, OAUTH, paths } from './discovery.ts';
import type { Handler } from './fake-world.ts';

/** What a server does otherwise than it should. */
export interface Quirks {
  /** Added to the metadata document; `undefined` takes a field out of it. */
  metadata?: Record<string, unknown>;
  /** Answers in place of the registration endpoint, or changes what it would have answered. */
  register?: (answer: JsonObject, asked: JsonObject) => Response | undefined;
  /** Answers in place of the token endpoint, or changes what it would have answered. */
  token?: (answer: JsonObject, asked: URLSearchParams) => Response | undefined;
  /** Answers in place of the device authorization endpoint, or changes what it would have answered. */
  device?: (answer: JsonObject) => Response | undefined;
  /** Changes the parameters the browser is sent back with. */
  callback?: (parameters: URLSearchParams) => void;
}

export interface AuthorizationServer {
  issuer: string;
  handle: Handler;
  /** Bodies of the registration requests. */
  registered: JsonObject[];
  /** Parameters of the authorization requests. */
  authorized: URLSearchParams[];
  /** Token requests: their parameters and their Authorization field. */
  redeemed: { parameters: URLSearchParams; authorization: string | null }[];
  /** Device authorization requests: their parameters. */
  devices: URLSearchParams[];
  /** From now on whoever asks with a device code is answered so; `undefined`: somebody entered the code. */
  entered(error?: string): void;
  /** Every token, code and client secret that was given out. */
  secrets: string[];
  /** Scopes by access token. */
  scopes: Map<string, string>;
}

interface Code {
  parameters: URLSearchParams;
  spent: boolean;
}

const error = (code: string, status = 400) => Response.json({ error: code }, { status });

/**
 * An authorization server in memory that keeps to its specifications: registration, PKCE, single-use
 * codes, resource indicators, `iss`, rotation of refresh tokens. Everybody who asks consents.
 */
export function authorizationServer(quirks: Quirks = {}, issuer = 'https://as.example'): AuthorizationServer {
  let refusal: string | undefined = 'authorization_pending';
  const clients = new Map<string, JsonObject>();
  const codes = new Map<string, Code>();
  const devices = new Map<string, URLSearchParams>();
  const refreshTokens = new Map<string, { parameters: URLSearchParams; live: boolean }>();
  const server: AuthorizationServer = {
    issuer,
    registered: [],
    authorized: [],
    redeemed: [],
    devices: [],
    entered: error => {
      refusal = error;
    },
    secrets: [],
    scopes: new Map(),
    handle: () => new Response('', { status: 500 }),
  };
  let last = 0;
  const secret = (kind: string) => {
    const value = `${kind}-that-must-stay-secret-${++last}`;
    server.secrets.push(value);
    return value;
  };

  const register: Handler = async request => {
    const asked = (await request.json()) as JsonObject;
    server.registered.push(asked);
    const answer: JsonObject = { ...asked, client_id: `client-${server.registered.length}` };
    if (asked.token_endpoint_auth_method !== 'none') {
      answer.client_secret = secret('client-secret');
      answer.client_secret_expires_at = 0;
    }
    const instead = quirks.register?.(answer, asked);
    if (typeof answer.client_id === 'string') clients.set(answer.client_id, answer);
    return instead ?? Response.json(answer, { status: 201 });
  };

  const authorize: Handler = request => {
    const asked = new URL(request.url).searchParams;
    server.authorized.push(asked);
    const redirect = new URL(asked.get('redirect_uri') ?? '');
    const code = secret('code');
    codes.set(code, { parameters: asked, spent: false });
    const back = new URLSearchParams({ code, state: asked.get('state') ?? '', iss: issuer });
    quirks.callback?.(back);
    redirect.search = back.toString();
    return new Response(null, { status: 302, headers: { location: redirect.href } });
  };

  const grant = (parameters: URLSearchParams): JsonObject => {
    const refreshToken = secret('refresh-token');
    refreshTokens.set(refreshToken, { parameters, live: true });
    const scope = parameters.get('scope') ?? 'default';
    const accessToken = secret('access-token');
    server.scopes.set(accessToken, scope);
    return {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: 3600,
      refresh_token: refreshToken,
      scope,
    };
  };

  const redeem = (asked: URLSearchParams): JsonObject | Response => {
    const code = codes.get(asked.get('code') ?? '');
    if (!code || code.spent) return error('invalid_grant');
    code.spent = true;
    const challenge = createHash('sha256')
      .update(asked.get('code_verifier') ?? '')
      .digest('base64url');
    const { parameters } = code;
    if (parameters.get('code_challenge_method') !== 'S256') return error('invalid_request');
    if (parameters.get('code_challenge') !== challenge) return error('invalid_grant');
    if (parameters.get('redirect_uri') !== asked.get('redirect_uri')) return error('invalid_grant');
    if (parameters.get('resource') !== asked.get('resource')) return error('invalid_target');
    return grant(parameters);
  };

  const renew = (asked: URLSearchParams): JsonObject | Response => {
    const known = refreshTokens.get(asked.get('refresh_token') ?? '');
    if (!known?.live) return error('invalid_grant');
    known.live = false;
    return grant(known.parameters);
  };

  const byDevice = (asked: URLSearchParams): JsonObject | Response => {
    const parameters = devices.get(asked.get('device_code') ?? '');
    if (!parameters) return error('invalid_grant');
    if (refusal !== undefined) return error(refusal);
    devices.delete(asked.get('device_code') ?? '');
    return grant(parameters);
  };

  const device: Handler = async request => {
    const asked = new URLSearchParams(await request.text());
    server.devices.push(asked);
    const code = secret('device-code');
    devices.set(code, asked);
    const answer: JsonObject = {
      device_code: code,
      user_code: `WDJB-MJH${server.devices.length}`,
      verification_uri: `${issuer}/device`,
      expires_in: 900,
    };
    return quirks.device?.(answer) ?? Response.json(answer);
  };

  const byItself = (asked: URLSearchParams): JsonObject => {
    const { refresh_token: _none, ...answer } = grant(asked);
    return answer;
  };

  const grants: Record<string, (asked: URLSearchParams) => JsonObject | Response> = {
    authorization_code: redeem,
    refresh_token: renew,
    client_credentials: byItself,
    'urn:ietf:params:oauth:grant-type:device_code': byDevice,
  };

  const token: Handler = async request => {
    const asked = new URLSearchParams(await request.text());
    server.redeemed.push({ parameters: asked, authorization: request.headers.get('authorization') });
    const answer = grants[asked.get('grant_type') ?? '']?.(asked) ?? error('unsupported_grant_type');
    if (answer instanceof Response) return answer;
    return (
      quirks.token?.(answer, asked) ?? Response.json(answer, { headers: { 'cache-control': 'no-store' } })
    );
  };

  const document = Object.fromEntries(
    Object.entries({
      ...asm(issuer),
      registration_endpoint: `${issuer}/register`,
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post'],
      authorization_response_iss_parameter_supported: true,
      ...quirks.metadata,
    }).filter(([, value]) => value !== undefined),
  );
  const pages = paths({
    [OAUTH]: document,
    '/register': register,
    '/token': token,
    '/device_authorization': device,
  });
  server.handle = (request, dialled) =>
    new URL(request.url).pathname === '/authorize' ? authorize(request, dialled) : pages(request, dialled);
  return server;
}

/** Server metadata as discovery gives it. */
export function serverMetadata(more: Partial<ServerMetadata> = {}): ServerMetadata {
  const issuer = more.issuer ?? 'https://as.example';
  return {
    url: issuer + OAUTH,
    issuer,
    authorizationEndpoint: `${issuer}/authorize`,
    tokenEndpoint: `${issuer}/token`,
    registrationEndpoint: `${issuer}/register`,
    codeChallengeMethodsSupported: ['S256'],
    clientIdMetadataDocumentSupported: false,
    authorizationResponseIssParameterSupported: false,
    raw: {},
    ...more,
  };
}

/** A place for registrations that forgets. */
export function memoryRegistrations(
  ...kept: ClientRegistration[]
): Registrations & { kept: ClientRegistration[] } {
  return {
    kept,
    registrations: async issuer => kept.filter(each => each.issuer === issuer),
    putRegistration: async registration => void kept.push(registration),
    deleteRegistration: async registration => void kept.splice(kept.indexOf(registration), 1),
  };
}
