import { discover } from '../../src/oauth/discover.ts';
import { fakeSpan } from './fake-span.ts';
import { type FakeServer, fakeWorld, type Handler } from './fake-world.ts';

export const RESOURCE = '/.well-known/oauth-protected-resource';
export const OAUTH = '/.well-known/oauth-authorization-server';
export const OPENID = '/.well-known/openid-configuration';

/** A server that answers paths with JSON, with what a function makes, or with 404. */
export function paths(answers: Record<string, object | Handler>): Handler {
  return (request, dialled) => {
    const { pathname, search } = new URL(request.url);
    const answer = answers[pathname + search];
    if (typeof answer === 'function') return answer(request, dialled);
    return answer ? Response.json(answer) : new Response('Not found', { status: 404 });
  };
}

export const status =
  (code: number, body = ''): Handler =>
  () =>
    new Response(body, { status: code });
export const html: Handler = () => new Response('<html>', { headers: { 'content-type': 'text/html' } });
export const challenge =
  (value: string): Handler =>
  () =>
    new Response('', { status: 401, headers: { 'www-authenticate': value } });

/** Resource metadata. */
export const prm = (resource: string, ...servers: string[]) => ({ resource, authorization_servers: servers });
/** Authorization-server metadata. */
export const asm = (issuer: string, more: object = {}) => ({
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  ...more,
});

/** Discovers `https://mcp.example/mcp`, or `url`, refused without a challenge unless told. */
export async function run(
  servers: Record<string, Handler | FakeServer>,
  options: Parameters<typeof discover>[2] & { url?: string } = {},
) {
  const world = fakeWorld({ servers });
  const span = fakeSpan(world);
  const { url = 'https://mcp.example/mcp', ...rest } = options;
  const refusal = 'refusal' in rest ? rest.refusal : { challenges: [] };
  const report = await discover(new URL(url), span, { sleep: world.sleep, ...rest, refusal });
  const asked = world.dials.map(dial => dial.url);
  return { report, asked, world, span };
}

export const refused = (value: string, address?: string) => ({ refusal: { challenges: [value], address } });
