import { type Alias, doorsOf, metadataUrl, OPENID, RESOURCE, SERVER } from './routes.ts';
import type { Site } from './site.ts';
import { toYaml, type Yaml } from './yaml.ts';

/** Routers and middlewares for Traefik's file provider; the longest rule has precedence, as Traefik orders them. */
export function toTraefik(site: Site, alias: Alias): string {
  const { prefix, inner, name, upstream } = site;
  const exact = (path: string) => `Path(\`${path}\`)`;
  const below = (path: string) => `PathPrefix(\`${path}/\`)`;
  const isRoot = prefix === '';
  const doors = doorsOf(site, alias);
  const hasOpenid = doors.length > 0;
  const router = (rule: string, middleware?: string): Yaml => ({
    rule: `Host(\`${site.host}\`) && ${rule}`,
    entryPoints: [site.isTls ? 'websecure' : 'web'],
    ...(middleware ? { middlewares: [`${name}-${middleware}`] } : {}),
    service: name,
    ...(site.isTls ? { tls: {} } : {}),
  });
  const resource = `${RESOURCE}${prefix}`;
  const endpoint = inner === '' ? `(${exact(prefix)} || ${below(prefix)})` : below(prefix);
  const openid = `(${doors.map(exact).join(' || ')})`;
  const routers: Record<string, Yaml> = {
    [`${name}-main`]: isRoot ? router('PathPrefix(`/`)') : router(endpoint, 'main'),
    ...(isRoot
      ? {}
      : {
          [`${name}-wk-resource`]: router(inner === '' ? exact(resource) : below(resource)),
          [`${name}-wk-authserver`]: router(exact(`${SERVER}${prefix}`), 'wk-authserver'),
        }),
    ...(hasOpenid ? { [`${name}-wk-openid`]: router(openid, 'wk-openid') } : {}),
  };
  const middlewares: Record<string, Yaml> = {
    ...(isRoot
      ? {}
      : {
          [`${name}-main`]: { stripPrefix: { prefixes: [prefix] } },
          [`${name}-wk-authserver`]: { replacePath: { path: SERVER } },
        }),
    ...(hasOpenid
      ? {
          [`${name}-wk-openid`]:
            alias === 'app'
              ? { replacePath: { path: OPENID } }
              : // 308 for a permanent redirect of anything but GET; for GET Traefik says 301.
                { redirectRegex: { regex: '^.*$', replacement: metadataUrl(site), permanent: true } },
        }
      : {}),
  };
  return toYaml({
    http: {
      routers,
      ...(Object.keys(middlewares).length > 0 ? { middlewares } : {}),
      services: {
        [name]: {
          loadBalancer: {
            servers: [{ url: upstream.origin }],
            passHostHeader: site.hostHeader === 'public',
            responseForwarding: { flushInterval: '1ms' },
          },
        },
      },
    },
  });
}
