import { mcpEndpoint, RESOURCE, resourceDocument } from './parts.ts';
import { OAUTH, smallIssuer } from './small-issuer.ts';
import { type Answer, byPath, type Stage, serveBoth } from './stage.ts';

const PREFIX = '/mcp-o365';

/** One rule of a proxy: what it takes, and what the path becomes. */
type Route = readonly [pattern: RegExp, path: string];

/** rewrite-target /$2: the prefix comes off. */
const STRIPPED: Route = [/^\/mcp-o365(?:\/(.*))?$/, '/$1'];
/** Passed on as it came. */
const KEPT: Route = [/^\/mcp-o365.*$/, '$&'];
const RESOURCE_KEPT: Route = [/^\/\.well-known\/oauth-protected-resource\/mcp-o365\/.*$/, '$&'];
const SERVER_STRIPPED: Route = [/^\/\.well-known\/oauth-authorization-server\/mcp-o365$/, OAUTH];
const SERVER_KEPT: Route = [/^\/\.well-known\/oauth-authorization-server\/mcp-o365$/, '$&'];

/**
 * An application as FastMCP makes it: it lives at the root, is told the base URL it has outside, and puts that
 * URL's path into the address of the resource metadata and not into the address of the server metadata.
 */
function application(base: string): Answer {
  const { origin, pathname } = new URL(base);
  const small = smallIssuer({ issuer: base });
  const place = `${RESOURCE}${pathname}/mcp`;
  const app = byPath({
    '/mcp': mcpEndpoint(`resource_metadata="${origin}${place}"`, token => small.knows(token)),
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

/** Hands requests on to `upstream`, with the path that the first fitting route makes; the others are 404. */
function proxy(upstream: string, routes: readonly Route[]): Answer {
  return async request => {
    const { pathname, search } = new URL(request.url);
    const [pattern, path] = routes.find(([each]) => each.test(pathname)) ?? [];
    if (pattern === undefined || path === undefined)
      return new Response('<html>default backend - 404</html>', {
        status: 404,
        headers: { 'content-type': 'text/html' },
      });
    const { method, headers } = request;
    const body = method === 'GET' || method === 'HEAD' ? {} : { body: await request.arrayBuffer() };
    const passed = new Headers(headers);
    for (const name of ['host', 'connection', 'content-length']) passed.delete(name);
    const url = `${upstream}${pathname.replace(pattern, path)}${search}`;
    const answer = await fetch(url, { method, headers: passed, redirect: 'manual', ...body });
    const fields = new Headers(answer.headers);
    for (const name of ['connection', 'keep-alive', 'transfer-encoding']) fields.delete(name);
    return new Response(answer.status === 204 ? null : await answer.arrayBuffer(), {
      status: answer.status,
      headers: fields,
    });
  };
}

function subpath(name: string, shows: readonly string[], about: string, ...routes: Route[]): Stage {
  return {
    name,
    about,
    shows,
    ...(shows.length > 0 ? {} : { tries: url => [url] }),
    // The application listens where other stages have their authorization server.
    start: ports =>
      serveBoth(ports, `${PREFIX}/mcp`, ({ server, issuer }) => ({
        server: proxy(issuer, routes),
        issuer: application(`${server}${PREFIX}`),
      })),
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
];
