import { expect, test } from 'vitest';
import { asm, challenge, html, OAUTH, prm, RESOURCE, status } from '../support/discovery.ts';
import { codes, examined, finding, ISSUER, SERVER, withProbe } from '../support/examination.ts';
import type { Handler } from '../support/fake-world.ts';

const METADATA = `https://mcp.example${RESOURCE}/mcp`;
const named = `resource_metadata="${METADATA}"`;
const opened: Handler = request =>
  request.method === 'POST'
    ? Response.json({ jsonrpc: '2.0', id: 1, result: { protocolVersion: '2025-11-25' } })
    : new Response('', { status: 405 });
const gone = { [`${RESOURCE}/mcp`]: status(404) };

test('CHL-01: a 401 without a challenge loses clients, all of them where no metadata is found either', async () => {
  const bare = await examined({ '/mcp': status(401) });
  expect(finding(bare, 'CHL-01')?.severity).toBe('fragile');
  expect(finding(await examined({ '/mcp': status(401), ...gone }), 'CHL-01')?.severity).toBe('broken');
  expect(codes(await examined())).not.toContain('CHL-01');
});

test('CHL-02: a challenge that names no metadata is worth a note while a well-known address has it', async () => {
  const allowed = await examined({ '/mcp': challenge('Bearer realm="mcp"') });
  expect(finding(allowed, 'CHL-02')?.severity).toBe('note');
  const lost = await examined({ '/mcp': challenge('Bearer'), ...gone });
  expect(finding(lost, 'CHL-02')?.severity).toBe('broken');
  const older = { '/mcp': challenge('Bearer'), ...gone, [OAUTH]: asm('https://mcp.example') };
  expect(finding(await examined(older), 'CHL-02')?.severity).toBe('fragile');
  expect(codes(await examined())).not.toContain('CHL-02');
});

test.each([
  ['CHL-01', status(401)],
  ['CHL-02', challenge('Bearer')],
])('%s: metadata at an address that fails is not called missing', async (code, refusal) => {
  const found = finding(await examined({ '/mcp': refusal, [`${RESOURCE}/mcp`]: status(503) }), code);
  expect(found?.severity).toBe('broken');
  expect(`${found?.title} ${found?.detail}`).toContain(`${METADATA} answers 503`);
  expect(`${found?.title} ${found?.detail}`).not.toMatch(/no metadata|no well-known address/);
});

test('CHL-03: an address that fails is not said to be a wrong one', async () => {
  const found = finding(await examined({ [`${RESOURCE}/mcp`]: status(503) }), 'CHL-03');
  expect(found?.title).toBe(`The address that the challenge names fails: ${METADATA} answers 503.`);
  expect(found?.remedy).not.toContain('resource_metadata');
});

test('CHL-03: a challenge that points to nothing is found, and the right address told where there is one', async () => {
  const wrong = `https://mcp.example${RESOURCE}/prod/mcp`;
  const found = finding(
    await examined({ '/mcp': challenge(`Bearer resource_metadata="${wrong}"`) }),
    'CHL-03',
  );
  expect(found?.title).toContain(`${wrong} answers 404`);
  expect(found?.remedy).toContain(METADATA);
  expect(codes(await examined())).not.toContain('CHL-03');
});

test('CHL-03 does not call missing what asks for a sign-in', async () => {
  const locked = await examined({ [`${RESOURCE}/mcp`]: status(401) });
  expect(codes(locked)).not.toContain('CHL-03');
});

test.each([
  [`http://mcp.example${RESOURCE}/mcp`, 'is plain http'],
  [`http://10.0.0.7:8080${RESOURCE}/mcp`, 'is known only inside'],
  [`https://mcp.tools.svc.cluster.local${RESOURCE}/mcp`, 'is known only inside'],
  [`https://mcp.example:8443${RESOURCE}/mcp`, 'has another port'],
  [`https://other.example${RESOURCE}/mcp`, 'is on another host'],
])('CHL-04: %s in the challenge %s', async (address, fault) => {
  const examination = await examined({ '/mcp': challenge(`Bearer resource_metadata="${address}"`) });
  const found = finding(examination, 'CHL-04');
  expect(found?.title).toContain(fault);
  expect(found?.comparison).toMatchObject({ seen: address, expected: METADATA });
  expect(found?.remedy).toMatch(/X-Forwarded-Proto.*--oauth-external-url|--oauth-external-url.*X-Forwarded/);
});

test.each([
  [`"${RESOURCE}/mcp"`, 'relative', /absolute/],
  [`"'${METADATA}'"`, 'single quotes', /double quotes/],
])('CHL-04: %s in the challenge is %s, which no proxy has to do with', async (value, fault, remedy) => {
  const examination = await examined({ '/mcp': challenge(`Bearer resource_metadata=${value}`) });
  const found = finding(examination, 'CHL-04');
  expect(found?.title).toContain(fault);
  expect(found?.remedy).toMatch(remedy);
  expect(found?.remedy).not.toMatch(/X-Forwarded/);
  // The well-known address has it.
  expect(found?.severity).toBe('fragile');
  const alone = await examined({
    '/mcp': challenge(`Bearer resource_metadata=${value}`),
    [`${RESOURCE}/mcp`]: status(404),
  });
  expect(finding(alone, 'CHL-04')?.severity).toBe('broken');
});

test('CHL-04 allows metadata on another host that is there and speaks for the server', async () => {
  const away = `https://meta.example${RESOURCE}/mcp`;
  const examination = await examined(
    { '/mcp': challenge(`Bearer resource_metadata="${away}"`) },
    {},
    { 'https://meta.example': () => Response.json(prm(SERVER, ISSUER)) },
  );
  expect(codes(examination)).not.toContain('CHL-04');
  expect(codes(await examined())).not.toContain('CHL-04');
});

