import { type Client, readIn } from '../client.ts';

const REPOSITORY = 'modelcontextprotocol/typescript-sdk';
const v1 = readIn(REPOSITORY, 'src/client/auth.ts', 'v1.x');
const v1Http = readIn(REPOSITORY, 'src/client/streamableHttp.ts', 'v1.x');
const v1Shapes = readIn(REPOSITORY, 'src/shared/auth.ts', 'v1.x');
export const v2 = readIn(REPOSITORY, 'packages/client/src/client/auth.ts', 'main');
const v2Http = readIn(REPOSITORY, 'packages/client/src/client/streamableHttp.ts', 'main');
const v2Shapes = readIn(REPOSITORY, 'packages/core-internal/src/shared/auth.ts', 'main');

const OAUTH = ['issuer', 'authorization_endpoint', 'token_endpoint', 'response_types_supported'];
const NEEDS = {
  oauth: OAUTH,
  openid: [...OAUTH, 'jwks_uri', 'subject_types_supported', 'id_token_signing_alg_values_supported'],
};
const RESOURCE_PLACES = {
  named: ['named'],
  unnamed: ['path', 'root'],
  slash: 'dropped',
  query: true,
} as const;
const SERVER_PLACES = {
  path: ['oauth', 'openid-inserted', 'openid-appended'],
  root: ['oauth', 'openid-appended'],
} as const;
// What fails about resource metadata is swallowed; a 4xx at the path leads to the root.
const RESOURCE = { refused: 'next', busy: 'next', redirect: 'next', otherwise: 'none' } as const;
const SCOPES =
  'what the challenge asks for, else scopes_supported of the resource, else what it is set up with';

/** The official SDK, version 1: `@modelcontextprotocol/sdk`. */
export const TYPESCRIPT_1: Client = {
  name: 'typescript-sdk-1',
  title: 'TypeScript SDK v1',
  version: '1.32.2',
  challenge: v1('post'),
  challenges: v1('first'),
  named: v1('anywhere'),
  resourcePlaces: v1(RESOURCE_PLACES),
  resourceReactions: v1({ ...RESOURCE, failed: 'next', mismatch: 'stop' }),
  redirects: v1('same-origin'),
  issuers: v1('first'),
  serverPlaces: v1(SERVER_PLACES),
  serverReactions: v1({
    refused: 'next',
    busy: 'next',
    redirect: 'next',
    failed: 'next',
    otherwise: 'stop',
  }),
  withoutIssuer: v1(['origin', 'guess-origin']),
  withoutMetadata: v1(['guess-issuer']),
  reach: v1('any'),
  begins: v1Http([401]),
  // The application chooses.
  older: 'unknown',
  postRedirects: v1Http('same-origin-keeping-post'),
  resource: v1({ rule: 'prefix', late: true }),
  issuer: v1('unchecked'),
  originIssuer: v1('unchecked'),
  needs: v1Shapes(NEEDS),
  shapes: v1Shapes('refused'),
  pkce: v1({ absent: 'accepted', withoutS256: 'refused' }),
  registration: v1({ dynamic: true, document: 'if-configured', byHand: 'setting' }),
  httpEndpoints: v1('accepted'),
  resourceParameter: v1('as the resource metadata has it; none without metadata'),
  scopes: v1(SCOPES),
  callback: v1('what the application gives'),
};

/** The official SDK, version 2: `@modelcontextprotocol/client`. */
export const TYPESCRIPT_2: Client = {
  name: 'typescript-sdk-2',
  title: 'TypeScript SDK v2',
  version: '2.4.0',
  challenge: v2('post'),
  challenges: v2('first'),
  named: v2('anywhere'),
  resourcePlaces: v2(RESOURCE_PLACES),
  resourceReactions: v2({ ...RESOURCE, gateway: 'next', failed: 'stop', mismatch: 'stop' }),
  redirects: v2('same-origin'),
  issuers: v2('first'),
  serverPlaces: v2(SERVER_PLACES),
  serverReactions: v2({
    refused: 'next',
    busy: 'next',
    redirect: 'next',
    gateway: 'next',
    otherwise: 'stop',
  }),
  withoutIssuer: v2(['origin', 'guess-origin']),
  withoutMetadata: v2(['guess-issuer']),
  reach: v2('any'),
  begins: v2Http([401]),
  older: 'unknown',
  postRedirects: v2Http('same-origin-keeping-post'),
  resource: v2({ rule: 'prefix', late: true }),
  issuer: v2('exact-or-slash-less'),
  originIssuer: v2('root-slash'),
  needs: v2Shapes(NEEDS),
  shapes: v2Shapes('refused'),
  pkce: v2({ absent: 'accepted', withoutS256: 'refused' }),
  registration: v2({ dynamic: true, document: 'if-configured', byHand: 'setting' }),
  httpEndpoints: v2('refused-at-token'),
  resourceParameter: v2('as the resource metadata has it; none without metadata'),
  scopes: v2(SCOPES),
  callback: v2('what the application gives'),
};
