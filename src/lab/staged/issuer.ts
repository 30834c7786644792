import { page, RESOURCE, redirect, resourceDocument, stage, status } from './parts.ts';
import { OAUTH, OPENID } from './small-issuer.ts';
import type { Answer } from './stage.ts';

const gone = status(404);
/** What OpenID Connect wants besides. */
const openid = (document: Readonly<Record<string, unknown>>, issuer: string) => ({
  ...document,
  jwks_uri: `${issuer}/jwks`,
  userinfo_endpoint: `${issuer}/me`,
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['ES256'],
});
const KEYS = {
  keys: [{ kty: 'EC', crv: 'P-256', use: 'sig', kid: 'lab', x: 'A'.repeat(43), y: 'A'.repeat(43) }],
};

const ALIAS = { tries: (url: string) => [url] };

/** What is wrong with the metadata of the authorization server. */
export const ISSUER_METADATA = [
  stage('openid-alias-on', [], 'The metadata answers in both names.', undefined, ALIAS),
  stage(
    'openid-alias-off',
    ['ASM-02'],
    'The metadata speaks of OpenID Connect, and openid-configuration is 404.',
    ({ document, issuer }) => ({
      issuer: { [OAUTH]: openid(document, issuer), [OPENID]: gone, '/jwks': KEYS, '/me': status(401) },
    }),
    ALIAS,
  ),
  stage(
    'openid-alias-off-oauth-only',
    [],
    'Plain OAuth, and openid-configuration is 404, which is allowed.',
    () => ({
      issuer: { [OPENID]: gone },
    }),
    ALIAS,
  ),
  ...[301, 302, 307, 308].map(code =>
    stage(
      `openid-alias-redirect-${code}`,
      [],
      `openid-configuration redirects to the metadata with ${code}.`,
      ({ issuer }) => ({
        issuer: { [OPENID]: redirect(code, `${issuer}${OAUTH}`) },
      }),
      ALIAS,
    ),
  ),
  stage(
    'openid-alias-redirect-wrong',
    ['ASM-03', 'ASM-26'],
    'openid-configuration redirects to the metadata of another issuer.',
    ({ issuer, document }) => ({
      issuer: {
        [OPENID]: redirect(308, `${issuer}/other`),
        '/other': { ...document, issuer: 'https://other.example' },
      },
    }),
    ALIAS,
  ),
  stage(
    'openid-only',
    [],
    'Only openid-configuration answers, with all that OpenID Connect wants.',
    ({ document, issuer }) => ({
      issuer: { [OAUTH]: gone, [OPENID]: openid(document, issuer), '/jwks': KEYS, '/me': status(401) },
    }),
  ),
  stage(
    'issuer-path-404',
    ['ASM-01'],
    'The issuer has a path, and its metadata is at the root of the host.',
    ({ server, issuer, document }) => ({
      server: { [`${RESOURCE}/mcp`]: resourceDocument(`${server}/mcp`, `${issuer}/tenant`) },
      issuer: { [OAUTH]: { ...document, issuer: `${issuer}/tenant` }, [OPENID]: gone },
    }),
  ),
  stage(
    'oidc-append-only',
    ['ASM-04'],
    'The issuer has a path, and its metadata stands only behind it.',
    ({ server, issuer, document }) => {
      const tenant = `${issuer}/tenant`;
      return {
        server: { [`${RESOURCE}/mcp`]: resourceDocument(`${server}/mcp`, tenant) },
        issuer: {
          [OAUTH]: gone,
          [OPENID]: gone,
          [`/tenant${OPENID}`]: openid({ ...document, issuer: tenant }, issuer),
          '/jwks': KEYS,
          '/me': status(401),
        },
      };
    },
  ),
  stage(
    '5xx-first',
    ['ASM-05'],
    'The first address fails where it should be 404, so clients look no further.',
    ({ document, issuer }) => ({
      issuer: { [OAUTH]: status(503), [OPENID]: openid(document, issuer), '/jwks': KEYS, '/me': status(401) },
    }),
  ),
  stage(
    'issuer-slash',
    ['ASM-06'],
    'The metadata writes the issuer with a slash more.',
    ({ document, issuer }) => ({
      issuer: { [OAUTH]: { ...document, issuer: `${issuer}/` } },
    }),
  ),
  stage(
    'issuer-other',
    ['ASM-07'],
    'The metadata is for another issuer than the one named.',
    ({ document, issuer }) => ({
      issuer: { [OAUTH]: { ...document, issuer: `${issuer}/realms/main` } },
    }),
  ),
  stage(
    'issuer-template',
    ['ASM-09'],
    'The issuer has a placeholder in it, as that of Entra’s shared endpoint.',
    ({ document, issuer }) => ({
      issuer: { [OAUTH]: { ...document, issuer: `${issuer}/{tenantid}/v2.0` } },
    }),
  ),
  stage('no-pkce', ['ASM-10'], 'The metadata does not speak of PKCE.', ({ document }) => ({
    issuer: { [OAUTH]: { ...document, code_challenge_methods_supported: undefined } },
  })),
  stage('pkce-plain-only', ['ASM-11'], 'Only the method "plain" is offered for PKCE.', ({ document }) => ({
    issuer: { [OAUTH]: { ...document, code_challenge_methods_supported: ['plain'] } },
  })),
  stage('no-dcr', ['ASM-12'], 'No client can make itself known.', ({ document }) => ({
    issuer: { [OAUTH]: { ...document, registration_endpoint: undefined } },
  })),
  stage('no-token-endpoint', ['ASM-15'], 'The metadata lacks what it must have.', ({ document }) => ({
    issuer: { [OAUTH]: { ...document, token_endpoint: undefined } },
  })),
  stage('no-refresh', ['ASM-19'], 'Tokens cannot be renewed.', ({ document }) => ({
    issuer: { [OAUTH]: { ...document, grant_types_supported: ['authorization_code'] } },
  })),
  stage(
    'no-scopes-anywhere',
    ['ASM-20'],
    'Nobody says what scopes to ask for.',
    ({ document, resource }) => ({
      server: { [`${RESOURCE}/mcp`]: { ...resource, scopes_supported: undefined } },
      issuer: { [OAUTH]: { ...document, scopes_supported: [] } },
    }),
  ),
  stage(
    'no-metadata',
    ['ASM-22', 'CHL-02'],
    'Wants a token, and publishes nothing about where to get one.',
    ({ endpoint }) => ({
      server: { '/mcp': endpoint(''), [`${RESOURCE}/mcp`]: gone },
      issuer: { [OAUTH]: gone, [OPENID]: gone },
    }),
  ),
  stage(
    'issuer-html',
    ['ASM-23', 'PRM-15'],
    'A web page stands where the metadata of the authorization server is due.',
    () => ({
      issuer: { [OAUTH]: page },
    }),
  ),
  stage(
    'jwks-broken',
    ['ASM-24'],
    'The keys that tokens are checked with are not there.',
    ({ document, issuer }) => ({
      issuer: { [OAUTH]: { ...document, jwks_uri: `${issuer}/jwks` }, '/jwks': status(500) },
    }),
  ),
  stage(
    'documents-differ',
    ['ASM-26'],
    'The two documents do not agree on the token endpoint.',
    ({ document, issuer }) => ({
      issuer: {
        [OPENID]: openid({ ...document, token_endpoint: `${issuer}/oauth2/token` }, issuer),
        '/jwks': KEYS,
        '/oauth2/token': status(400),
        '/me': status(401),
      },
    }),
  ),
  stage(
    'empty-method-list',
    ['ASM-18'],
    'The list of ways to authenticate at the token endpoint is empty.',
    ({ document }) => ({
      issuer: { [OAUTH]: { ...document, token_endpoint_auth_methods_supported: [] } },
    }),
  ),
  stage('authorize-404', ['ASM-16'], 'The page where people sign in is not there.', () => ({
    issuer: { '/authorize': gone },
  })),
  stage(
    'many-languages',
    [],
    'Its texts are Hebrew, Arabic and Chinese; nothing is wrong with it.',
    ({ resource, document }) => {
      const refusing: Answer = () =>
        Response.json(
          { error: 'invalid_request', error_description: 'חסר redirect_uri · 缺少参数 · المعلمة مفقودة' },
          { status: 400 },
        );
      return {
        server: { [`${RESOURCE}/mcp`]: { ...resource, resource_name: 'שרת הדגמה 演示服务器 خادم' } },
        issuer: {
          [OAUTH]: { ...document, service_documentation: undefined, op_policy_uri: undefined },
          '/authorize': refusing,
        },
      };
    },
  ),
];
