import { authorizationServer } from '../support/authorization-server.ts';
import { OAUTH, OPENID, prm, RESOURCE } from '../support/discovery.ts';
import type { Handler } from '../support/fake-world.ts';
import { mcpInMemory } from '../support/mcp-in-memory.ts';

export const SERVER = 'https://mcp.example/mcp';
const ISSUER = 'https://as.example';

/** The ways in which a server of the oracle can be right. */
export const KINDS = ['named', 'bare', 'stream', 'session', 'open'] as const;
export type Kind = (typeof KINDS)[number];

/** What is asked for, as far as a bend can be about it. */
export const SPOTS = [
  'opening',
  'resource',
  'server-oauth',
  'server-openid',
  'register',
  'page',
  'token',
  'initialize',
  'initialized',
  'list',
  'signed-in',
  'everything',
  'endpoint',
] as const;
export type Spot = (typeof SPOTS)[number];

/** Which spots of a server a request is at. */
export async function spotsOf(request: Request, kind: Kind): Promise<Spot[]> {
  const { origin, pathname, searchParams } = new URL(request.url);
  if (origin === ISSUER) {
    if (pathname === OAUTH) return ['server-oauth'];
    if (pathname === OPENID) return ['server-openid'];
    if (pathname === '/register' && request.method === 'POST') return ['register'];
    if (pathname === '/authorize' && searchParams.has('client_id')) return ['page'];
    if (pathname === '/token' && request.method === 'POST') return ['token'];
    return [];
  }
  if (pathname.startsWith(RESOURCE))
    return ['everything', ...(pathname === `${RESOURCE}/mcp` ? (['resource'] as const) : [])];
  if (pathname !== '/mcp') return ['everything'];
  if (request.method !== 'POST') return ['everything', 'endpoint'];
  const isIn = request.headers.has('authorization') || kind === 'open';
  const text = await request.clone().text();
  const method = /"method":\s*"([^"]*)"/.exec(text)?.[1];
  const at: Spot[] = ['everything', 'endpoint'];
  if (!request.headers.has('authorization')) at.push('opening');
  if (!isIn) return at;
  if (method === 'initialize') at.push('initialize');
  if (method === 'notifications/initialized') at.push('initialized');
  if (method === 'tools/list') at.push('list');
  if (request.headers.has('authorization')) at.push('signed-in');
  return at;
}

/** A right server and its authorization server, by origin. */
export function right(kind: Kind): Record<string, Handler> {
  const as = authorizationServer(
    {
      metadata: {
        response_types_supported: ['code'],
        grant_types_supported: ['authorization_code', 'refresh_token'],
        token_endpoint_auth_methods_supported: ['none'],
        scopes_supported: ['mcp', 'offline_access'],
      },
    },
    ISSUER,
  );
  const mcp = mcpInMemory();
  mcp.open = kind === 'open';
  mcp.challenge =
    kind === 'bare' ? 'Bearer' : `Bearer resource_metadata="https://mcp.example${RESOURCE}/mcp"`;
  const document = {
    ...prm(SERVER, ISSUER),
    scopes_supported: ['mcp'],
    bearer_methods_supported: ['header'],
  };
  const server: Handler = async (request, dialled) => {
    const { pathname } = new URL(request.url);
    if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers: BROWSERS });
    if (pathname === `${RESOURCE}/mcp` && kind !== 'open') return forBrowsers(Response.json(document));
    if (pathname !== '/mcp') return forBrowsers(new Response('Not found', { status: 404 }));
    if (request.method === 'GET' || request.method === 'HEAD')
      return new Response('', { status: 405, headers: { allow: 'POST', ...BROWSERS } });
    if (request.method === 'DELETE') return new Response(null, { status: 204 });
    const text = await request.clone().text();
    const message = JSON.parse(text) as { id?: number; method?: string };
    // A message that is none, from somebody who may come in.
    const isNone = message.method === undefined && message.id === undefined;
    const isIn = kind === 'open' || request.headers.get('authorization')?.startsWith('Bearer access-token');
    if (isNone && isIn)
      return forBrowsers(
        Response.json(
          { jsonrpc: '2.0', id: null, error: { code: -32600, message: 'Invalid Request' } },
          { status: 400 },
        ),
      );
    const answer = await mcp.handle(request, dialled);
    if (kind === 'session' && message.method === 'initialize' && answer.ok)
      answer.headers.set('mcp-session-id', 'a-session-of-the-oracle');
    if (kind !== 'stream' || !answer.ok || answer.status === 202) return forBrowsers(answer);
    const events = `event: message\ndata: ${await answer.text()}\n\n`;
    return forBrowsers(new Response(events, { headers: { 'content-type': 'text/event-stream' } }));
  };
  const issuer: Handler = async (request, dialled) => {
    const { pathname, searchParams } = new URL(request.url);
    if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers: BROWSERS });
    if (pathname === '/authorize' && !searchParams.has('client_id'))
      return Response.json({ error: 'invalid_request' }, { status: 400 });
    if (pathname === '/authorize' && !searchParams.has('code_challenge'))
      return Response.json({ error: 'invalid_request' }, { status: 400 });
    if (pathname === '/register' && request.method === 'POST') {
      const { redirect_uris: uris } = (await request.clone().json()) as { redirect_uris?: string[] };
      if (!uris || uris.length === 0 || !uris.every(uri => LOOPBACK.test(uri)))
        return Response.json({ error: 'invalid_redirect_uri' }, { status: 400 });
    }
    if (pathname === OPENID) return as.handle(new Request(`${ISSUER}${OAUTH}`, request), dialled);
    return as.handle(request, dialled);
  };
  return {
    'https://mcp.example': server,
    [ISSUER]: async (request, dialled) => forBrowsers(await issuer(request, dialled)),
  };
}

const LOOPBACK = /^https:|^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])[:/]/;

const BROWSERS = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'authorization, content-type, mcp-protocol-version, mcp-session-id',
  'access-control-expose-headers': 'www-authenticate, mcp-session-id',
};

function forBrowsers(answer: Response): Response {
  const open = new Response(answer.body, answer);
  for (const [name, value] of Object.entries(BROWSERS)) open.headers.set(name, value);
  return open;
}
