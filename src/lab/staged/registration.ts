import { type Parts, stage } from './parts.ts';
import { random, refused } from './small-issuer.ts';
import type { Answer, Stage } from './stage.ts';

const active = (...shows: string[]): Pick<Stage, 'further'> => ({ further: { flag: '--active', shows } });

/** Registers whoever asks, with these members in place of those asked for. */
const registers =
  (members: Readonly<Record<string, unknown>>): Answer =>
  async request =>
    Response.json({ ...(await asked(request)), client_id: random(), ...members }, { status: 201 });

/** Refuses what `isWrong` says of the registration asked for, and takes the others. */
const refuses =
  (isWrong: (metadata: Record<string, unknown>) => boolean, description: string) =>
  ({ small }: Parts) => ({
    issuer: {
      '/register': async (request: Request) =>
        isWrong(await asked(request.clone()))
          ? refused('invalid_client_metadata', description)
          : (small.endpoints['/register'] as Answer)(request),
    },
  });

/** What is asked for, as JSON. */
async function asked(request: Request): Promise<Record<string, unknown>> {
  const value: unknown = await request.json();
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** What shows only when the doctor may register clients and send requests that must be refused. */
export const REGISTRATION = [
  stage(
    'dcr-advertised-but-off',
    [],
    'The registration endpoint is in the metadata and not there.',
    () => ({ issuer: { '/register': () => new Response('', { status: 404 }) } }),
    active('ASM-13'),
  ),
  stage(
    'loopback-refused',
    [],
    'Clients on the user’s own machine may not register.',
    () => ({ issuer: { '/register': () => refused('invalid_redirect_uri', 'redirect_uri is not allowed') } }),
    active('REG-01'),
  ),
  stage(
    'secret-without-end',
    [],
    'Gives clients a secret and does not say when it ends.',
    ({ document, small }) => ({
      issuer: {
        '/.well-known/oauth-authorization-server': {
          ...document,
          token_endpoint_auth_methods_supported: ['client_secret_post'],
        },
        '/register': async request => {
          const answer = await (small.endpoints['/register'] as Answer)(request);
          if (answer.status !== 201) return answer;
          const secret = { client_secret: random(), token_endpoint_auth_method: 'client_secret_post' };
          return Response.json({ ...((await answer.json()) as object), ...secret }, { status: 201 });
        },
      },
    }),
    active('REG-06', 'REG-07'),
  ),
  stage(
    'registration-not-json',
    [],
    'Refuses registrations with a text.',
    () => ({ issuer: { '/register': () => new Response('Bad request', { status: 400 }) } }),
    active('REG-17', 'REG-08'),
  ),
  stage(
    'registration-forbidden',
    [],
    'Only who is known already may register.',
    () => ({ issuer: { '/register': () => Response.json({ error: 'access_denied' }, { status: 403 }) } }),
    active('REG-09'),
  ),
  stage(
    'dangerous-redirects',
    [],
    'Registers scripts and plain http as redirect URIs.',
    () => ({ issuer: { '/register': registers({ token_endpoint_auth_method: 'none' }) } }),
    active('REG-15'),
  ),
  stage(
    'token-errors-not-json',
    [],
    'The token endpoint refuses with a page.',
    () => ({
      issuer: {
        '/token': () =>
          new Response('<!doctype html><p>Error</p>', {
            status: 500,
            headers: { 'content-type': 'text/html' },
          }),
      },
    }),
    active('TOK-08'),
  ),
  stage(
    'pkce-ignored',
    [],
    'Gives a code to a client that sent no challenge.',
    () => ({
      issuer: {
        '/authorize': request => {
          const { searchParams } = new URL(request.url);
          const back = URL.parse(searchParams.get('redirect_uri') ?? '');
          if (back?.hostname !== '127.0.0.1' && back?.hostname !== 'localhost')
            return refused('invalid_request');
          back.searchParams.set('code', random());
          back.searchParams.set('state', searchParams.get('state') ?? '');
          return Response.redirect(back, 302);
        },
      },
    }),
    active('AZ-15'),
  ),
  stage(
    'any-token-taken',
    [],
    'Looks whether there is a token, and not whether it is valid.',
    ({ endpoint, named }) => ({
      server: {
        '/mcp': request => {
          const hasToken = request.headers.has('authorization');
          return hasToken
            ? Response.json({ jsonrpc: '2.0', id: 1, result: { protocolVersion: '2025-11-25' } })
            : endpoint(named)(request);
        },
      },
    }),
    active('CHL-11'),
  ),
  stage(
    'bad-token-500',
    [],
    'A token that is not valid ends in an exception.',
    ({ endpoint, named }) => ({
      server: {
        '/mcp': request =>
          request.headers.has('authorization')
            ? new Response('Internal Server Error', { status: 500 })
            : endpoint(named)(request),
      },
    }),
    active('CHL-11'),
  ),
  stage(
    'address-from-client',
    [],
    'Whoever asks decides what host the challenge names (X-Forwarded-Host).',
    ({ endpoint, server }) => ({
      server: {
        '/mcp': request => {
          const host = request.headers.get('x-forwarded-host');
          const origin = host ? `https://${host}` : server;
          return endpoint(`resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"`)(request);
        },
      },
    }),
    active('CHL-12'),
  ),
  stage(
    'web-client-by-default',
    [],
    'Takes a client that does not name its type for a web client.',
    refuses(
      ({ application_type: type }) => type !== 'native',
      'application_type web takes https redirect_uris only',
    ),
    active('REG-02'),
  ),
  stage(
    'both-grants-wanted',
    [],
    'Refuses a client that does not ask for both grant types.',
    refuses(
      ({ grant_types: grants }) => !JSON.stringify(grants ?? []).includes('refresh_token'),
      'grant_types must be authorization_code and refresh_token',
    ),
    active('REG-03'),
  ),
  stage(
    'own-default-refused',
    [],
    'Refuses the way to authenticate that it takes where none is named.',
    refuses(
      ({ token_endpoint_auth_method: method }) => method === undefined,
      'token_endpoint_auth_method client_secret_basic is not supported',
    ),
    active('REG-04'),
  ),
];
