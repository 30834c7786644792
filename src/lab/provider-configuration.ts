import type { KeyObject } from 'node:crypto';
import type { Client, Context } from 'oidc-provider';
import { codeConfirmPage, codeDonePage, codePage, PAGE_HEADERS, problemPage } from './pages.ts';
import type { Store } from './store.ts';

export interface ConfigurationInput {
  store: Store;
  /** Read at every request, so that resources can still be added; the first is the default. */
  resources: ReadonlySet<string>;
  /** Every scope there is, the same for all resources. */
  scopes: readonly string[];
  /** Read at every issue. */
  life: { readonly seconds: number };
  accessTokens: 'jwt' | 'opaque';
  /** Signed access tokens name their audience in a list. */
  audienceList: boolean;
  signingKey: KeyObject;
  cookieKey: string;
  /** oidc-provider's own error class, which only who loads the library has. RFC 8707 §2. */
  InvalidTarget: new () => Error;
}

const HOUR = 3600;
const QUARTER = HOUR / 4;
const FORTNIGHT = 14 * 24 * HOUR;

/**
 * oidc-provider's configuration. Every default that would print a warning is replaced, and everything
 * that would have the provider fetch a URL named by a client is off.
 */
export function providerConfiguration(input: ConfigurationInput): Record<string, unknown> {
  return {
    adapter: (model: string) => input.store.adapter(model),
    jwks: { keys: [{ ...input.signingKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256', kid: 'lab' }] },
    cookies: { keys: [input.cookieKey] },
    clockTolerance: 0,
    responseTypes: ['code'],
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post'],
    clientDefaults: {
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      id_token_signed_response_alg: 'ES256',
      token_endpoint_auth_method: 'client_secret_basic',
    },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'], userinfoSigningAlgValues: ['ES256'] },
    scopes: ['openid', ...input.scopes],
    pkce: { required: () => true },
    clientBasedCORS: () => false,
    fetch: async () => {
      throw new Error('The lab fetches nothing.');
    },
    findAccount: async (_ctx: Context, accountId: string) => ({
      accountId,
      claims: async () => ({ sub: accountId }),
    }),
    // Each consent has a grant of its own, and a grant does not end with the browser's session.
    loadExistingGrant: async (ctx: Context & { oidc: { provider: GrantFinder } }) => {
      const grantId = ctx.oidc.result?.consent?.grantId;
      return grantId === undefined ? undefined : ctx.oidc.provider.Grant.find(grantId);
    },
    expiresWithSession: async () => false,
    issueRefreshToken: async (_ctx: Context, client: Client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    renderError: async (ctx: Context, out: { error: string; error_description?: string }) => {
      ctx.type = 'html';
      ctx.set({ ...PAGE_HEADERS });
      ctx.body = problemPage(out.error, out.error_description ?? 'The request could not be served.');
    },
    formats: {
      customizers: {
        jwt: (_ctx: Context, _token: object, { payload }: { payload: { aud?: string | string[] } }) => {
          if (input.audienceList) payload.aud = [payload.aud ?? []].flat();
        },
      },
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      deviceFlow: deviceFlow(),
      registration: { enabled: true },
      registrationManagement: { enabled: true },
      revocation: {
        enabled: true,
        allowedPolicy: async (_ctx: Context, client: Client, token: { clientId: string }) =>
          token.clientId === client.clientId,
      },
      rpInitiatedLogout: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      dPoP: { enabled: false },
      userinfo: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: async (_ctx: Context, _client: Client, oneOf?: readonly string[]) =>
          oneOf?.[0] ?? input.resources.values().next().value,
        useGrantedResource: async () => true,
        getResourceServerInfo: async (_ctx: Context, resource: string) => {
          if (!input.resources.has(resource)) throw new input.InvalidTarget();
          return {
            scope: input.scopes.join(' '),
            audience: resource,
            accessTokenFormat: input.accessTokens,
            jwt: { sign: { alg: 'ES256', kid: 'lab' } },
          };
        },
      },
    },
    ttl: {
      AccessToken: () => input.life.seconds,
      AuthorizationCode: () => 60,
      Grant: () => FORTNIGHT,
      ClientCredentials: () => input.life.seconds,
      DeviceCode: () => QUARTER,
      IdToken: () => input.life.seconds,
      Interaction: () => HOUR,
      RefreshToken: () => FORTNIGHT,
      Session: () => FORTNIGHT,
    },
  };
}

/** The pages of RFC 8628 §3.3. `form`: the provider's own, without a button. */
function deviceFlow() {
  const show = (ctx: Context, html: string) => {
    ctx.type = 'html';
    ctx.set({ ...PAGE_HEADERS });
    ctx.body = html;
  };
  return {
    enabled: true,
    userCodeInputSource: async (ctx: Context, form: string, _out?: object, error?: Error) =>
      show(ctx, codePage(form, error ? 'That is no code that waits for anybody. Try again.' : '')),
    userCodeConfirmSource: async (
      ctx: Context,
      form: string,
      client: Client,
      _device: object,
      code: string,
    ) => show(ctx, codeConfirmPage(form, client.clientName ?? client.clientId, code)),
    successSource: async (ctx: Context) => show(ctx, codeDonePage()),
  };
}

interface GrantFinder {
  Grant: { find(id: string): Promise<unknown> };
}
