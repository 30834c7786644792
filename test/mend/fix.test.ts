import { describe, expect, test } from 'vitest';
import { flat } from '../../src/checks/judge.ts';
import { readReport } from '../../src/mend/from-report.ts';
import { mend, PROXIES, type ProxyName, toMendingText } from '../../src/mend/mending.ts';
import { type Alias, OPENID, routesOf } from '../../src/mend/routes.ts';
import { readSite } from '../../src/mend/site.ts';
import { examined, findings } from '../support/examination.ts';
import { fastMcp } from '../support/fastmcp.ts';
import { behind, caddy, envoy, ingressesIn, ingressNginx, traefik } from '../support/proxies.ts';

const PUBLIC = 'https://one.example/mcp-o365/mcp';
const INSIDE = 'http://mcp-o365-service:8000/mcp';
const site = readSite(PUBLIC, INSIDE);

test('row 1.7: the table is the one of the sub-path deployment', () => {
  const rows = routesOf(site, 'none').map(({ method, path, via, upstream }) => [
    `${method} ${path}`,
    via,
    upstream,
  ]);
  expect(rows).toEqual([
    ['POST /mcp-o365/mcp', 'main', '/mcp'],
    [
      'GET /.well-known/oauth-protected-resource/mcp-o365/mcp',
      'wk-resource',
      '/.well-known/oauth-protected-resource/mcp-o365/mcp',
    ],
    [
      'GET /.well-known/oauth-authorization-server/mcp-o365',
      'wk-authserver',
      '/.well-known/oauth-authorization-server',
    ],
    ['POST /mcp-o365/register', 'main', '/register'],
    ['GET /mcp-o365/authorize', 'main', '/authorize'],
    ['GET /mcp-o365/auth/callback', 'main', '/auth/callback'],
    ['POST /mcp-o365/token', 'main', '/token'],
  ]);
});

test('row 1.7: three Ingresses, of which two rewrite and one does not', () => {
  const rewrites = ingressesIn(mend(site, 'nginx-ingress', 'none').configuration).map(
    ({ kind, metadata, spec }) => [
      kind,
      metadata.name,
      spec.rules[0]?.host,
      spec.rules[0]?.http.paths[0]?.path,
      metadata.annotations['nginx.ingress.kubernetes.io/rewrite-target'],
    ],
  );
  expect(rewrites).toEqual([
    ['Ingress', 'mcp-o365-ingress', 'one.example', '/mcp-o365(/|$)(.*)', '/$2'],
    [
      'Ingress',
      'mcp-o365-wk-resource',
      'one.example',
      '/.well-known/oauth-protected-resource/mcp-o365(/|$)(.*)',
      undefined,
    ],
    [
      'Ingress',
      'mcp-o365-wk-authserver',
      'one.example',
      '/.well-known/oauth-authorization-server/mcp-o365(/|$)(.*)',
      '/.well-known/oauth-authorization-server',
    ],
  ]);
});

const READERS = { 'nginx-ingress': ingressNginx, traefik, caddy, envoy };

describe.each(Object.entries(READERS))('row 1.7: the configuration for %s', (name, reader) => {
  const proxy = name as ProxyName;
  const pass = (alias: Alias) => reader(mend(site, proxy, alias).configuration);

  test.each(['app', 'proxy', 'none'] as const)('does what the table says, alias %s', alias => {
    for (const { path, upstream } of routesOf(site, alias)) {
      const passage = pass(alias)(path);
      if (upstream === undefined) expect(passage).toHaveProperty('redirect');
      else expect(passage).toEqual({ path: upstream });
    }
    expect(pass(alias)('/elsewhere')).toBeUndefined();
    expect(pass(alias)('/mcp-o3650/mcp')).toBeUndefined();
  });

  test.each(['app', 'proxy'] as const)('leaves the doctor nothing above a note, alias %s', async alias => {
    const server = fastMcp('https://one.example', '/mcp-o365', { alias: alias === 'app' });
    const examination = await examined(
      {},
      {},
      { 'https://one.example': behind(server, pass(alias)) },
      PUBLIC,
    );
    const serious = flat(findings(examination)).filter(({ severity }) => severity !== 'note');
    expect(serious.map(({ code, title }) => `${code} ${title}`)).toEqual([]);
  });

  test('serves an endpoint that is the root of its server', () => {
    const root = readSite('https://one.example/app', 'http://app:3000/');
    const through = reader(mend(root, proxy, 'proxy').configuration);
    for (const { path, upstream } of routesOf(root, 'none'))
      expect(through(path)).toEqual({ path: upstream });
  });
});

