import { expect, it, onTestFinished } from 'vitest';
import { OAUTH, RESOURCE } from '../support/discovery.ts';
import { json, serve } from '../support/http-server.ts';
import { install } from '../support/keybridge.ts';
import { rawHost } from '../support/raw-host.ts';

/** An MCP server whose own issuer names another's page and keeps the token endpoint for itself. */
async function mixUp() {
  const server = await serve((seen, res) => {
    const origin = `http://${seen.headers.host}`;
    if (seen.path === `${RESOURCE}/mcp`)
      return json(res, { resource: `${origin}/mcp`, authorization_servers: [origin] });
    if (seen.path === OAUTH)
      return json(res, {
        issuer: origin,
        authorization_endpoint: 'https://honest.example/authorize',
        token_endpoint: `${origin}/token`,
        registration_endpoint: `${origin}/register`,
        response_types_supported: ['code'],
        code_challenge_methods_supported: ['S256'],
      });
    if (seen.path === '/register') return json(res, { ...JSON.parse(seen.body), client_id: 'c' }, 201);
    if (seen.path === '/mcp') return res.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
    return res.writeHead(404).end();
  });
  const installation = install();
  onTestFinished(async () => {
    await installation.close();
    await server.close();
  });
  return { server, installation };
}

it('a page on another site than the issuer opens for no host and no script: both hear which goes where, and how it is confirmed', async () => {
  const { server, installation } = await mixUp();
  const host = rawHost(installation, [server.url]);
  expect((await host.initialize()).result).toBeDefined();
  expect((await installation.run(['status'])).stdout).toMatch(/waits for your word: .*honest\.example/);

  // A script says no by having nobody before its terminal; the host that waited hears of it, too.
  const login = await installation.run(['login', server.url]);
  expect(login.code).toBe(1);
  expect(login.stdout).toContain('a page of honest.example');
  expect(login.stderr).toContain('--sign-in-page honest.example');
  const inJson = await installation.run(['login', server.url, '--json']);
  const kinds = inJson.stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line).kind);
  expect(kinds).toEqual(['confirm', 'failed']);
  expect(host.stderr).toContain('honest.example');
  await host.leave();
  expect(installation.tabs()).toEqual([]);
  expect(server.seen.filter(({ path }) => path === '/register')).toEqual([]);
}, 60_000);
