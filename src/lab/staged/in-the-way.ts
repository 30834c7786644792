import { openEndpoint, RESOURCE, stage } from './parts.ts';
import type { Answer, Stage } from './stage.ts';

const html =
  (code: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer =>
  () =>
    new Response(`<!doctype html>${body}`, {
      status: code,
      headers: { 'content-type': 'text/html; charset=UTF-8', ...headers },
    });

/** Google Cloud's own page for who may not call a service. */
const FORBIDDEN = html(
  403,
  '<title>403 Forbidden</title><h1>Error: Forbidden</h1><h2>Your client does not have permission to get URL <code>/mcp</code> from this server.</h2>',
);

const login = (...shows: string[]): Pick<Stage, 'further'> => ({ further: { flag: '--login', shows } });

/** What stands in front of a server, or answers in its place, and what refuses without a reason that is known. */
export const IN_THE_WAY = [
  stage(
    'gate-everywhere',
    ['NET-18', 'CHL-01', 'PRM-06', 'ASM-22'],
    'An identity-aware proxy answers every path with 401.',
    () => {
      const gate = html(401, 'Invalid IAP credentials: empty token', {
        'x-goog-iap-generated-response': 'true',
      });
      return { server: { '/mcp': gate, '*': gate, [`${RESOURCE}/mcp`]: gate } };
    },
  ),
  stage(
    'gate-without-slash',
    ['NET-18'],
    'A platform’s own check refuses /mcp; with a slash at its end the same address passes it.',
    ({ endpoint, named }) => ({ server: { '/mcp': FORBIDDEN, '/mcp/': endpoint(named) } }),
  ),
  stage(
    'health-everywhere',
    ['CHL-17'],
    'An open server on a host that answers every other path with a health document.',
    () => ({
      server: { '/mcp': openEndpoint, '*': { status: 'ok' }, [`${RESOURCE}/mcp`]: { status: 'ok' } },
    }),
  ),
  stage(
    'refused-in-words-of-its-own',
    ['CHL-18'],
    'The first request is refused with 418, for a reason that only its own words tell.',
    () => ({
      server: {
        '/mcp': () => Response.json({ message: 'This tenant is a teapot.' }, { status: 418 }),
      },
    }),
  ),
  stage(
    'call-fails',
    [],
    'Takes the token, and fails at the first call.',
    ({ endpoint, named }) => ({
      server: {
        '/mcp': request =>
          request.headers.has('authorization') && request.method === 'POST'
            ? Response.json({ detail: 'No database for this user.' }, { status: 500 })
            : endpoint(named)(request),
      },
    }),
    login('MCP-14'),
  ),
  stage(
    'token-refused-in-words-of-its-own',
    [],
    'The token endpoint refuses a code, for a reason that only its own words tell.',
    () => ({
      issuer: {
        '/token': () =>
          Response.json(
            { error: 'invalid_request', error_description: 'requested resource invalid' },
            { status: 400 },
          ),
      },
    }),
    login('TOK-23'),
  ),
  stage(
    'page-in-json',
    [],
    'Answers the browser with JSON that names the next address, where a redirect is due.',
    ({ issuer }) => ({
      issuer: {
        '/authorize': request =>
          new URL(request.url).searchParams.has('client_id')
            ? Response.json({ redirect: true, url: `${issuer}/login` })
            : Response.json({ error: 'invalid_request' }, { status: 400 }),
      },
    }),
    login('AZ-17'),
  ),
  stage(
    'registration-fails',
    [],
    'The registration endpoint fails, whatever is asked of it.',
    () => ({
      issuer: { '/register': () => Response.json({ error: 'server_error' }, { status: 500 }) },
    }),
    { further: { flag: '--active', shows: ['REG-17'] } },
  ),
  stage(
    'registration-wants-a-name',
    [],
    'Refuses a client that sends no name.',
    ({ small }) => ({
      issuer: {
        '/register': async request => {
          const asked = (await request.clone().json()) as { client_name?: string };
          return asked.client_name === undefined
            ? Response.json({ error: 'invalid_client_metadata' }, { status: 400 })
            : (small.endpoints['/register'] as Answer)(request);
        },
      },
    }),
    { further: { flag: '--active', shows: ['REG-18'] } },
  ),
];