test('without a prefix nothing is rewritten', () => {
  const plain = readSite('https://mcp.example/mcp', 'http://app:8000/mcp');
  for (const [name, reader] of Object.entries({ 'nginx-ingress': ingressNginx, traefik, envoy })) {
    const pass = reader(
      mend(plain, name as ProxyName, 'app').configuration.replace('services', 'middlewares: {}\nservices'),
    );
    for (const { path } of routesOf(plain, 'app')) expect(pass(path)).toEqual({ path });
  }
  expect(ingressesIn(mend(plain, 'nginx-ingress', 'app').configuration)).toHaveLength(1);
});

test('what is not known is said, and what cannot be is refused', () => {
  const guessed = readSite(PUBLIC);
  expect(guessed).toMatchObject({ prefix: '/mcp-o365', inner: '/mcp', name: 'mcp-o365' });
  for (const [proxy, upstream] of [
    ['nginx', 'http://127.0.0.1:8000/mcp'],
    ['caddy', 'http://127.0.0.1:8000/mcp'],
    ['nginx-ingress', 'http://mcp-o365:8000/mcp'],
  ] as const) {
    const { assumptions, configuration } = mend(guessed, proxy, 'app');
    expect(assumptions).toEqual([expect.stringContaining(`${upstream}, because nobody said`)]);
    expect(configuration).toMatch(new RegExp(`^# ASSUMED: the server runs at ${upstream}\\.`));
  }
  expect(mend(site, 'nginx', 'app').assumptions).toEqual([]);
  expect(mend(site, 'nginx', 'app', ['https://one.example/mcp-o365']).assumptions).toEqual([]);
  expect(mend(site, 'nginx', 'app', ['https://as.example']).assumptions).toEqual([
    expect.stringContaining('It names https://as.example instead'),
  ]);
  expect(() => readSite(PUBLIC, 'http://app:8000/other')).toThrow('does not end with');
  for (const odd of [
    'ftp://x/y',
    'https://x/a;b',
    'https://x/%7Broot',
    'https://u:p@x/mcp',
    'https://x/mcp?key=KEY',
    'https://a;b/mcp',
    'https://a$b/mcp',
    'https://a{b}/mcp',
    'https://a"b/mcp',
  ])
    expect(() => readSite(odd)).toThrow(expect.objectContaining({ code: 'usage.url' }));
  expect(() => readSite('https://x/mcp?key=KEY')).toThrow(expect.not.stringContaining('KEY'));
});

test('a Kubernetes name comes out of any path and host', () => {
  const names = ['https://x.example/A_b.C/mcp', 'https://1.2.3.4/mcp', 'https://9x.example/mcp'].map(
    url => readSite(url).name,
  );
  expect(names).toEqual(['a-b-c', 'mcp', 'mcp-9x']);
});

test.each(['app', 'proxy'] as const)(
  'the words say what the document needs in OpenID’s name, alias %s',
  alias => {
    const lines = mend(site, 'nginx', alias)
      .advice.flatMap(each => each.lines)
      .join(' ');
    expect(lines).toMatch(/jwks_uri, subject_types_supported and id_token_signing_alg_values_supported/);
  },
);

test('the words name the alias in the application, forwarded fields, the callback and older aks-mcp', () => {
  const said = toMendingText(site, mend(site, 'nginx-ingress', 'app'), 1_000);
  expect(said).toContain(`@mcp.custom_route("${OPENID}"`);
  expect(said).toContain('status_code=308');
  expect(said).toContain('--forwarded-allow-ips');
  expect(said).toContain('X-Forwarded-Proto: https and X-Forwarded-Host: one.example');
  expect(said).toContain('base_url="https://one.example/mcp-o365"');
  expect(said).toMatch(/older releases only[\s\S]*--oauth-external-url https:\/\/one\.example\/mcp-o365/);
  expect(said).toContain('https://one.example/mcp-o365/auth/callback');
  expect(said).not.toMatch(/ $/m);
});

test('a saved report names the server and the proxy before it', async () => {
  const server = behind(
    fastMcp('https://one.example', '/mcp-o365'),
    ingressNginx(mend(site, 'nginx-ingress', 'none').configuration),
  );
  const examination = await examined(
    {},
    {},
    {
      'https://one.example': async (request, dialled) => {
        const answer = await server(request, dialled);
        const response = new Response(answer.body, answer);
        response.headers.set('server', 'envoy');
        return response;
      },
    },
    PUBLIC,
  );
  const report = JSON.stringify({ schema: 1, target: PUBLIC, findings: [], examination });
  expect(readReport(report)).toEqual([
    { target: PUBLIC, proxy: 'envoy', issuers: ['https://one.example/mcp-o365'] },
  ]);
  expect(readReport(`[${report},${report}]`)).toHaveLength(2);
  for (const other of ['', '{}', '[]', '{"schema":1,"target":"https://x/y"}'])
    expect(() => readReport(other)).toThrow('--from wants a report');
});

