import { type Alias, doorsOf, metadataUrl, OPENID, RESOURCE, SERVER } from './routes.ts';
import { publicHost, type Site } from './site.ts';

/** A server block for nginx without Kubernetes. It goes into the `http` block, as what is in conf.d does. */
export function toNginx(site: Site, alias: Alias): string {
  const { prefix, inner, upstream } = site;
  const pass = (path = '') => [`proxy_pass ${upstream.origin}${path};`];
  const openid = alias === 'proxy' ? [`return 308 ${metadataUrl(site)};`] : pass(OPENID);
  const blocks =
    prefix === ''
      ? [block('Nothing has to be rewritten.', '/', pass())]
      : [
          block(`main: everything of the server's own; ${prefix} is taken off.`, `${prefix}/`, pass('/')),
          ...(inner === '' ? [block('The endpoint itself.', `= ${prefix}`, pass('/'))] : []),
          block(
            `wk-resource: the server itself has ${prefix} in this address, so nothing is rewritten.`,
            inner === '' ? `= ${RESOURCE}${prefix}` : `${RESOURCE}${prefix}/`,
            pass(),
          ),
          block(
            `wk-authserver: the server has its metadata without ${prefix}.`,
            `= ${SERVER}${prefix}`,
            pass(SERVER),
          ),
        ];
  blocks.push(...doorsOf(site, alias).map(path => block('wk-openid: the other door.', `= ${path}`, openid)));
  return [
    'server {',
    ...[
      ...listening(site),
      '',
      ...FORWARDING(site),
      '',
      ...blocks.flatMap((each, at) => (at > 0 ? ['', ...each] : each)),
    ].map(line => (line === '' ? '' : `    ${line}`)),
    '}',
    '',
  ].join('\n');
}

function listening({ isTls, isLoopback, host, port, name }: Site): string[] {
  const own = host.startsWith('[') ? '[::1]:' : '127.0.0.1:';
  const number = port || (isTls ? '443' : '80');
  const ssl = isTls ? ' ssl' : '';
  return [
    ...(isLoopback
      ? [`listen ${own}${number}${ssl};`]
      : [`listen ${number}${ssl};`, `listen [::]:${number}${ssl};`]),
    `server_name ${host};`,
    ...(isTls
      ? [`ssl_certificate /etc/nginx/tls/${name}.crt;`, `ssl_certificate_key /etc/nginx/tls/${name}.key;`]
      : []),
  ];
}

/** What a location sets itself would replace all of these, so they stand once, in the server block. */
const FORWARDING = (site: Site): string[] => {
  const { upstream, hostHeader } = site;
  return [
    ...(hostHeader === 'public'
      ? [
          '# The public name. A server that accepts only its own name answers 421 or 403: allow the public one there.',
          `proxy_set_header Host ${publicHost(site)};`,
        ]
      : [
          '# The server’s own name, for its protection against DNS rebinding may accept no other.',
          'proxy_set_header Host $proxy_host;',
        ]),
    '# The server builds its public addresses from these; what a client claims is overwritten.',
    `proxy_set_header X-Forwarded-Host ${publicHost(site)};`,
    'proxy_set_header X-Forwarded-Proto $scheme;',
    'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
    ...(upstream.isTls ? ['proxy_ssl_server_name on;', `proxy_ssl_name ${upstream.hostname};`] : []),
    '',
    '# Answers are streams that may be silent for long.',
    'proxy_http_version 1.1;',
    'proxy_set_header Connection "";',
    'proxy_buffering off;',
    'proxy_read_timeout 1h;',
  ];
};

function block(why: string, location: string, lines: readonly string[]): string[] {
  return [
    ...(why === '' ? [] : [`# ${why}`]),
    `location ${location} {`,
    ...lines.map(line => `    ${line}`),
    '}',
  ];
}
