import { type KeyObject, verify } from 'node:crypto';
import type { Provider, Token } from 'oidc-provider';
import { asString, isObject, parseJson } from '../base/json.ts';
import type { Store } from './store.ts';

/** What a resource server learns about a bearer token. */
export type AccessTokenVerdict =
  | { kind: 'valid'; account: string; clientId: string; scopes: readonly string[]; expiresAt: number }
  | { kind: 'invalid'; reason: string };

const MAX_TOKENS = 50_000;
/** In place of a grant, for a token that a client was given for itself. */
const NO_GRANT = 'none';

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

  /** `isOwn`: the client asked for itself. RFC 6749 §4.4. */
  issued(token: Token, isOwn = false): void {
    const grantId = isOwn ? NO_GRANT : token.grantId;
    if (grantId !== undefined) this.#grants.set(token.jti, grantId);
    for (const oldest of this.#grants.keys()) {
      if (this.#grants.size <= MAX_TOKENS) break;
      this.#grants.delete(oldest);
    }
  }

  forget(): void {
    this.#grants.clear();
  }

  async check(token: string, resource: string): Promise<AccessTokenVerdict> {
    const claims = token.includes('.') ? this.#readJwt(token, 'at+jwt') : await this.#findOpaque(token);
    if (claims === undefined) return invalid('The token is not one of this server.');
    if ((claims.exp ?? 0) * 1000 <= Date.now()) return invalid('The token has expired.');
    if (claims.aud !== resource) return invalid('The token is for another resource.');
    const grantId = this.#grants.get(claims.jti);
    const isLive = grantId !== undefined && (grantId === NO_GRANT || this.#store.has('Grant', grantId));
    if (!isLive) return invalid('The token was revoked.');
    return {
      kind: 'valid',
      account: claims.accountId ?? '',
      clientId: claims.clientId ?? '',
      scopes: claims.scope?.split(' ') ?? [],
      expiresAt: claims.exp ?? 0,
    };
  }

  /** For a server that wants to know who is there: an ID token's subject may do everything. */
  checkIdToken(token: string, scopes: readonly string[]): AccessTokenVerdict {
    const claims = this.#readJwt(token, 'id');
    if (claims === undefined) return invalid('The token is no ID token of this server.');
    if ((claims.exp ?? 0) * 1000 <= Date.now()) return invalid('The token has expired.');
    return {
      kind: 'valid',
      account: claims.accountId ?? '',
      clientId: claims.aud ?? '',
      scopes,
      expiresAt: claims.exp ?? 0,
    };
  }

  async #findOpaque(token: string): Promise<Token | undefined> {
    const { AccessToken, ClientCredentials } = this.#provider;
    const found = (await AccessToken.find(token)) ?? (await ClientCredentials.find(token));
    // Only what it issued and has let expire is forgotten without having been revoked.
    return found ?? (this.#grants.has(token) ? { jti: token, exp: 0 } : undefined);
  }

  /** RFC 9068 §4: signature, type and issuer; time and audience are checked by the caller. */
  #readJwt(token: string, type: 'at+jwt' | 'id'): Token | undefined {
    const [head = '', body = '', signature = ''] = token.split('.');
    const header = parseJson(Buffer.from(head, 'base64url').toString());
    if (!isObject(header) || header.alg !== 'ES256' || (header.typ === 'at+jwt' ? 'at+jwt' : 'id') !== type)
      return undefined;
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