test('CHL-05: a challenge renamed by a gateway is found, and not taken for a missing one', async () => {
  const renamed: Handler = () =>
    new Response('', { status: 401, headers: { 'x-amzn-remapped-www-authenticate': `Bearer ${named}` } });
  const examination = await examined({ '/mcp': renamed });
  expect(finding(examination, 'CHL-05')?.severity).toBe('fragile');
  expect(codes(examination)).not.toContain('CHL-01');
  expect(finding(await examined({ '/mcp': renamed, ...gone }), 'CHL-05')?.severity).toBe('broken');
  expect(codes(await examined())).not.toContain('CHL-05');
});

test('CHL-06: a challenge that loses its parameters on one of two ways is found', async () => {
  const differs: Handler = (request, dialled) =>
    challenge(request.method === 'GET' ? `Bearer realm="mcp", scope="mcp", ${named}` : `Bearer ${named}`)(
      request,
      dialled,
    );
  expect(finding(await examined({ '/mcp': differs }), 'CHL-06')?.title).toContain('lost realm, scope');
  const same = await examined({ '/mcp': challenge(`Bearer ${named}`) });
  expect(codes(same)).not.toContain('CHL-06');
});

test('CHL-07: 403 in place of 401 is found, without a token and with a bad one', async () => {
  const examination = await examined({
    '/mcp': () => Response.json({ error: 'forbidden' }, { status: 403 }),
  });
  expect(codes(examination)).toContain('CHL-07');
  const right = await examined();
  expect(codes(withProbe(right, 'bad-bearer', { status: 403 }))).toContain('CHL-07');
  expect(codes(right)).not.toContain('CHL-07');
});

test('CHL-07 leaves the page of a firewall and a token without the scope alone', async () => {
  const page: Handler = () =>
    new Response('<html>Just a moment', { status: 403, headers: { 'content-type': 'text/html' } });
  expect(codes(await examined({ '/mcp': page }))).not.toContain('CHL-07');
  const scope = { 'www-authenticate': 'Bearer error="insufficient_scope", scope="more"' };
  const staged = withProbe(await examined(), 'bad-bearer', { status: 403, headers: scope });
  expect(codes(staged)).not.toContain('CHL-07');
});

test.each([404, 405, 500])(
  'CHL-08: %i in place of 401 is found where metadata tells of a server',
  async code => {
    expect(codes(await examined({ '/mcp': status(code) }))).toContain('CHL-08');
    expect(codes(await examined({ '/mcp': status(code), ...gone }))).not.toContain('CHL-08');
  },
);

test('CHL-08 is silent on a dead route and on right servers', async () => {
  expect(codes(await examined({ '/mcp': status(502) }))).not.toContain('CHL-08');
  expect(codes(await examined())).not.toContain('CHL-08');
});

test('CHL-09: a server that asks for a sign-in only later is worth a note; one that never does is not', async () => {
  expect(finding(await examined({ '/mcp': opened }), 'CHL-09')?.severity).toBe('note');
  expect(codes(await examined({ '/mcp': opened, ...gone }))).not.toContain('CHL-09');
  expect(codes(await examined())).not.toContain('CHL-09');
});

test('CHL-13: a challenge that leads to the authorization server’s metadata is found', async () => {
  const examination = await examined({
    '/mcp': challenge(`Bearer resource_metadata="https://mcp.example${OAUTH}"`),
    [OAUTH]: asm('https://mcp.example'),
  });
  expect(codes(examination)).toContain('CHL-13');
  expect(codes(await examined())).not.toContain('CHL-13');
});

test('CHL-14: scopes that differ between challenge and metadata are a note that names both knobs (row 4.7)', async () => {
  const found = finding(
    await examined({ '/mcp': challenge(`Bearer ${named}, scope="mcp admin"`) }),
    'CHL-14',
  );
  expect(found?.severity).toBe('note');
  expect(found?.comparison).toMatchObject({ seen: 'admin mcp', expected: 'mcp' });
  expect(found?.remedy).toMatch(/MCP_REQUIRED_SCOPE.*MCP_SCOPES_SUPPORTED/);
  expect(found?.detail).toContain('The specification allows');
  const same = await examined({ '/mcp': challenge(`Bearer ${named}, scope="mcp"`) });
  expect(codes(same)).not.toContain('CHL-14');
});

test('CHL-15: a redirect that comes before the challenge is found', async () => {
  const redirected = { '/mcp': () => Response.redirect('https://mcp.example/other', 307) };
  expect(codes(await examined(redirected))).toContain('CHL-15');
  expect(codes(await examined())).not.toContain('CHL-15');
});

test('CHL-16: a server that asks for another kind of credentials is found', async () => {
  const basic = await examined({ '/mcp': challenge('Basic realm="x"'), ...gone });
  expect(finding(basic, 'CHL-16')).toMatchObject({
    severity: 'broken',
    title: expect.stringContaining('Basic'),
  });
  const both = await examined({ '/mcp': challenge(`Negotiate, Bearer ${named}`) });
  expect(codes(both)).not.toContain('CHL-16');
});

test('CHL-17: an open server with pages at OAuth’s addresses is found, and nothing else said of the pages', async () => {
  const page = { [`${RESOURCE}/mcp`]: html, [RESOURCE]: html, [OAUTH]: html };
  const examination = await examined({ '/mcp': opened, ...page });
  expect(finding(examination, 'CHL-17')?.severity).toBe('fragile');
  expect(codes(examination)).not.toContain('PRM-05');
  expect(codes(await examined({ '/mcp': opened, ...gone }))).not.toContain('CHL-17');
  expect(codes(await examined({ '/mcp': html, ...page }))).not.toContain('CHL-17');
});
