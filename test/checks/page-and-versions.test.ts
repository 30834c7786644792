import { describe, expect, test } from 'vitest';
import type { Flow } from '../../src/checks/flow.ts';
import { challenge, OAUTH, paths, prm, RESOURCE, status } from '../support/discovery.ts';
import { codes, examined, finding, forBrowsers, ISSUER, SERVER, withProbe } from '../support/examination.ts';
import type { Handler } from '../support/fake-world.ts';
import { full } from '../support/issuers.ts';

describe('AZ-10, a page whose forms may not lead back', () => {
  const page =
    (policy: string, code = 400): Handler =>
    () =>
      new Response('<html><form method="post"></form></html>', {
        status: code,
        headers: { 'content-type': 'text/html', 'content-security-policy': policy },
      });
  const shown = async (policy: string) => examined({}, { '/authorize': page(policy) });
  const asked = async (policy: string, callback: string, back: Partial<Flow> = {}) =>
    withProbe(
      { ...(await examined()), flow: { issuer: ISSUER, request: request(callback), ...back } },
      'authorize-preview',
      {
        status: 200,
        headers: { 'content-type': 'text/html', 'content-security-policy': policy },
        body: '<html><form method="post"></form></html>',
      },
    );
  const request = (redirectUri: string) => ({
    endpoint: `${ISSUER}/authorize`,
    redirectUri,
    parameters: {},
  });

  test('is a note on a page shown to nobody in particular', async () => {
    expect(finding(await shown("default-src 'none'; form-action 'self'"), 'AZ-10')?.severity).toBe('note');
  });

  test('is fragile on a page with a form that a client’s user is shown, broken where nobody came back', async () => {
    const callback = 'http://127.0.0.1:4000/callback';
    const back = { callback: { parameters: ['code', 'state'] } };
    const found = finding(await asked("form-action 'self'", callback, back), 'AZ-10');
    expect(found?.severity).toBe('fragile');
    expect(found?.title).toContain("'self'");
    expect(finding(await asked("form-action 'self'", callback), 'AZ-10')?.severity).toBe('broken');
  });

  test.each([
    "default-src 'self'",
    'form-action *',
    "form-action 'self' http:",
    "form-action 'self' http://127.0.0.1:*",
    'form-action http://127.0.0.1:4000',
  ])('is not found with %s', async policy => {
    expect(codes(await asked(policy, 'http://127.0.0.1:4000/callback'))).not.toContain('AZ-10');
  });

  test.each([
    "form-action 'none'",
    'form-action https:',
    'form-action http://127.0.0.1:5000',
    'form-action http://localhost:*',
  ])('is found with %s', async policy => {
    expect(codes(await asked(policy, 'http://127.0.0.1:4000/callback'))).toContain('AZ-10');
  });

  test('is not found without a policy', async () => {
    expect(codes(await examined())).not.toContain('AZ-10');
  });
});

describe('MCP-07, revisions that do not meet', () => {
  const answer =
    (old: object, oldStatus: number, young: object, youngStatus: number): Handler =>
    async asked => {
      const { method } = (asked.method === 'POST' ? await asked.json() : {}) as { method?: string };
      if (method === 'initialize')
        return Response.json({ jsonrpc: '2.0', id: 1, ...old }, { status: oldStatus });
      if (method === 'server/discover')
        return Response.json({ jsonrpc: '2.0', id: 1, ...young }, { status: youngStatus });
      return new Response('', { status: 405 });
    };
  const good = { result: { protocolVersion: '2025-11-25' } };
  const unsupported = {
    error: { code: -32022, message: 'Unsupported', data: { supported: ['2027-01-01'] } },
  };
  const unknown = { error: { code: -32601, message: 'Method not found' } };
  const legacy = {
    error: { code: -32000, message: 'Bad Request: Unsupported protocol version: 2025-11-25' },
  };

  test('is found where both are refused, with what the server names', async () => {
    const found = finding(await examined({ '/mcp': answer(legacy, 400, unsupported, 400) }), 'MCP-07');
    expect(found?.severity).toBe('broken');
    expect(found?.title).toContain('2027-01-01');
  });

  test('is a note where only 2026-07-28 is spoken', async () => {
    const found = finding(await examined({ '/mcp': answer(unknown, 400, good, 200) }), 'MCP-07');
    expect(found?.severity).toBe('note');
  });

  test('is fragile where 2026-07-28 meets a 5xx', async () => {
    const found = finding(await examined({ '/mcp': answer(good, 200, {}, 500) }), 'MCP-07');
    expect(found?.severity).toBe('fragile');
  });

  test.each([
    ['both are spoken', answer(good, 200, good, 200)],
    ['the newer one is not understood', answer(good, 200, unknown, 400)],
    ['the newer one is refused by name', answer(good, 200, unsupported, 400)],
    ['both want a sign-in', challenge('Bearer')],
  ])('is not found where %s', async (_, handler) => {
    expect(codes(await examined({ '/mcp': handler }))).not.toContain('MCP-07');
  });
});

