import { createHash, randomBytes } from 'node:crypto';
import type { Answers } from './stage.ts';

export const OAUTH = '/.well-known/oauth-authorization-server';
export const OPENID = '/.well-known/openid-configuration';

/** What a small authorization server needs to know. */
export interface SmallIssuerOptions {
  /** With the path it has, if any, and without a slash at its end. */
  issuer: string;
  /** Members of the metadata in place of the usual ones; `undefined` takes one out. */
  metadata?: Readonly<Record<string, unknown>>;
}

/** An authorization server that fits in a hand: its endpoints by path, its document, its tokens. */
export interface SmallIssuer {
  document: object;
  /** `/authorize`, `/token` and `/register`, under no path. */
  endpoints: Answers;
  /** Whether it gave this token out. */
  knows(token: string): boolean;
}

interface Waiting {
  redirectUri: string;
  challenge: string;
}

/** The most codes and tokens kept: the oldest are forgotten first. */
const MOST = 1000;

/**
 * Everybody who asks is signed in at once, without a page. A code is good once and only with its verifier
 * (RFC 7636 §4.6); nothing expires but with the lab.
 */
export function smallIssuer({ issuer, metadata }: SmallIssuerOptions): SmallIssuer {
  const codes = new Map<string, Waiting>();
  const tokens = new Map<string, true>();
  return {
    document: {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      registration_endpoint: `${issuer}/register`,
      response_types_supported: ['code'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['none'],
      scopes_supported: ['mcp', 'offline_access'],
      ...metadata,
    },
    endpoints: {
      '/register': async (request: Request) => {
        const asked: unknown = await request.json().catch(() => undefined);
        if (typeof asked !== 'object' || asked === null) return refused('invalid_client_metadata');
        const uris: readonly unknown[] = 'redirect_uris' in asked ? [asked.redirect_uris].flat() : [];
        if (uris.length === 0 || !uris.every(uri => typeof uri === 'string' && mayRedirect(uri)))
          return refused('invalid_redirect_uri');
        const client = { ...asked, client_id: random(), token_endpoint_auth_method: 'none' };
        return Response.json(client, { status: 201 });
      },
      '/authorize': (request: Request) => {
        const { searchParams } = new URL(request.url);
        const [redirectUri, challenge] = ['redirect_uri', 'code_challenge'].map(name =>
          searchParams.get(name),
        );
        if (!redirectUri || !isLoopback(redirectUri) || !challenge) return refused('invalid_request');
        const code = random();
        keep(codes, code, { redirectUri, challenge });
        const back = new URL(redirectUri);
        back.searchParams.set('code', code);
        back.searchParams.set('state', searchParams.get('state') ?? '');
        return Response.redirect(back, 302);
      },
      '/token': async (request: Request) => {
        const form = new URLSearchParams(await request.text());
        if (form.get('grant_type') === 'refresh_token') {
          if (!tokens.delete(form.get('refresh_token') ?? '')) return refused('invalid_grant');
        } else {
          const code = form.get('code') ?? '';
          const waiting = codes.get(code);
          codes.delete(code);
          const proof = createHash('sha256')
            .update(form.get('code_verifier') ?? '')
            .digest('base64url');
          if (proof !== waiting?.challenge || form.get('redirect_uri') !== waiting.redirectUri)
            return refused('invalid_grant');
        }
        const [accessToken, refreshToken] = [random(), random()];
        keep(tokens, accessToken, true);
        keep(tokens, refreshToken, true);
        return Response.json({
          access_token: accessToken,
          refresh_token: refreshToken,
          token_type: 'Bearer',
          expires_in: 3600,
          scope: 'mcp',
        });
      },
    },
    knows: token => tokens.has(token),
  };
}

/** An error as RFC 6749 §5.2 and RFC 7591 §3.2.2 have it. */
export function refused(error: string, description?: string): Response {
  return Response.json({ error, error_description: description }, { status: 400 });
}

/** What may be registered: https, and http on this machine. RFC 8252 §7. */
function mayRedirect(uri: string): boolean {
  return isLoopback(uri) || URL.parse(uri)?.protocol === 'https:';
}

/** A code must not leave this machine. */
function isLoopback(uri: string): boolean {
  const url = URL.parse(uri);
  return url?.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
}

export function random(): string {
  return randomBytes(24).toString('base64url');
}

/** Keeps a value, and no more than so many. */
export function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= MOST) break;
    map.delete(oldest);
  }
}
