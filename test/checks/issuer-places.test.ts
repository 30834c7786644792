import { describe, expect, test } from 'vitest';
import { html, OAUTH, OPENID, RESOURCE, status } from '../support/discovery.ts';
import { codes, examined, finding, ISSUER, RIGHT } from '../support/examination.ts';
import { full, moved, naming, TENANT, withTenant } from '../support/issuers.ts';

const page = { '/tenant/authorize': status(400) };

describe('ASM-01, metadata that is not where the path follows the well-known part', () => {
  const issuer = 'https://mcp.example/o365';
  const resource = 'https://mcp.example/o365/mcp';
  const document = {
    resource,
    authorization_servers: [issuer],
    scopes_supported: ['mcp'],
  };
  const refusal = (request: Request, dialled: Parameters<(typeof RIGHT)['/mcp']>[1]) =>
    RIGHT['/mcp'](request, dialled);
  const server = (places: Record<string, object>) =>
    examined(
      { '/o365/mcp': refusal, [`${RESOURCE}/mcp`]: status(404), '/o365/authorize': status(400), ...places },
      {},
      {},
      resource,
    );

  test('is found behind one ingress, with three ingresses as the remedy and FastMCP named', async () => {
    const one = await server({
      [`${RESOURCE}/o365/mcp`]: document,
      [`/o365${OAUTH}`]: full(issuer),
    });
    const found = finding(one, 'ASM-01');
    expect(found?.detail).toContain('FastMCP');
    expect(found?.remedy).toContain('one for /.well-known/oauth-authorization-server/o365 that strips it');
    expect(found?.title).toContain('https://mcp.example/o365/.well-known/oauth-authorization-server');
  });

  test('is found where the document stands at the root', async () => {
    const root = await server({ [`${RESOURCE}/o365/mcp`]: document, [OAUTH]: full(issuer) });
    expect(codes(root)).toContain('ASM-01');
  });

  test("is not found where another issuer's metadata stands at the root", async () => {
    const other = await server({
      [`${RESOURCE}/o365/mcp`]: document,
      [OAUTH]: full('https://mcp.example'),
    });
    expect(codes(other)).not.toContain('ASM-01');
    expect(codes(other)).toContain('PRM-15');
  });

  test('is not found behind three ingresses', async () => {
    const three = await server({
      [`${RESOURCE}/o365/mcp`]: document,
      [`${OAUTH}/o365`]: full(issuer),
      [OAUTH]: full(issuer),
    });
    expect(codes(three)).not.toContain('ASM-01');
  });
});

describe('ASM-02, one door only', () => {
  test('is a note for a server that speaks only OAuth, with both doors side by side', async () => {
    const found = finding(await examined({}, { [OPENID]: status(404) }), 'ASM-02');
    expect(found?.severity).toBe('note');
    expect(found?.title).toContain(`${ISSUER}${OAUTH} has the metadata, ${ISSUER}${OPENID} answers 404`);
    expect(found?.remedy).toMatch(
      /^Best in the application: serve the same JSON .* Else in the proxy: redirect/,
    );
  });

  test('weighs more where the metadata promises OpenID Connect', async () => {
    const openid = { ...full(ISSUER), userinfo_endpoint: `${ISSUER}/me` };
    const found = finding(await examined({}, { [OAUTH]: openid, [OPENID]: status(404) }), 'ASM-02');
    expect(found?.severity).toBe('fragile');
  });

  test('says what OpenID Connect wants of the alias besides, where the document has it not', async () => {
    const plain = finding(await examined({}, { [OPENID]: status(404) }), 'ASM-02');
    expect(plain?.remedy).toContain(
      'jwks_uri, subject_types_supported, id_token_signing_alg_values_supported',
    );
    const fields = {
      jwks_uri: `${ISSUER}/jwks`,
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    };
    const whole = { [OAUTH]: { ...full(ISSUER), ...fields }, [OPENID]: status(404) };
    expect(finding(await examined({}, whole), 'ASM-02')?.remedy).not.toContain('subject_types_supported');
  });

  test('does not advise an alias for an address that fails', async () => {
    const found = finding(await examined({}, { [OPENID]: status(503) }), 'ASM-02');
    expect(found?.remedy).toMatch(/^See why .* fails\./);
  });

  test('names every form for an issuer with a path', async () => {
    const found = finding(await withTenant({ [`${OAUTH}/tenant`]: full(TENANT), ...page }), 'ASM-02');
    expect(found?.title).toContain(`${ISSUER}${OPENID}/tenant answers 404, ${TENANT}${OPENID} answers 404`);
  });

  test('is not found where both answer, or one redirects to the other', async () => {
    expect(codes(await examined())).toEqual([]);
    expect(codes(await examined({}, { [OPENID]: moved(308, OAUTH) }))).not.toContain('ASM-02');
  });
});

