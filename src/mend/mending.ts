import { word } from '../base/text.ts';
import { type Advice, adviceFor } from './advice.ts';
import { toCaddy } from './caddy.ts';
import { toEnvoy } from './envoy.ts';
import { toIngresses } from './nginx-ingress.ts';
import { toNginx } from './nginx-server.ts';
import { type Alias, type Route, routesOf, tableOf } from './routes.ts';
import { type HostHeader, inCluster, type Site } from './site.ts';
import { toTraefik } from './traefik.ts';

/** The proxies a configuration can be written for, and what each answers a GET with that it redirects for good. */
export const PROXIES = {
  'nginx-ingress': {
    title: 'ingress-nginx',
    goes: 'kubectl apply -f',
    redirects: 308,
    write: toIngresses,
  },
  nginx: {
    title: 'nginx',
    goes: 'a file in /etc/nginx/conf.d; where the host has a server block already, the locations go into that',
    redirects: 308,
    write: toNginx,
  },
  traefik: { title: 'Traefik', goes: 'a file of the file provider', redirects: 301, write: toTraefik },
  caddy: { title: 'Caddy', goes: 'the Caddyfile', redirects: 308, write: toCaddy },
  envoy: {
    title: 'Envoy',
    goes: 'virtual_hosts into the route_config, clusters into static_resources',
    redirects: 308,
    write: toEnvoy,
  },
} as const;

export type ProxyName = keyof typeof PROXIES;

/** Whether a word names a proxy a configuration can be written for. */
export const isProxyName = (word: string): word is ProxyName => Object.hasOwn(PROXIES, word);

/** What mends one server: plain data. */
export interface Mending {
  schema: 1;
  target: string;
  for: ProxyName;
  alias: Alias;
  /** Where the server runs, as the configuration has it. */
  upstream: string;
  /** Which name the configuration calls it by. */
  hostHeader: HostHeader;
  routes: readonly Route[];
  /** Things taken for granted that should be looked at. */
  assumptions: readonly string[];
  configuration: string;
  advice: readonly Advice[];
}

/**
 * The configuration that has a server under a path found by clients, and what else belongs to it. `issuers` are the
 * authorization servers that it is known to name.
 */
export function mend(site: Site, proxy: ProxyName, alias: Alias, issuers: readonly string[] = []): Mending {
  const there = proxy === 'nginx-ingress' ? inCluster(site) : site;
  const upstream = `${there.upstream.origin}${there.inner}`;
  const note = there.upstream.isAssumed
    ? `# ASSUMED: the server runs at ${upstream}. Where it does not, put its real address here.\n`
    : '';
  return {
    schema: 1,
    target: there.url,
    for: proxy,
    alias,
    upstream,
    hostHeader: there.hostHeader,
    routes: routesOf(there, alias),
    assumptions: assumptions(there, issuers),
    configuration: `${note}${PROXIES[proxy].write(there, alias)}`,
    advice: adviceFor(there, alias, PROXIES[proxy].redirects),
  };
}

function assumptions(site: Site, issuers: readonly string[]): string[] {
  const found: string[] = [];
  const { upstream } = site;
  if (upstream.isAssumed)
    found.push(
      `that the server runs at ${upstream.origin}${site.inner}, because nobody said where it does. Name its real address with --upstream, or put it into the configuration.`,
    );
  const [issuer] = issuers;
  if (issuer !== undefined && issuers.every(each => URL.parse(each)?.origin !== site.origin))
    found.push(
      `that the server signs people in itself. It names ${word(issuer, 300)} instead: then wk-authserver and wk-openid, and the alias, can be left out.`,
    );
  return found;
}

/** A mending for people: the table, the configuration, and what else to do. `why`: how this proxy was chosen. */
export function toMendingText(site: Site, mending: Mending, width: number, why = ''): string {
  const { title, goes, redirects } = PROXIES[mending.for];
  const others = Object.keys(PROXIES).filter(each => each !== mending.for);
  return [
    mending.target,
    '',
    ...mending.assumptions.flatMap(each => [...wrap(`Assumed ${each}`, width), '']),
    'What goes where',
    ...tableOf(site, mending.routes, redirects).map(line => `  ${line}`),
    '',
    ...wrap(`Configuration for ${title} (${goes})`, width),
    ...wrap(
      `${why === '' ? '' : `${why} `}For another proxy: --for ${others.slice(0, -1).join(', ')} or ${others.at(-1)}.`,
      width,
    ),
    '',
    ...mending.configuration.trimEnd().split('\n'),
    '',
    ...mending.advice.flatMap(each => [
      each.title,
      ...each.lines.flatMap(line =>
        line === '' || line.startsWith('    ') ? [line] : wrap(line, width - 2).map(part => `  ${part}`),
      ),
      '',
    ]),
  ].join('\n');
}

function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && last.length + word.length + 1 > width) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}
