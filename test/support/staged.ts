import { asm, challenge, html, OAUTH, OPENID, prm, RESOURCE, status } from './discovery.ts';
import { examined, ISSUER, RIGHT, RIGHT_ISSUER, SERVER } from './examination.ts';
import type { Handler } from './fake-world.ts';

export interface Stage {
  /** The server's URL, where it is another. */
  url?: string;
  server?: Record<string, object | Handler>;
  issuer?: Record<string, object | Handler>;
}

const redirect =
  (location: string): Handler =>
  () =>
    new Response('', { status: 308, headers: { location } });
const gone = status(404);
const document = RIGHT_ISSUER[OAUTH];
/** What OpenID Connect wants besides. */
const OPENID_DOCUMENT = {
  ...document,
  jwks_uri: `${ISSUER}/jwks`,
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256'],
};
const silent = { '/mcp': challenge('Bearer') };
const resource = (named: string, ...issuers: string[]) => ({
  [`${RESOURCE}/mcp`]: { ...RIGHT[`${RESOURCE}/mcp`], ...prm(named, ...issuers) },
});

/** An examination of a stage. */
export const examinedStage = ({ server, issuer, url = SERVER }: Stage) => examined(server, issuer, {}, url);

/** What goes wrong between clients and servers, each by itself: the rest is right. */
export const STAGES = {
  right: {},
  'path variant 404': {
    server: { ...silent, [`${RESOURCE}/mcp`]: gone, [RESOURCE]: prm(SERVER, ISSUER) },
  },
  'slash in the document': { issuer: { [OAUTH]: { ...document, issuer: `${ISSUER}/` } } },
  'slash in the list': { server: resource(SERVER, `${ISSUER}/`) },
  'origin for resource': { server: resource('https://mcp.example', ISSUER) },
  'slash in the resource': { server: resource(`${SERVER}/`, ISSUER) },
  'slash in the URL': {
    url: `${SERVER}/`,
    server: { '/mcp/': challenge('Bearer'), ...resource(`${SERVER}/`, ISSUER) },
  },
  'query in the URL': {
    url: `${SERVER}?tenant=one`,
    server: { '/mcp?tenant=one': challenge('Bearer'), [RESOURCE]: prm(`${SERVER}?tenant=one`, ISSUER) },
  },
  'no PKCE': { issuer: { [OAUTH]: { ...document, code_challenge_methods_supported: undefined } } },
  'openid only': { issuer: { [OAUTH]: gone, [OPENID]: OPENID_DOCUMENT } },
  'openid alias of the same document': { issuer: { [OAUTH]: gone, [OPENID]: document } },
  'openid appended to a path': {
    server: resource(SERVER, `${ISSUER}/tenant`),
    issuer: { [OAUTH]: gone, [`/tenant${OPENID}`]: { ...OPENID_DOCUMENT, issuer: `${ISSUER}/tenant` } },
  },
  'Basic stands first': {
    server: {
      '/mcp': challenge('Basic realm="x", Bearer resource_metadata="https://mcp.example/resource"'),
      '/resource': RIGHT[`${RESOURCE}/mcp`],
      [`${RESOURCE}/mcp`]: gone,
    },
  },
  'alias by redirect': { issuer: { [OAUTH]: redirect('/metadata'), '/metadata': document } },
  'redirect to another host': {
    server: { '/metadata': document },
    issuer: { [OAUTH]: redirect('https://mcp.example/metadata') },
  },
  '5xx first': { issuer: { [OAUTH]: status(503), [OPENID]: OPENID_DOCUMENT } },
  'a page for resource metadata': { server: { [`${RESOURCE}/mcp`]: html } },
  'a page for server metadata': { issuer: { [OAUTH]: html } },
  'no registration': { issuer: { [OAUTH]: { ...document, registration_endpoint: undefined } } },
  'token endpoint in plain http': {
    issuer: { [OAUTH]: { ...document, token_endpoint: 'http://as.example/token' } },
  },
  'resource of another host': { server: resource('https://upstream.example/mcp', ISSUER) },
  'no metadata at all': {
    server: { ...silent, [`${RESOURCE}/mcp`]: gone },
    issuer: { [OAUTH]: gone },
  },
  'metadata of 2025-03-26': {
    server: {
      ...silent,
      [`${RESOURCE}/mcp`]: gone,
      [OAUTH]: asm('https://mcp.example', {
        registration_endpoint: 'https://mcp.example/register',
        response_types_supported: ['code'],
        code_challenge_methods_supported: ['S256'],
      }),
    },
  },
} satisfies Record<string, Stage>;