describe('ASM-03, a redirect at the door', () => {
  test.each([301, 302, 307, 308])(
    'a %i is shown with its Location and judged by where it leads',
    async code => {
      const found = finding(await examined({}, { [OPENID]: moved(code, OAUTH) }), 'ASM-03');
      expect(found?.severity).toBe('note');
      expect(found?.title).toBe(
        `${ISSUER}${OPENID} is answered ${code} with Location: ${OAUTH}, and leads to valid metadata of the same issuer.`,
      );
      expect(found?.detail).toContain(`${code} says`);
      expect(found?.evidence).toHaveLength(2);
    },
  );

  test('302 and 308 are told apart', async () => {
    const found = finding(await examined({}, { [OPENID]: moved(308, OAUTH) }), 'ASM-03');
    expect(found?.detail).toContain('where 302 says for now and lets a POST become a GET');
  });

  test('another issuer where it leads is shown beside the one that was asked for', async () => {
    const led = { [OPENID]: moved(308, '/else'), '/else': full('https://other.example') };
    expect(finding(await examined({}, led), 'ASM-03')?.comparison).toMatchObject({
      seen: 'https://other.example',
      expected: ISSUER,
    });
    const same = await examined({}, { [OPENID]: moved(308, OAUTH) });
    expect(finding(same, 'ASM-03')?.comparison).toBeUndefined();
  });

  test.each([
    ['the metadata of another issuer', { '/else': full('https://other.example') }, 'https://other.example'],
    ['a page', { '/else': html }, 'a web page'],
    ['nothing', { '/else': status(404) }, 'answers 404'],
    ['itself', { '/else': moved(302, '/else') }, 'comes to no end'],
  ])('a redirect that leads to %s is fragile', async (_, places, said) => {
    const found = finding(await examined({}, { [OPENID]: moved(308, '/else'), ...places }), 'ASM-03');
    expect(found?.severity).toBe('fragile');
    expect(found?.title).toContain(said);
  });

  test('a redirect to another host is fragile, hop by hop', async () => {
    const more = { 'https://cdn.example': () => Response.json(full(ISSUER)) };
    const places = { [OPENID]: moved(308, '/hop'), '/hop': moved(302, 'https://cdn.example/doc') };
    const found = finding(await examined({}, places, more), 'ASM-03');
    expect(found?.title).toContain(
      'is answered 308 with Location: /hop, then 302 with Location: https://cdn.example/doc, and leads to another host, cdn.example.',
    );
    expect(found?.evidence).toHaveLength(3);
  });

  test('shows no query of a Location', async () => {
    const login = { [OPENID]: moved(302, '/login?state=hidden'), '/login': html };
    const found = finding(await examined({}, login), 'ASM-03');
    expect(found?.title).toContain('Location: /login?…');
    expect(JSON.stringify(found)).not.toContain('hidden');
  });

  test('is not found without a redirect', async () => {
    expect(codes(await examined())).not.toContain('ASM-03');
  });
});

describe('ASM-04, only where OpenID Connect appends it', () => {
  const appended = { [`/tenant${OPENID}`]: full(TENANT), ...page };

  test('is found, and known providers are named', async () => {
    expect(finding(await withTenant(appended), 'ASM-04')?.severity).toBe('fragile');
    const realm = 'https://as.example/realms/one';
    const keycloak = await withTenant(
      { [`/realms/one${OPENID}`]: full(realm), '/realms/one/authorize': status(400) },
      realm,
    );
    expect(finding(keycloak, 'ASM-04')?.remedy).toMatch(
      /Keycloak serves the address of RFC 8414 from 26\.4 on/,
    );
  });

  test('is a note for an issuer without a path', async () => {
    const only = await examined({}, { [OAUTH]: status(404), [OPENID]: full(ISSUER) });
    expect(finding(only, 'ASM-04')?.severity).toBe('note');
  });

  test('is not found where RFC 8414’s form answers too', async () => {
    const both = await withTenant({ ...appended, [`${OAUTH}/tenant`]: full(TENANT) });
    expect(codes(both)).not.toContain('ASM-04');
  });
});

describe('ASM-05, a 5xx where 404 is due', () => {
  test('is found before the door that answers', async () => {
    const failing = await withTenant({
      [`${OAUTH}/tenant`]: status(503),
      [`/tenant${OPENID}`]: full(TENANT),
      ...page,
    });
    expect(finding(failing, 'ASM-05')?.severity).toBe('broken');
    expect(codes(failing)).not.toContain('ASM-04');
  });

  test('a 502 costs only some clients', async () => {
    const failing = await withTenant({
      [`${OAUTH}/tenant`]: status(502),
      [`/tenant${OPENID}`]: full(TENANT),
      ...page,
    });
    expect(finding(failing, 'ASM-05')?.severity).toBe('fragile');
  });

  test('is not found behind the door that answers, nor for 404', async () => {
    const behind = await withTenant({ [`${OAUTH}/tenant`]: full(TENANT), [`/tenant${OPENID}`]: status(500) });
    expect(codes(behind)).not.toContain('ASM-05');
    expect(codes(await withTenant({ [`/tenant${OPENID}`]: full(TENANT) }))).not.toContain('ASM-05');
  });
});

test('an authorization server whose name has no address is one finding, not two', async () => {
  const gone = await examined(naming('https://gone.example'));
  expect(finding(gone, 'NET-01')?.consequences.map(({ code }) => code)).toContain('PRM-15');
});
