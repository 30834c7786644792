import { expect, test } from 'vitest';
import { ingress, nginxServer } from '../../src/lab/staged/locations.ts';
import { mend } from '../../src/mend/mending.ts';
import { routesOf } from '../../src/mend/routes.ts';
import { readSite } from '../../src/mend/site.ts';
import { discover } from '../../src/oauth/discover.ts';
import { fastMcp } from '../support/fastmcp.ts';
import { freePort, startNginx, testNginx, upstream } from '../support/nginx.ts';
import { ingressesIn } from '../support/proxies.ts';
import { realSpan } from '../support/real-span.ts';
import { describeWith } from '../support/system.ts';

const span = () => realSpan().root;

/** FastMCP under a path of a port where nginx is to listen. */
async function stage(alias = false) {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const server = await upstream(fastMcp(origin, '/mcp-o365', { alias }));
  const url = `${origin}/mcp-o365/mcp`;
  return { port, origin, url, server, site: readSite(url, `${server.origin}/mcp`) };
}

describeWith('nginx', 'with a real nginx', () => {
  test('row 1.8: one location before FastMCP hides its metadata; what fix writes shows it', async () => {
    const wrong = await stage();
    await startNginx(
      `server { listen 127.0.0.1:${wrong.port}; location /mcp-o365/ { proxy_pass ${wrong.server.origin}/; } }`,
      wrong.port,
    );
    const before = await discover(new URL(wrong.url), span());
    expect(before.resourceMetadata.found).toBeUndefined();
    expect(before.chosen?.url).toBeUndefined();

    const right = await stage();
    await startNginx(mend(right.site, 'nginx', 'none').configuration, right.port);
    const after = await discover(new URL(right.url), span());
    expect(after.path).toBe('resource-metadata');
    expect(after.resourceMetadata.found?.resource).toBe(right.url);
    expect(after.chosen).toMatchObject({
      url: `${right.origin}/.well-known/oauth-authorization-server/mcp-o365`,
      issuer: `${right.origin}/mcp-o365`,
    });
  });

  test('row 1.7: the three Ingresses, as ingress-nginx writes them into nginx, do what the table says', async () => {
    const { port, origin, url, server, site } = await stage();
    const ingresses = ingressesIn(mend(site, 'nginx-ingress', 'none').configuration);
    const locations = ingresses.flatMap(({ metadata, spec }) =>
      spec.rules.flatMap(({ http }) =>
        http.paths.map(({ path }) =>
          ingress(path, metadata.annotations['nginx.ingress.kubernetes.io/rewrite-target']),
        ),
      ),
    );
    expect(locations).toHaveLength(3);
    await startNginx(nginxServer(port, server.origin, locations), port);
    for (const { method, path, upstream: behind } of routesOf(site, 'none')) {
      server.seen.length = 0;
      await fetch(`${origin}${path}?a=b`, { method, redirect: 'manual' });
      expect(server.seen.map(({ line }) => line)).toEqual([`${method} ${behind}?a=b`]);
    }
    expect((await fetch(`${origin}/mcp-o3650/mcp`)).status).toBe(404);
    expect((await discover(new URL(url), span())).chosen?.issuer).toBe(`${origin}/mcp-o365`);
  });

  test.each(['public', 'upstream'] as const)(
    'each address arrives as the table says, by the %s name',
    async wish => {
      const { url, port, origin, server } = await stage(true);
      const site = readSite(url, `${server.origin}/mcp`, wish);
      await startNginx(mend(site, 'nginx', 'app').configuration, port);
      for (const { method, path, upstream: behind } of routesOf(site, 'app')) {
        server.seen.length = 0;
        const fields = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' };
        await fetch(`${origin}${path}?a=b`, { method, headers: fields, redirect: 'manual' });
        expect(server.seen.map(({ line }) => line)).toEqual([`${method} ${behind}?a=b`]);
        expect(server.seen[0]?.headers).toMatchObject({
          host: wish === 'public' ? `127.0.0.1:${port}` : new URL(server.origin).host,
          'x-forwarded-host': `127.0.0.1:${port}`,
          'x-forwarded-proto': 'http',
        });
      }
    },
  );

  test.each(['app', 'proxy'] as const)(
    'openid-configuration, alias %s, is a 308 to valid metadata',
    async alias => {
      const { site, port, origin } = await stage(alias === 'app');
      await startNginx(mend(site, 'nginx', alias).configuration, port);
      const forms = [
        '/.well-known/openid-configuration/mcp-o365',
        '/mcp-o365/.well-known/openid-configuration',
      ];
      for (const form of forms) {
        const answer = await fetch(`${origin}${form}`, { redirect: 'manual' });
        expect([form, answer.status]).toEqual([form, 308]);
        const followed = await fetch(answer.headers.get('location') ?? '');
        expect(await followed.json()).toMatchObject({ issuer: `${origin}/mcp-o365` });
      }
    },
  );

  test.each([
    ['http://127.0.0.1:8080/mcp-o365/mcp', 'http://127.0.0.1:8000/mcp'],
    ['http://localhost/app', 'https://localhost:8443/'],
    ['http://mcp.example:8080/mcp', 'http://127.0.0.1/mcp'],
    ['http://[::1]:8080/a/b/mcp', 'http://[::1]:8000/mcp'],
  ])('nginx -t takes what is written for %s', async (url, inside) => {
    for (const alias of ['app', 'proxy', 'none'] as const) {
      const { code, said } = await testNginx(mend(readSite(url, inside), 'nginx', alias).configuration);
      expect({ code, said }).toMatchObject({ code: 0 });
    }
  });

  test('nginx -t takes what is written for https but for the certificate, which is the operator’s', async () => {
    const { configuration } = mend(
      readSite('https://mcp.example/x/mcp', 'http://127.0.0.1:1/mcp'),
      'nginx',
      'app',
    );
    const { said } = await testNginx(configuration);
    expect(said).toContain('cannot load certificate "/etc/nginx/tls/x.crt"');
    const own = configuration.replace(/\n.*ssl_certificate.*;/g, '').replaceAll(' ssl;', ';');
    expect(await testNginx(own)).toMatchObject({ code: 0 });
  });
});
