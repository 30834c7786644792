import { page, RESOURCE, redirect, resourceDocument, stage, status } from './parts.ts';
import { OAUTH, OPENID } from './small-issuer.ts';

const PATH = `${RESOURCE}/mcp`;
const gone = status(404);

/** What is wrong with the metadata of the resource. */
export const RESOURCE_METADATA = [
  stage(
    'path-variant-404',
    ['PRM-01'],
    'The metadata is at the root of the host and not at its path.',
    ({ endpoint, resource }) => ({
      server: { '/mcp': endpoint(''), [PATH]: gone, [RESOURCE]: resource },
    }),
  ),
  stage(
    'doubled-suffix',
    ['PRM-03', 'CHL-02'],
    'The path stands twice in the address of the metadata.',
    ({ endpoint, resource }) => ({
      server: { '/mcp': endpoint(''), [PATH]: gone, [`${PATH}/mcp`]: resource },
    }),
  ),
  stage(
    'under-mount-prefix',
    ['PRM-04', 'CHL-02'],
    'The metadata is under /mcp and not at the root of the host.',
    ({ endpoint, resource }) => ({
      server: { '/mcp': endpoint(''), [PATH]: gone, [`/mcp${RESOURCE}`]: resource },
    }),
  ),
  stage('html-200', ['PRM-05', 'ASM-22'], 'A web page stands where the metadata is due.', () => ({
    server: { [PATH]: page, [RESOURCE]: page },
  })),
  stage('metadata-needs-auth', ['PRM-06', 'ASM-22'], 'The metadata asks for a sign-in itself.', () => ({
    server: { [PATH]: status(401), [RESOURCE]: status(401) },
  })),
  stage(
    'resource-is-origin',
    ['PRM-08'],
    'The metadata is for the host and not for /mcp.',
    ({ server, issuer }) => ({
      server: { [PATH]: resourceDocument(server, issuer) },
    }),
  ),
  stage(
    'resource-other-path',
    ['PRM-09'],
    'The metadata is for another path of the host.',
    ({ server, issuer }) => ({
      server: { [PATH]: resourceDocument(`${server}/other`, issuer) },
    }),
  ),
  stage(
    'resource-other-host',
    ['PRM-10'],
    'The metadata is that of the server behind a gateway.',
    ({ issuer }) => ({
      server: { [PATH]: resourceDocument('https://upstream.example/mcp', issuer) },
    }),
  ),
  stage(
    'resource-slash',
    ['PRM-11'],
    'The resource has a slash more than the address.',
    ({ server, issuer }) => ({
      server: { [PATH]: resourceDocument(`${server}/mcp/`, issuer) },
    }),
  ),
  stage('resource-no-url', ['PRM-12'], 'The resource is a name and not a URL.', ({ issuer }) => ({
    server: { [PATH]: resourceDocument('mcp-server', issuer) },
  })),
  stage('resource-missing', ['PRM-13'], 'The metadata names no resource.', ({ resource }) => ({
    server: { [PATH]: { ...resource, resource: undefined } },
  })),
  stage('no-issuers', ['PRM-14'], 'The metadata names no authorization server.', ({ server }) => ({
    server: { [PATH]: resourceDocument(`${server}/mcp`) },
  })),
  stage(
    'issuer-not-there',
    ['PRM-15'],
    'The authorization server that is named has no metadata.',
    ({ server, issuer }) => ({
      server: { [PATH]: resourceDocument(`${server}/mcp`, issuer) },
      issuer: { [OAUTH]: gone, [OPENID]: gone },
    }),
  ),
  stage(
    'issuer-is-endpoint',
    ['PRM-16', 'PRM-15'],
    'An endpoint is named as authorization server.',
    ({ server, issuer }) => ({
      server: { [PATH]: resourceDocument(`${server}/mcp`, `${issuer}/authorize`) },
    }),
  ),
  stage(
    'metadata-redirects',
    ['PRM-21'],
    'The address of the metadata redirects to it.',
    ({ server, resource }) => ({
      server: { [PATH]: redirect(302, `${server}/metadata`), '/metadata': resource },
    }),
  ),
  stage('metadata-as-text', ['PRM-22'], 'The metadata is sent as text.', ({ resource }) => ({
    server: {
      [PATH]: () => new Response(JSON.stringify(resource), { headers: { 'content-type': 'text/plain' } }),
    },
  })),
  stage(
    'two-issuers',
    [],
    'The metadata names two authorization servers, which is allowed.',
    ({ server, issuer, document }) => ({
      server: {
        [PATH]: resourceDocument(`${server}/mcp`, issuer, `${issuer}/two`),
      },
      issuer: {
        '/.well-known/oauth-authorization-server/two': { ...document, issuer: `${issuer}/two` },
        '/.well-known/openid-configuration/two': { ...document, issuer: `${issuer}/two` },
        '/two/.well-known/openid-configuration': { ...document, issuer: `${issuer}/two` },
      },
    }),
  ),
  stage(
    'behind-tls-proxy',
    ['CHL-04', 'PRM-10'],
    'Behind a proxy, the server takes the port it listens on for its address.',
    ({ endpoint, issuer }) => ({
      server: {
        '/mcp': endpoint(`resource_metadata="http://127.0.0.1:8000${PATH}"`),
        [PATH]: resourceDocument('http://127.0.0.1:8000/mcp', issuer),
      },
    }),
  ),
];