describe('MCP-12, GET answered 404', () => {
  const getting =
    (code: number): Handler =>
    request =>
      new Response('', { status: request.method === 'POST' ? 401 : code });

  test('is found, with what HEAD says above it', async () => {
    const examination = await examined({ '/mcp': getting(404) });
    expect(finding(examination, 'URL-06')?.consequences.map(({ code }) => code)).toContain('MCP-12');
  });

  test('is not found for 405, nor where nothing is at all', async () => {
    expect(codes(await examined({ '/mcp': getting(405) }))).not.toContain('MCP-12');
    expect(codes(await examined({ '/mcp': status(404) }))).not.toContain('MCP-12');
  });
});

describe('TOK-19, a token endpoint without TLS', () => {
  test('is found, under the cause it has in common with others', async () => {
    const plain = full(ISSUER, { token_endpoint: 'http://as.example/token' });
    const examination = await examined({}, { [OAUTH]: plain });
    expect(finding(examination, 'ASM-08')?.consequences.map(({ code }) => code)).toContain('TOK-19');
  });

  test('is not found for https, nor on this machine', async () => {
    expect(codes(await examined())).not.toContain('TOK-19');
    const local = full(ISSUER, { token_endpoint: 'http://127.0.0.1:9000/token' });
    expect(codes(await examined({}, { [OAUTH]: local }))).not.toContain('TOK-19');
  });
});

describe('TOK-20, a token endpoint closed to browsers', () => {
  const own = 'https://own.example';
  const closed =
    (inner: Handler): Handler =>
    async (request, dialled) =>
      new URL(request.url).pathname === '/token'
        ? new Response('', { status: 404 })
        : forBrowsers(inner)(request, dialled);
  const server = paths({
    '/mcp': challenge(`Bearer resource_metadata="${own}${RESOURCE}/mcp"`),
    [`${RESOURCE}/mcp`]: { ...prm(`${own}/mcp`, own), scopes_supported: ['mcp'] },
    [OAUTH]: full(own),
  });

  test('is found where the rest of the same host is open to them', async () => {
    const examination = await examined({}, {}, { [own]: closed(server) }, `${own}/mcp`);
    expect(finding(examination, 'TOK-20')?.severity).toBe('fragile');
  });

  test('is a note at an authorization server elsewhere', async () => {
    const elsewhere = { 'https://as.example': closed(paths({ [OAUTH]: full(ISSUER) })) };
    expect(finding(await examined({}, {}, elsewhere), 'TOK-20')?.severity).toBe('note');
  });

  test('is not found where it is open, or nothing is', async () => {
    expect(codes(await examined())).not.toContain('TOK-20');
    const none = {
      'https://mcp.example': paths({ '/mcp': status(401), [`${RESOURCE}/mcp`]: prm(SERVER, ISSUER) }),
    };
    expect(codes(await examined({}, {}, none))).not.toContain('TOK-20');
  });
});
