import { openEndpoint, page, RESOURCE, redirect, refusal, resourceDocument, stage, status } from './parts.ts';
import type { Answer } from './stage.ts';

/** POST answered so, everything else as it should be. */
const posts =
  (make: (request: Request) => Response): Answer =>
  request =>
    request.method === 'POST' ? make(request) : new Response('', { status: 405, headers: { allow: 'POST' } });

/** An application that answers every GET with its page. */
const pages =
  (endpoint: Answer): Answer =>
  request =>
    request.method === 'GET' ? page(request) : endpoint(request);

/** How the endpoint itself refuses, redirects and answers. */
export const ENDPOINT = [
  stage('right', [], 'A server and an authorization server without a fault.', undefined, {
    tries: url => [url],
  }),
  stage('open', [], 'A server without a sign-in, as it should be.', () => ({
    server: { '/mcp': openEndpoint, [`${RESOURCE}/mcp`]: status(404) },
  })),
  stage('lazy', [], 'Everybody may begin; the metadata shows where to sign in later.', () => ({
    server: { '/mcp': openEndpoint },
  })),
  stage('no-challenge', ['CHL-01'], 'Refuses with 401 and does not say where to sign in.', () => ({
    server: { '/mcp': posts(() => refusal(401)) },
  })),
  stage(
    'bare-challenge',
    [],
    'The challenge does not name the metadata, which is where it should be.',
    () => ({
      server: { '/mcp': posts(() => refusal(401, 'realm="lab"')) },
    }),
  ),
  stage(
    'challenge-404',
    ['CHL-03'],
    'The challenge names a page that is not there.',
    ({ server, endpoint }) => ({
      server: { '/mcp': endpoint(`resource_metadata="${server}/prod${RESOURCE}/mcp"`) },
    }),
  ),
  stage(
    'challenge-names-issuer-document',
    ['CHL-13'],
    'The challenge names the metadata of the authorization server in place of its own.',
    ({ server, endpoint, document }) => ({
      server: { '/mcp': endpoint(`resource_metadata="${server}/as-metadata"`), '/as-metadata': document },
    }),
  ),
  stage('403-instead-of-401', ['CHL-07'], 'Who is not signed in is answered 403.', ({ named }) => ({
    server: { '/mcp': posts(() => refusal(403, named)) },
  })),
  stage('500-instead-of-401', ['CHL-08'], 'The check of a missing token ends in an exception.', () => ({
    server: { '/mcp': posts(() => new Response('Internal Server Error', { status: 500 })) },
  })),
  stage(
    'challenge-renamed',
    ['CHL-05'],
    'A gateway renames the challenge (x-amzn-remapped-…).',
    ({ named }) => ({
      server: {
        '/mcp': posts(
          () =>
            new Response('', {
              status: 401,
              headers: { 'x-amzn-remapped-www-authenticate': `Bearer ${named}` },
            }),
        ),
      },
    }),
  ),
  stage('basic-only', ['CHL-16'], 'Asks for Basic, which is not OAuth.', () => ({
    server: {
      '/mcp': posts(() => new Response('', { status: 401, headers: { 'www-authenticate': 'Basic' } })),
      [`${RESOURCE}/mcp`]: status(404),
    },
  })),
  stage('phantom-oauth', ['CHL-17'], 'Has no sign-in, and a page where its metadata would be.', () => ({
    server: { '/mcp': openEndpoint, [`${RESOURCE}/mcp`]: page, [RESOURCE]: page },
  })),
  stage(
    'redirect-307-slash',
    ['URL-01', 'CHL-15'],
    'Redirects a POST to its own address with a slash.',
    ({ server, endpoint, named }) => ({
      server: { '/mcp': redirect(307, `${server}/mcp/`), '/mcp/': endpoint(named) },
    }),
  ),
  stage(
    'redirect-301',
    ['NET-11', 'CHL-15'],
    'Redirects a POST with 301, which makes a GET of it.',
    ({ server, endpoint, named }) => ({
      server: { '/mcp': redirect(301, `${server}/v2/mcp`), '/v2/mcp': endpoint(named) },
    }),
  ),
  stage(
    'login-wall',
    ['NET-07', 'CHL-15', 'PRM-05'],
    'A gate for browsers redirects everything to its sign-in page.',
    ({ server }) => ({
      server: {
        '/mcp': redirect(302, `${server}/oauth2/sign_in?rd=%2Fmcp`),
        [`${RESOURCE}/mcp`]: redirect(302, `${server}/oauth2/sign_in?rd=%2Fmetadata`),
        '/oauth2/sign_in': page,
      },
    }),
  ),
  stage(
    'robot-filter',
    ['NET-05', 'PRM-06'],
    'A filter against robots answers in place of the server.',
    () => {
      const filter: Answer = () =>
        new Response('<!doctype html><title>Just a moment...</title>', {
          status: 403,
          headers: {
            'content-type': 'text/html',
            server: 'cloudflare',
            'cf-ray': '0-LAB',
            'cf-mitigated': 'challenge',
          },
        });
      return { server: { '/mcp': filter, [`${RESOURCE}/mcp`]: filter, [RESOURCE]: filter } };
    },
  ),
  stage('user-agent-wanted', ['NET-06'], 'Turns away whoever sends no User-Agent.', ({ resource }) => ({
    server: {
      [`${RESOURCE}/mcp`]: request =>
        request.headers.get('user-agent')
          ? Response.json(resource)
          : new Response('<html>Forbidden</html>', { status: 403, headers: { 'content-type': 'text/html' } }),
    },
  })),
  stage('rate-limited', ['NET-13'], 'Has had too many requests, whoever asks for the metadata.', () => ({
    server: { [`${RESOURCE}/mcp`]: status(429) },
  })),
  stage('host-header-421', ['NET-08'], 'Does not know the name by which it is reached.', () => ({
    server: { '/mcp': () => new Response('Invalid Host header', { status: 421 }) },
  })),
  stage('dead-route', ['NET-15'], 'The metadata is there, and no server behind the endpoint.', () => ({
    server: {
      '/mcp': () =>
        new Response('<html>502 Bad Gateway</html>', {
          status: 502,
          headers: { 'content-type': 'text/html', server: 'nginx' },
        }),
    },
  })),
  stage('wrong-endpoint', ['URL-04'], 'The endpoint is at /mcp and not at the address given.', () => ({}), {
    path: '/api',
  }),
  stage(
    'sse-legacy',
    ['URL-04'],
    'Speaks only the transport of 2024-11-05.',
    ({ server }) => ({
      server: {
        '/sse': request =>
          request.method === 'GET'
            ? new Response(`event: endpoint\ndata: ${server}/messages?session=1\n\n`, {
                headers: { 'content-type': 'text/event-stream' },
              })
            : new Response('', { status: 405, headers: { allow: 'GET' } }),
      },
    }),
    { path: '/sse' },
  ),
  stage('banner', ['URL-05'], 'Answers GET with a page in place of 405.', ({ endpoint, named }) => ({
    server: { '/mcp': pages(endpoint(named)) },
  })),
  stage(
    'application-before-stream',
    ['URL-08'],
    'The web application takes every GET, the server POST only.',
    ({ endpoint, named }) => ({
      server: { '/mcp': pages(endpoint(named)), '*': page },
    }),
  ),
  stage('not-acceptable', ['URL-07'], 'Answers 406 though both media types are accepted.', () => ({
    server: { '/mcp': posts(() => new Response('Not Acceptable', { status: 406 })) },
  })),
  stage(
    'scopes-differ',
    [],
    'Challenge and metadata list different scopes, which is allowed.',
    ({ endpoint, named, server, issuer }) => ({
      server: {
        '/mcp': endpoint(`scope="mcp:read", ${named}`),
        [`${RESOURCE}/mcp`]: resourceDocument(`${server}/mcp`, issuer),
      },
    }),
  ),
];
