import { expect, test } from 'vitest';
import { remedyFor, runs, softwareOf } from '../../src/checks/software.ts';
import { View } from '../../src/checks/view.ts';
import { asm, OAUTH, prm, RESOURCE } from '../support/discovery.ts';
import { examined, SERVER } from '../support/examination.ts';

const names = (view: View) => softwareOf(view).map(({ name }) => name);
const answering = async (headers: [string, string][], body = '', status = 401) =>
  new View(await examined({ '/mcp': () => new Response(body, { status, headers }) }));

test('nothing is recognized where nothing gives itself away', async () => {
  expect(names(new View(await examined()))).toEqual([]);
});

test.each<[string, [string, string][], string?]>([
  ['nginx', [['server', 'nginx/1.27.0']]],
  ['nginx', [], '<html><hr><center>nginx</center></html>'],
  ['ingress-nginx', [['strict-transport-security', 'max-age=15724800; includeSubDomains']]],
  ['ingress-nginx', [['set-cookie', 'INGRESSCOOKIE=abc; Path=/']]],
  ['cloudflare', [['cf-ray', '8f0']]],
  ['envoy', [['x-envoy-upstream-service-time', '3']]],
  ['istio', [['server', 'istio-envoy']]],
  ['caddy', [['via', '1.1 Caddy']]],
  ['api-gateway', [['x-amz-apigw-id', 'x']]],
  ['cloudfront', [['via', '1.1 d.cloudfront.net (CloudFront)']]],
  ['alb', [['server', 'awselb/2.0']]],
  ['application-gateway', [['server', 'Microsoft-Azure-Application-Gateway/v2']]],
  ['easy-auth', [['x-ms-middleware-request-id', 'b15996c1']]],
  ['uvicorn', [['server', 'uvicorn']]],
  ['oauth2-proxy', [['set-cookie', '_oauth2_proxy_csrf=x; Path=/']]],
  ['python-sdk', [], '{"error": "invalid_token", "error_description": "Authentication required"}'],
  ['typescript-sdk', [], '{"error":"invalid_token","error_description":"Missing Authorization header"}'],
  [
    'fastmcp',
    [
      [
        'www-authenticate',
        'Bearer error="invalid_token", error_description="Authentication failed. The provided bearer token is invalid, expired, or no longer recognized by the server. To resolve: clear authentication tokens in your MCP client and reconnect."',
      ],
    ],
  ],
])('%s gives itself away', async (name, headers, body) => {
  const view = await answering(headers, body);
  expect(names(view)).toContain(name);
  expect(softwareOf(view).find(each => each.name === name)?.evidence).not.toEqual([]);
});

test('a redirect to a gate names the gate', async () => {
  const view = await answering(
    [['location', 'https://team.cloudflareaccess.com/cdn-cgi/access/login/x']],
    '',
    302,
  );
  expect(names(view)).toContain('cloudflare-access');
});

test('aks-mcp is known by its endpoints, and Entra with its tenant is not taken for it', async () => {
  const issuer = 'https://mcp.example';
  const served = (token_endpoint: string) =>
    examined({
      [`${RESOURCE}/mcp`]: prm(SERVER, issuer),
      [OAUTH]: asm(issuer, { token_endpoint, registration_endpoint: `${issuer}/oauth/register` }),
    });
  expect(names(new View(await served(`${issuer}/oauth2/v2.0/token`)))).toContain('aks-mcp');
  const entra = 'https://contoso.ciamlogin.com/0000/oauth2/v2.0/token';
  expect(names(new View(await served(entra)))).not.toContain('aks-mcp');
});

test.each([
  ['entra', 'https://login.microsoftonline.com/0000/v2.0'],
  ['keycloak', 'https://id.example/realms/main'],
  ['auth0', 'https://tenant.eu.auth0.com/'],
  ['okta', 'https://dev-1.okta.com/oauth2/default'],
  ['cognito', 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_x'],
  ['adfs', 'https://sts.example/adfs'],
])('%s is known by its issuer', async (name, issuer) => {
  expect(names(new View(await examined({ [`${RESOURCE}/mcp`]: prm(SERVER, issuer) })))).toContain(name);
});

test("what only an authorization server's host shows is not taken for the server's", async () => {
  const issuer = {
    [OAUTH]: () => Response.json(asm('https://as.example'), { headers: { server: 'nginx' } }),
  };
  expect(names(new View(await examined({}, issuer)))).not.toContain('nginx');
});

test("a controller's own certificate names the controller", async () => {
  const subject = 'Kubernetes Ingress Controller Fake Certificate';
  const look = { host: 'mcp.example', port: 443, chain: [{ subject, issuer: subject, validTo: '' }] };
  expect(names(new View({ ...(await examined()), tls: [look] }))).toEqual(['ingress-nginx']);
});

test('the first remedy whose software was seen is taken, else the one for everybody', async () => {
  const view = await answering([
    ['server', 'uvicorn'],
    ['cf-ray', '8f0'],
  ]);
  expect(remedyFor(view, { fastmcp: 'a', uvicorn: 'b', cloudflare: 'c' }, 'd')).toBe('b');
  expect(remedyFor(view, { caddy: 'a' }, 'd')).toBe('d');
  expect(runs(view, 'cloudflare')).toBe(true);
  expect(runs(view, 'caddy')).toBe(false);
});
