import type { Site } from './site.ts';

/** Which rule of the proxy takes an address. */
export type Via = 'main' | 'wk-resource' | 'wk-authserver' | 'wk-openid';

/** One address from outside to the server. */
export interface Route {
  method: 'GET' | 'POST';
  path: string;
  via: Via;
  /** What the server receives; a redirect has none. */
  upstream?: string;
}

/** Who answers at `openid-configuration`: the application, the proxy with a redirect, or nobody. */
export type Alias = 'app' | 'proxy' | 'none';

export const RESOURCE = '/.well-known/oauth-protected-resource';
export const SERVER = '/.well-known/oauth-authorization-server';
export const OPENID = '/.well-known/openid-configuration';

/** Where clients look for the server metadata: the path of the issuer follows the well-known part. RFC 8414 §3.1. */
export const metadataUrl = (site: Site): string => `${site.origin}${SERVER}${site.prefix}`;

/**
 * The addresses of `openid-configuration` that want a rule of their own. Where the application answers, the form
 * with the path in front reaches it like everything else below the prefix.
 */
export function doorsOf({ prefix }: Site, alias: Alias): string[] {
  if (alias === 'none') return [];
  if (prefix === '') return alias === 'proxy' ? [OPENID] : [];
  return alias === 'proxy' ? [`${OPENID}${prefix}`, `${prefix}${OPENID}`] : [`${OPENID}${prefix}`];
}

/** The addresses of an OAuth-aware MCP server, in the order a sign-in uses them. */
export function routesOf(site: Site, alias: Alias): Route[] {
  const { prefix, inner } = site;
  const main = (method: Route['method'], path: string): Route => ({
    method,
    path: `${prefix}${path}` || '/',
    via: 'main',
    upstream: path || '/',
  });
  const openid = doorsOf(site, alias).map(
    (path): Route => ({
      method: 'GET',
      path,
      via: 'wk-openid',
      ...(alias === 'app' ? { upstream: OPENID } : {}),
    }),
  );
  if (alias === 'app') openid.push(main('GET', OPENID));
  return [
    main('POST', inner),
    {
      method: 'GET',
      path: `${RESOURCE}${prefix}${inner}`,
      via: 'wk-resource',
      upstream: `${RESOURCE}${prefix}${inner}`,
    },
    { method: 'GET', path: `${SERVER}${prefix}`, via: 'wk-authserver', upstream: SERVER },
    ...openid,
    main('POST', '/register'),
    main('GET', '/authorize'),
    main('GET', '/auth/callback'),
    main('POST', '/token'),
  ];
}

/**
 * The routes as the lines of a table: request, which rule takes it, what the server receives; `status` is what the
 * proxy redirects with.
 */
export function tableOf(site: Site, routes: readonly Route[], status: number): string[] {
  const rows = routes.map(({ method, path, via, upstream }) => [
    `${method} ${path}`,
    via,
    upstream ?? `${status} → ${metadataUrl(site)}`,
  ]);
  const all = [['Request', 'Rule', 'The server receives'], ...rows];
  const width = (column: number) => Math.max(...all.map(row => row[column]?.length ?? 0));
  return all.map(([request = '', rule = '', received = '']) =>
    [request.padEnd(width(0)), rule.padEnd(width(1)), received].join('  '),
  );
}
