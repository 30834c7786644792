import { type Alias, doorsOf, metadataUrl, OPENID, RESOURCE, SERVER } from './routes.ts';
import type { Site } from './site.ts';

/** A site for a Caddyfile. Caddy sets the forwarded fields by itself and flushes event streams at once. */
export function toCaddy(site: Site, alias: Alias): string {
  const { prefix, inner, upstream, hostHeader } = site;
  const own = [
    '{',
    '\t# The server’s own name: its protection against DNS rebinding may accept no other.',
    '\theader_up Host {upstream_hostport}',
    '}',
  ];
  const [opening = '', ...rest] = hostHeader === 'upstream' ? own : [];
  const proxy = [`reverse_proxy ${upstream.origin}${opening === '' ? '' : ` ${opening}`}`, ...rest];
  const moved = (path: string) => [`rewrite * ${path}`, ...proxy];
  const openid = alias === 'proxy' ? [`redir ${metadataUrl(site)} 308`] : moved(OPENID);
  const isRoot = prefix === '';
  const blocks = [
    ...doorsOf(site, alias).map(path => block('wk-openid: the other door.', `handle ${path}`, openid)),
    ...(isRoot
      ? [block('Nothing has to be rewritten.', 'handle', proxy)]
      : [
          block(
            `wk-resource: the server itself has ${prefix} in this address, so nothing is rewritten.`,
            `handle ${RESOURCE}${prefix}${inner === '' ? '' : '/*'}`,
            proxy,
          ),
          block(
            `wk-authserver: the server has its metadata without ${prefix}.`,
            `handle ${SERVER}${prefix}`,
            moved(SERVER),
          ),
          ...(inner === '' ? [block('The endpoint itself.', `handle ${prefix}`, moved('/'))] : []),
          block(
            `main: everything of the server's own; ${prefix} is taken off.`,
            `handle_path ${prefix}/*`,
            proxy,
          ),
          block(
            'What nothing takes is not there; without this Caddy answers it with an empty 200.',
            'handle',
            ['respond 404'],
          ),
        ]),
  ];
  return [`${site.origin} {`, ...blocks.flat().map(line => `\t${line}`), '}', ''].join('\n');
}

function block(why: string, matcher: string, lines: readonly string[]): string[] {
  return [...(why === '' ? [] : [`# ${why}`]), `${matcher} {`, ...lines.map(line => `\t${line}`), '}'];
}
