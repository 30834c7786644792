import { expect, test } from 'vitest';
import type { Finding } from '../../src/checks/check.ts';
import type { Examination } from '../../src/checks/examination.ts';
import { flat } from '../../src/checks/judge.ts';
import { asm, challenge, OAUTH, paths, prm, RESOURCE } from '../support/discovery.ts';
import { examined, findings } from '../support/examination.ts';
import type { Handler } from '../support/fake-world.ts';

// Whole servers behind proxies that are set up wrong: one cause, one finding, and the rest under it.

const HOST = 'https://one.example';
const URL_OF = `${HOST}/mcp-o365/mcp`;
const ISSUER_OF = `${HOST}/mcp-o365`;
const METADATA = `${RESOURCE}/mcp-o365/mcp`;
const notFound = () => new Response('default backend - 404', { status: 404 });
const server = (issuer: string) =>
  asm(issuer, {
    registration_endpoint: `${issuer}/register`,
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none'],
    scopes_supported: ['mcp'],
  });
const endpoint =
  (value: string): Handler =>
  (request, dialled) =>
    request.method === 'POST'
      ? challenge(value)(request, dialled)
      : new Response('', { status: 405, headers: { allow: 'POST' } });

/** FastMCP with a base URL of /mcp-o365: the path is in one address and not in the other. */
const fastmcp = paths({
  '/mcp': endpoint(`Bearer resource_metadata="${HOST}${METADATA}"`),
  [METADATA]: { ...prm(URL_OF, ISSUER_OF), scopes_supported: ['mcp'] },
  [OAUTH]: server(ISSUER_OF),
  '/authorize': () => new Response('client_id is missing', { status: 400 }),
});

/** An ingress in front of it: for each path the path behind, or none. */
const ingress =
  (rewrite: (path: string) => string | undefined): Handler =>
  (request, dialled) => {
    const url = new URL(request.url);
    const path = rewrite(url.pathname);
    if (path === undefined) return notFound();
    url.pathname = path;
    return fastmcp(new Request(url, request), dialled);
  };

const strip = (path: string) => (path.startsWith('/mcp-o365/') ? path.slice('/mcp-o365'.length) : undefined);
const three = (path: string) => {
  if (path.startsWith(`${RESOURCE}/mcp-o365/`)) return path;
  if (path.startsWith(`${OAUTH}/mcp-o365`)) return OAUTH;
  return strip(path);
};

const through = (rewrite: (path: string) => string | undefined) =>
  examined({}, {}, { [HOST]: ingress(rewrite) }, URL_OF);

const broken = (examination: Examination): Finding[] =>
  findings(examination).filter(({ severity }) => severity === 'broken');

test('row 1.6: one ingress before FastMCP is one finding that names FastMCP and the three ingresses', async () => {
  const examination = await through(strip);
  const roots = broken(examination);
  expect(roots.map(({ code }) => code)).toEqual(['PRM-04']);
  expect(roots[0]?.fixable).toBe(true);
  expect(roots[0]?.title).toContain(`${HOST}/mcp-o365${METADATA}`);
  expect(roots[0]?.remedy).toMatch(
    /FastMCP.*\/\$2.*unchanged.*rewrite-target \/\.well-known.*keybridge fix https:\/\/one\.example\/mcp-o365\/mcp/,
  );
  const under = roots[0]?.consequences.map(({ code }) => code);
  expect(under).toEqual(expect.arrayContaining(['CHL-03', 'ASM-01']));
});

test('row 1.6: the three ingresses leave nothing above a note', async () => {
  const found = flat(findings(await through(three)));
  expect(found.filter(({ severity }) => severity !== 'note')).toEqual([]);
});

test('rows 3.1 and 3.2: http in all documents behind TLS is one cause, with the remedy of aks-mcp', async () => {
  const [secure, plain] = ['https://aks.example', 'http://aks.example'];
  const aks = paths({
    '/mcp': endpoint(`Bearer resource_metadata="${plain}${RESOURCE}/mcp"`),
    [`${RESOURCE}/mcp`]: { ...prm(`${plain}/mcp`, plain), scopes_supported: ['mcp'] },
    [OAUTH]: { ...server(plain), token_endpoint: `${plain}/oauth2/v2.0/token` },
  });
  const examination = await examined({}, {}, { [secure]: aks }, `${secure}/mcp`);
  const roots = broken(examination);
  expect(roots.map(({ code }) => code)).toEqual(['CHL-04']);
  expect(flat(roots).map(({ code }) => code)).toEqual(expect.arrayContaining(['PRM-07', 'ASM-08']));
  expect(roots[0]?.detail).toMatch(/TLS ends at a proxy.*Envoy Gateway, AGIC/);
  expect(roots[0]?.remedy).toMatch(
    /releases before August 2026.*--oauth-external-url, OAUTH_EXTERNAL_URL or Helm’s oauth\.externalURL/,
  );
});
