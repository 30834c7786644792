import { type KeyObject, verify } from 'node:crypto';
import type { Provider, Token } from 'oidc-provider';
import { asString, isObject, parseJson } from '../base/json.ts';
import type { Store } from './store.ts';

/** What a resource server learns about a bearer token. */
export type AccessTokenVerdict =
  | { kind: 'valid'; account: string; clientId: string; scopes: readonly string[]; expiresAt: number }
  | { kind: 'invalid'; reason: string };

const MAX_TOKENS = 50_000;

/** Checks access tokens as a resource server would, and knows besides which grants have ended. */
export class AccessTokens {
  readonly #issuer: string;
  readonly #key: KeyObject;
  readonly #provider: Provider;
  readonly #store: Store;
  /** The grant behind each token, by the token's own id. */
  readonly #grants = new Map<string, string>();

  constructor(issuer: string, key: KeyObject, provider: Provider, store: Store) {
    this.#issuer = issuer;
    this.#key = key;
    this.#provider = provider;
    this.#store = store;
  }

  issued(token: Token): void {
    if (token.grantId !== undefined) this.#grants.set(token.jti, token.grantId);
    for (const oldest of this.#grants.keys()) {
      if (this.#grants.size <= MAX_TOKENS) break;
      this.#grants.delete(oldest);
    }
  }

  forget(): void {
    this.#grants.clear();
  }

  async check(token: string, resource: string): Promise<AccessTokenVerdict> {
    const claims = token.includes('.') ? this.#readJwt(token) : await this.#findOpaque(token);
    if (claims === undefined) return invalid('The token is not one of this server.');
    if ((claims.exp ?? 0) * 1000 <= Date.now()) return invalid('The token has expired.');
    if (claims.aud !== resource) return invalid('The token is for another resource.');
    const grantId = this.#grants.get(claims.jti);
    if (grantId === undefined || !this.#store.has('Grant', grantId)) return invalid('The token was revoked.');
    return {
      kind: 'valid',
      account: claims.accountId ?? '',
      clientId: claims.clientId ?? '',
      scopes: claims.scope?.split(' ') ?? [],
      expiresAt: claims.exp ?? 0,
    };
  }

  async #findOpaque(token: string): Promise<Token | undefined> {
    const found = await this.#provider.AccessToken.find(token);
    // Only what it issued and has let expire is forgotten without having been revoked.
    return found ?? (this.#grants.has(token) ? { jti: token, exp: 0 } : undefined);
  }

  /** RFC 9068 §4: signature, type and issuer; time and audience are checked by the caller. */
  #readJwt(token: string): Token | undefined {
    const [head = '', body = '', signature = ''] = token.split('.');
    const header = parseJson(Buffer.from(head, 'base64url').toString());
    if (!isObject(header) || header.alg !== 'ES256' || header.typ !== 'at+jwt') return undefined;
    const key = { key: this.#key, dsaEncoding: 'ieee-p1363' } as const;
    const signed = Buffer.from(`${head}.${body}`);
    if (!verify('sha256', signed, key, Buffer.from(signature, 'base64url'))) return undefined;
    const claims = parseJson(Buffer.from(body, 'base64url').toString());
    if (!isObject(claims) || claims.iss !== this.#issuer) return undefined;
    return {
      jti: asString(claims.jti) ?? '',
      accountId: asString(claims.sub) ?? '',
      clientId: asString(claims.client_id) ?? '',
      scope: asString(claims.scope) ?? '',
      aud: asString(claims.aud) ?? '',
      exp: Number(claims.exp),
    };
  }
}

function invalid(reason: string): AccessTokenVerdict {
  return { kind: 'invalid', reason };
}
