import { serveBehind } from './behind-proxy.ts';
import { ingress, type Location, location } from './locations.ts';
import { bearerOf, mcpEndpoint, RESOURCE, resourceDocument } from './parts.ts';
import { OAUTH, smallIssuer } from './small-issuer.ts';
import { type Answer, byPath, type Stage } from './stage.ts';

const PREFIX = '/mcp-o365';

/** rewrite-target /$2: the prefix comes off. */
const STRIPPED = ingress('/mcp-o365(/|$)(.*)', '/$2');
/** Passed on as it came. */
const KEPT = ingress('/mcp-o365(/|$)(.*)');
const RESOURCE_KEPT = ingress('/.well-known/oauth-protected-resource/mcp-o365(/|$)(.*)');
const SERVER_STRIPPED = ingress('/.well-known/oauth-authorization-server/mcp-o365(/|$)(.*)', OAUTH);
const SERVER_KEPT = ingress('/.well-known/oauth-authorization-server/mcp-o365(/|$)(.*)');

/**
 * An application as FastMCP makes it: it lives at the root, is told the base URL it has outside, and puts that
 * URL's path into the address of the resource metadata and not into the address of the server metadata. `refusing`
 * is what its challenge says besides.
 */
function application(base: string, refusing: string): Answer {
  const { origin, pathname } = new URL(base);
  const small = smallIssuer({ issuer: base });
  const place = `${RESOURCE}${pathname}/mcp`;
  const app = byPath({
    '/mcp': withStream(
      mcpEndpoint(`${refusing}resource_metadata="${origin}${place}"`, token => small.knows(token)),
      token => small.knows(token),
    ),
    [place]: resourceDocument(`${base}/mcp`, base),
    [OAUTH]: small.document,
    ...small.endpoints,
  });
  return async request => {
    const answer = await app(request);
    const headers = new Headers(answer.headers);
    headers.set('server', 'uvicorn');
    return new Response(answer.body, { status: answer.status, headers });
  };
}

/** The same endpoint with a stream of the server's own, on which nothing is said. */
function withStream(endpoint: Answer, knows: (token: string) => boolean): Answer {
  return request => {
    const token = bearerOf(request);
    if (request.method !== 'GET' || token === undefined || !knows(token)) return endpoint(request);
    return new Response(new ReadableStream(), { headers: { 'content-type': 'text/event-stream' } });
  };
}

function subpath(name: string, shows: readonly string[], about: string, ...locations: Location[]): Stage {
  // What the official TypeScript SDK says to whom it sees no token of.
  const refusing = locations.some(({ dropsToken }) => dropsToken)
    ? 'error="invalid_token", error_description="Missing Authorization header", '
    : '';
  return {
    name,
    about,
    shows,
    tries: (url, inside = '') => [shows.length > 0 ? `fix ${url} --upstream ${inside}/mcp` : url],
    isBehindProxy: true,
    start: ports =>
      serveBehind(ports, `${PREFIX}/mcp`, locations, origin => application(`${origin}${PREFIX}`, refusing)),
  };
}

/** A server under a sub-path, behind a proxy that rewrites paths. */
export const SUBPATH = [
  subpath(
    'subpath-three-ingresses',
    [],
    'FastMCP under /mcp-o365 behind the three routes it needs.',
    STRIPPED,
    RESOURCE_KEPT,
    SERVER_STRIPPED,
  ),
  subpath(
    'subpath-single-ingress',
    ['PRM-04', 'CHL-03', 'ASM-01'],
    'FastMCP under /mcp-o365 behind one route that strips the prefix.',
    STRIPPED,
  ),
  subpath(
    'subpath-server-route-missing',
    ['ASM-01'],
    'FastMCP under /mcp-o365; the resource metadata has its route, the server metadata has none.',
    STRIPPED,
    RESOURCE_KEPT,
  ),
  subpath(
    'subpath-server-route-kept',
    ['ASM-01'],
    'FastMCP under /mcp-o365; the route of the server metadata leaves the prefix on.',
    STRIPPED,
    RESOURCE_KEPT,
    SERVER_KEPT,
  ),
  subpath(
    'subpath-prefix-kept',
    ['URL-09', 'CHL-08', 'ASM-16'],
    'FastMCP under /mcp-o365 behind a main route that leaves the prefix on.',
    KEPT,
    RESOURCE_KEPT,
    SERVER_STRIPPED,
  ),
  subpath(
    'subpath-location-slash',
    ['URL-01', 'NET-11', 'CHL-15'],
    'FastMCP under /mcp-o365; the location of the endpoint ends with a slash, so nginx redirects to it.',
    location('/mcp-o365/mcp/', '/mcp'),
    location('/mcp-o365/', '/'),
    RESOURCE_KEPT,
    SERVER_STRIPPED,
  ),
  subpath(
    'subpath-double-slash',
    ['URL-09', 'CHL-08', 'ASM-16'],
    'FastMCP under /mcp-o365; the location has no slash at its end and proxy_pass has one, which makes two.',
    location('/mcp-o365', '/'),
    RESOURCE_KEPT,
    SERVER_STRIPPED,
  ),
  subpath(
    'subpath-nothing-behind',
    ['NET-15'],
    'FastMCP under /mcp-o365; nothing listens where the main route leads.',
    { ...STRIPPED, leadsNowhere: true },
    RESOURCE_KEPT,
    SERVER_STRIPPED,
  ),
  {
    ...subpath(
      'subpath-token-dropped',
      [],
      'Under /mcp-o365, and never sees a token: the main route takes Authorization away.',
      { ...STRIPPED, dropsToken: true },
      RESOURCE_KEPT,
      SERVER_STRIPPED,
    ),
    further: { flag: '--login', shows: ['MCP-02', 'TOK-12', 'MCP-01'] },
  } satisfies Stage,
  {
    ...subpath(
      'subpath-stream-buffered',
      [],
      'FastMCP under /mcp-o365; the main route collects answers, so a stream without events never begins.',
      { ...STRIPPED, buffers: true },
      RESOURCE_KEPT,
      SERVER_STRIPPED,
    ),
    further: { flag: '--login', shows: ['MCP-05'] },
  } satisfies Stage,
];
