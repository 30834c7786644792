import { type Alias, doorsOf, OPENID, RESOURCE, SERVER } from './routes.ts';
import { publicHost, type Site, upstreamHost } from './site.ts';
import { toYaml, type Yaml } from './yaml.ts';

/**
 * A virtual host and a cluster for Envoy's static configuration. The first route that matches counts. What clients
 * claim of host and scheme is overwritten.
 */
export function toEnvoy(site: Site, alias: Alias): string {
  const { prefix, inner, name, upstream } = site;
  // Answers are streams that may be silent for long: a route's usual 15 seconds would cut them off, and so would
  // the 5 minutes of stream_idle_timeout.
  const action = (rewrite?: string): Yaml => ({
    cluster: name,
    ...(rewrite === undefined ? {} : { prefix_rewrite: rewrite }),
    ...(site.hostHeader === 'public' ? {} : { host_rewrite_literal: upstreamHost(site) }),
    timeout: '0s',
    idle_timeout: '3600s',
  });
  const overwritten = (key: string, value: string): Yaml => ({
    header: { key, value },
    append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
  });
  const exact = (path: string, rewrite?: string): Yaml => ({ match: { path }, route: action(rewrite) });
  const openid = (path: string): Yaml =>
    alias === 'proxy'
      ? {
          match: { path },
          redirect: { path_redirect: `${SERVER}${prefix}`, response_code: 'PERMANENT_REDIRECT' },
        }
      : exact(path, OPENID);
  const isRoot = prefix === '';
  const resource = `${RESOURCE}${prefix}`;
  const routes: Yaml[] = [
    ...doorsOf(site, alias).map(openid),
    ...(isRoot
      ? [{ match: { prefix: '/' }, route: action() }]
      : [
          inner === '' ? exact(resource) : { match: { prefix: `${resource}/` }, route: action() },
          exact(`${SERVER}${prefix}`, SERVER),
          ...(inner === '' ? [exact(prefix, '/')] : []),
          { match: { prefix: `${prefix}/` }, route: action('/') },
        ]),
  ];
  const address = { address: upstream.hostname.replace(/^\[|\]$/g, ''), port_value: upstream.port };
  return toYaml({
    virtual_hosts: [
      {
        name,
        domains: [site.host, `${site.host}:*`],
        request_headers_to_add: [
          overwritten('x-forwarded-host', publicHost(site)),
          overwritten('x-forwarded-proto', site.isTls ? 'https' : 'http'),
        ],
        routes,
      },
    ],
    clusters: [
      {
        name,
        type: 'STRICT_DNS',
        connect_timeout: '5s',
        load_assignment: {
          cluster_name: name,
          endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: address } } }] }],
        },
        ...(upstream.isTls
          ? {
              transport_socket: {
                name: 'envoy.transport_sockets.tls',
                typed_config: {
                  '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
                  sni: upstream.hostname,
                },
              },
            }
          : {}),
      },
    ],
  });
}
