import { describe, expect, test } from 'vitest';
import { flat } from '../../src/checks/judge.ts';
import { challenge, RESOURCE } from '../support/discovery.ts';
import { examined, finding, findings, RIGHT } from '../support/examination.ts';
import type { Handler } from '../support/fake-world.ts';

const answers =
  (code: number, body: string, headers: Record<string, string> = {}): Handler =>
  () =>
    new Response(body, { status: code, headers });
const page = { 'content-type': 'text/html' };
/** A host where every path is answered so. */
const everywhere = (handler: Handler) => ({ 'https://mcp.example': handler });

const RUN = answers(
  403,
  '<html><title>403 Forbidden</title><h1>Error: Forbidden</h1><h2>Your client does not have permission to get URL <code>/mcp</code> from this server.</h2></html>',
  { ...page, server: 'Google Frontend' },
);

const GATES: [string, Handler, RegExp][] = [
  [
    'Google Identity-Aware Proxy',
    answers(401, 'Invalid IAP credentials: empty token', {
      ...page,
      'x-goog-iap-generated-response': 'true',
    }),
    /Identity-Aware Proxy/,
  ],
  ['Google Cloud IAM', RUN, /allUsers/],
  ['AWS IAM', answers(403, '{"Message":"Forbidden"}', { 'content-type': 'application/json' }), /NONE/],
  [
    'Vercel Deployment Protection',
    answers(401, '<title>Authentication Required</title>', { ...page, 'set-cookie': '_vercel_sso_nonce=1' }),
    /Deployment Protection/,
  ],
  [
    'Easy Auth',
    answers(401, 'You do not have permission to view this directory or page.', {
      'www-authenticate': 'Bearer realm="mcp.example"',
    }),
    /excludedPaths/,
  ],
  ['Cloudflare Access', answers(403, '<title>Error ・ Cloudflare Access</title>', page), /Bypass/],
  ['oauth2-proxy', answers(403, '<p>Secured with OAuth2 Proxy</p>', page), /--skip-auth-route/],
  [
    'Azure API Management',
    answers(401, '{"statusCode": 401, "message": "Access denied due to missing subscription key."}'),
    /Subscription required/,
  ],
];

describe('NET-18, a gate that refuses in place of the server', () => {
  test.each(GATES)('%s is named where it answers for every path', async (title, handler, remedy) => {
    const examination = await examined({}, {}, everywhere(handler));
    const found = finding(examination, 'NET-18');
    expect(found?.severity).toBe('broken');
    expect(found?.title).toContain(title);
    expect(found?.detail).toContain('for every path');
    expect(found?.remedy).toMatch(remedy);
    // What follows from it stands under it.
    const roots = findings(examination).filter(({ severity }) => severity === 'broken');
    expect(roots.map(({ code }) => code)).toEqual(['NET-18']);
  });

  test.each(GATES)('%s is named where it answers for the endpoint only', async (title, handler) => {
    const found = finding(await examined({ '/mcp': handler }), 'NET-18');
    expect(found?.title).toContain(title);
    expect(found?.detail).toContain(`${RESOURCE}/mcp`);
    expect(found?.title).not.toContain(RESOURCE);
  });

  test.each([
    ['with a mark', RUN, 'Google Cloud IAM'],
    ['without one', answers(403, 'Forbidden'), 'Something in front of the server'],
    ['without one, as a page', answers(401, '<h1>Sign in</h1>', page), 'Something in front of the server'],
  ])('is shown by the same path with a slash, which passes it: %s', async (_, gate, title) => {
    const examination = await examined({
      '/mcp': gate,
      '/mcp/': challenge(`Bearer resource_metadata="https://mcp.example${RESOURCE}/mcp/"`),
    });
    const found = finding(examination, 'NET-18');
    expect(found?.title).toContain(title);
    expect(found?.detail).toContain('/mcp/ passes it');
    expect(found?.remedy).toMatch(/\/mcp\b|allUsers/);
  });

  test.each<[string, Record<string, Handler>]>([
    ['a right refusal', {}],
    [
      'a refusal behind the gate’s own OAuth',
      {
        '/mcp': challenge(
          `Bearer resource_metadata="https://mcp.example${RESOURCE}/mcp", error="invalid_token"`,
        ),
      },
    ],
    ['a refusal without a challenge', { '/mcp': answers(401, '{"error":"unauthorized"}') }],
  ])('is not seen in %s', async (_, server) => {
    const found = flat(findings(await examined({ ...RIGHT, ...server })));
    expect(found.map(({ code }) => code)).not.toContain('NET-18');
  });
});

describe('CHL-17, everything answers', () => {
  const health: Handler = () => Response.json({ status: 'ok' });
  const open: Handler = request =>
    request.method === 'POST'
      ? Response.json({ jsonrpc: '2.0', id: 1, result: { protocolVersion: '2025-11-25', capabilities: {} } })
      : new Response('', { status: 405 });
  const rpc: Handler = () =>
    Response.json(
      { jsonrpc: '2.0', id: 'server-error', error: { code: -32600, message: 'Not Acceptable' } },
      { status: 406 },
    );
  const host =
    (rest: Handler): Handler =>
    (request, dialled) =>
      new URL(request.url).pathname === '/mcp' ? open(request, dialled) : rest(request, dialled);

  test('a health document for every path makes an open server look protected', async () => {
    const found = finding(await examined({}, {}, everywhere(host(health))), 'CHL-17');
    expect(found?.title).toContain('looks as if it had one');
  });

  test('an MCP handler that refuses every other path hides nothing', async () => {
    const found = flat(findings(await examined({}, {}, everywhere(host(rpc)))));
    expect(found.filter(({ severity }) => severity !== 'note')).toEqual([]);
  });
});
