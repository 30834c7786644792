import { type Alias, doorsOf, metadataUrl, OPENID, RESOURCE, SERVER } from './routes.ts';
import { type Site, upstreamHost } from './site.ts';
import { toYaml, type Yaml } from './yaml.ts';

const ANNOTATION = 'nginx.ingress.kubernetes.io';

/**
 * Ingresses for ingress-nginx. A rewrite-target holds for a whole Ingress, so each kind of address has one of its
 * own: the server's own paths lose the prefix, its resource metadata keeps it, its server metadata loses it.
 */
export function toIngresses(site: Site, alias: Alias): string {
  const { prefix, name } = site;
  const rest = '(/|$)(.*)';
  const documents =
    prefix === ''
      ? [document(site, `${name}-ingress`, 'Nothing has to be rewritten.', ['/'], {}, 'Prefix')]
      : [
          document(
            site,
            `${name}-ingress`,
            `Everything of the server's own: ${prefix} is taken off.`,
            [`${prefix}${rest}`],
            { 'rewrite-target': '/$2' },
          ),
          document(
            site,
            `${name}-wk-resource`,
            `The resource metadata: the server itself has ${prefix} in this address, so nothing is rewritten.`,
            [`${RESOURCE}${prefix}${rest}`],
            {},
          ),
          document(
            site,
            `${name}-wk-authserver`,
            `The server metadata: the server has it without ${prefix}.`,
            [`${SERVER}${prefix}${rest}`],
            { 'rewrite-target': SERVER },
          ),
        ];
  const doors = doorsOf(site, alias).map(path => `${path}$`);
  if (doors.length > 0) {
    documents.push(
      alias === 'app'
        ? document(site, `${name}-wk-openid`, 'The other door, which the application answers.', doors, {
            'rewrite-target': OPENID,
          })
        : document(site, `${name}-wk-openid`, 'The other door, redirected.', doors, {
            'permanent-redirect': metadataUrl(site),
            'permanent-redirect-code': '308',
          }),
    );
  }
  return documents.join('---\n');
}

function document(
  site: Site,
  name: string,
  why: string,
  paths: readonly string[],
  own: Record<string, string>,
  pathType = 'ImplementationSpecific',
): string {
  const isRegex = pathType !== 'Prefix';
  const [service = site.name, namespace] = site.upstream.hostname.split('.');
  // An Ingress names hosts, and no addresses.
  const host = /^[\d.]+$|^\[/.test(site.host) ? undefined : site.host;
  const annotations: Record<string, string> = {
    ...(isRegex ? { 'use-regex': 'true' } : {}),
    ...own,
    ...(site.upstream.isTls ? { 'backend-protocol': 'HTTPS' } : {}),
    ...(site.hostHeader === 'public' ? {} : { 'upstream-vhost': upstreamHost(site) }),
    // Answers are streams that may be silent for long.
    'proxy-buffering': 'off',
    'proxy-read-timeout': '3600',
  };
  const ingress: Yaml = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name,
      namespace,
      annotations: Object.fromEntries(
        Object.entries(annotations).map(([key, value]) => [`${ANNOTATION}/${key}`, value]),
      ),
    },
    spec: {
      ingressClassName: 'nginx',
      tls: site.isTls ? [{ ...(host ? { hosts: [host] } : {}), secretName: `${site.name}-tls` }] : undefined,
      rules: [
        {
          ...(host ? { host } : {}),
          http: {
            paths: paths.map(path => ({
              path,
              pathType,
              backend: { service: { name: service, port: { number: site.upstream.port } } },
            })),
          },
        },
      ],
    },
  };
  return `# ${why}\n${toYaml(ingress)}`;
}