test('row 1.7: a redirect is told with the status it has, which for a GET at Traefik is 301', () => {
  const said = (proxy: ProxyName) => toMendingText(site, mend(site, proxy, 'proxy'), 1_000);
  for (const proxy of ['nginx-ingress', 'nginx', 'caddy', 'envoy'] as const) {
    expect(said(proxy)).toContain('wk-openid      308 → https://one.example');
    expect(said(proxy)).toContain('redirects with 308, which keeps method and body');
  }
  expect(said('traefik')).toContain('wk-openid      301 → https://one.example');
  expect(said('traefik')).toContain('redirects a GET with 301');
});

test('row 1.7: Envoy leaves silent streams open, and says host and scheme whatever a client claims', () => {
  const { configuration } = mend(site, 'envoy', 'proxy');
  expect(configuration.match(/timeout: "?0s"?\n +idle_timeout: "?3600s"?/g)).toHaveLength(3);
  expect(configuration).toMatch(/x-forwarded-proto"?\n +value: "?https"?\n +append_action: OVERWRITE/);
});

test('row 1.7: there is a configuration for every proxy that is offered', () => {
  expect(Object.keys(PROXIES)).toEqual(['nginx-ingress', 'nginx', 'traefik', 'caddy', 'envoy']);
});

describe('the name a server is called by', () => {
  const called = (upstream: string, wish?: 'public' | 'upstream') =>
    readSite('https://one.example:8443/app/mcp', upstream, wish).hostHeader;

  test('is its own where it listens on loopback, for it may accept no other, else the public one', () => {
    expect(called('http://127.0.0.1:8000/mcp')).toBe('upstream');
    expect(called('http://localhost/mcp')).toBe('upstream');
    expect(called('http://[::1]:8000/mcp')).toBe('upstream');
    expect(called('http://app:8000/mcp')).toBe('public');
    expect(called('http://app:8000/mcp', 'upstream')).toBe('upstream');
    expect(called('http://127.0.0.1:8000/mcp', 'public')).toBe('public');
  });

  test.each<[ProxyName, string, string]>([
    ['nginx', 'proxy_set_header Host $proxy_host;', 'proxy_set_header Host one.example:8443;'],
    ['caddy', 'header_up Host {upstream_hostport}', 'reverse_proxy http://app:8000\n'],
    ['traefik', 'passHostHeader: false', 'passHostHeader: true'],
    ['envoy', 'host_rewrite_literal: "app:8000"', 'prefix_rewrite'],
    ['nginx-ingress', 'upstream-vhost: "app:8000"', 'rewrite-target'],
  ])('is what the configuration for %s says', (proxy, own, other) => {
    const written = (wish: 'public' | 'upstream') =>
      mend(readSite('https://one.example:8443/app/mcp', 'http://app:8000/mcp', wish), proxy, 'none')
        .configuration;
    expect(
      written('upstream').replaceAll('"nginx.ingress.kubernetes.io/upstream-vhost"', 'upstream-vhost'),
    ).toContain(own);
    expect(written('public')).toContain(other);
    expect(written('public')).not.toContain(own);
  });

  test('is explained with the setting of each SDK, and the forwarded one is told as it is sent', () => {
    for (const wish of ['public', 'upstream'] as const) {
      const plain = readSite('http://127.0.0.1:17010/app/mcp', 'http://127.0.0.1:17011/mcp', wish);
      const said = toMendingText(plain, mend(plain, 'nginx', 'app'), 1_000);
      expect(said).toContain('X-Forwarded-Host: 127.0.0.1:17010');
      expect(said).not.toContain('TLS ends');
      for (const setting of [
        'TransportSecuritySettings(',
        'FASTMCP_HTTP_ALLOWED_HOSTS',
        'createMcpExpressApp({ allowedHosts',
        'DisableLocalhostProtection',
        'with_allowed_hosts',
        `--host-header ${wish === 'public' ? 'upstream' : 'public'}`,
      ])
        expect(said).toContain(setting);
    }
  });
});

test('another proxy is always named, and why this one was chosen', () => {
  expect(toMendingText(site, mend(site, 'nginx', 'app'), 1_000, 'The report names it.')).toContain(
    'The report names it. For another proxy: --for nginx-ingress, traefik, caddy or envoy.',
  );
});
