import { afterEach, expect, test } from 'vitest';
import { json, serve, type TestServer } from '../support/http-server.ts';
import { type Installation, install } from '../support/keybridge.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** An issuer under /tenant whose OAuth door redirects to its OpenID door. */
async function issuer(): Promise<TestServer> {
  const server = await serve(({ path }, res) => {
    const metadata = '/tenant/.well-known/openid-configuration';
    if (path === '/.well-known/oauth-authorization-server/tenant') {
      return res.writeHead(302, { location: metadata }).end();
    }
    if (path === '/tenant/keys') return json(res, { keys: [{ kty: 'RSA' }] });
    if (path !== metadata) return json(res, {}, path.startsWith('/tenant/authorize') ? 400 : 404);
    return json(res, {
      issuer: server.url,
      authorization_endpoint: `${server.url}/authorize`,
      token_endpoint: `${server.url}/token`,
      userinfo_endpoint: `${server.url}/me`,
      jwks_uri: `${server.url}/keys`,
      registration_endpoint: `${server.url}/register`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      code_challenge_methods_supported: ['S256'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
    });
  }, '/tenant');
  ends.push(() => server.close());
  return server;
}

function installed(): Installation {
  const installation = install();
  ends.push(() => installation.close());
  return installation;
}

test('row 2.6: the URL of an issuer alone shows its endpoints, and both doors hop by hop', async () => {
  const { url } = await issuer();
  const { code, stdout } = await installed().run(['doctor', url]);
  expect(code).toBe(0);
  expect(stdout).toContain('Taken for an authorization server.');
  for (const [name, path] of [
    ['authorization_endpoint', '/authorize'],
    ['token_endpoint', '/token'],
    ['userinfo_endpoint', '/me'],
    ['jwks_uri', '/keys'],
    ['registration_endpoint', '/register'],
  ])
    expect(stdout).toMatch(new RegExp(`${name} +${url}${path}\\n`));
  expect(stdout).toContain('302 → 200');
  expect(stdout).toContain('ASM-03');
});

test('the address of its metadata means the issuer', async () => {
  const { url } = await issuer();
  const { stdout } = await installed().run(['doctor', `${url}/.well-known/openid-configuration`]);
  expect(stdout.split('\n')[0]).toBe(url);
  expect(stdout).toMatch(/userinfo_endpoint/);
});
