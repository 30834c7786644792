import { describe, expect, test } from 'vitest';
import { OAUTH, OPENID, status } from '../support/discovery.ts';
import { codes, examined, finding, ISSUER, RIGHT } from '../support/examination.ts';
import { full, naming, TENANT, withTenant } from '../support/issuers.ts';

const page = { '/tenant/authorize': status(400) };

describe('ASM-06, a slash at the end of the issuer', () => {
  test('is found, and shown beside the string that was expected', async () => {
    const found = finding(await examined(naming(`${ISSUER}/`)), 'ASM-06');
    expect(found?.severity).toBe('broken');
    expect(found?.comparison).toMatchObject({ seen: ISSUER, expected: `${ISSUER}/` });
    expect(codes(await examined(naming(`${ISSUER}/`)))).not.toContain('ASM-07');
  });

  test('weighs less where it is Google’s', async () => {
    const google = {
      'https://accounts.google.com': () => Response.json(full('https://accounts.google.com')),
    };
    const examination = await examined(naming('https://accounts.google.com/'), {}, google);
    expect(finding(examination, 'ASM-06')?.severity).toBe('fragile');
  });

  test('is not found where the strings are one, or nobody wrote the issuer down', async () => {
    expect(codes(await examined())).not.toContain('ASM-06');
    const own = await examined({
      '/.well-known/oauth-protected-resource/mcp': status(404),
      '/mcp': status(401),
      [OAUTH]: full('https://mcp.example/'),
    });
    expect(codes(own)).not.toContain('ASM-06');
    expect(codes(own)).not.toContain('ASM-07');
  });
});

describe('ASM-07, metadata of another issuer', () => {
  test('is found where a path-scoped server announces its origin', async () => {
    const found = finding(await withTenant({ [`${OAUTH}/tenant`]: full(ISSUER), ...page }), 'ASM-07');
    expect(found?.severity).toBe('broken');
    expect(found?.detail).toContain('They name different paths.');
    expect(found?.comparison).toMatchObject({ seen: ISSUER, expected: TENANT });
  });

  test.each([
    ['https://mcp.atlassian.com', 'https://cf.mcp.atlassian.com', 'Atlassian'],
    ['https://mcp.slack.com', 'https://slack.com', 'Slack'],
  ])('weighs less for %s, which is known to announce %s', async (asked, told, name) => {
    const examination = await examined(naming(asked), {}, { [asked]: () => Response.json(full(told)) });
    expect(finding(examination, 'ASM-07')).toMatchObject({ severity: 'fragile' });
    expect(finding(examination, 'ASM-07')?.detail).toContain(name);
  });

  test('is not found where the metadata speaks for the issuer asked for', async () => {
    expect(codes(await withTenant({ [`${OAUTH}/tenant`]: full(TENANT), ...page }))).not.toContain('ASM-07');
  });
});

describe('ASM-08, http behind https', () => {
  const plain = { ...full(ISSUER), issuer: 'http://as.example', token_endpoint: 'http://as.example/token' };

  test('is found in issuer and endpoints, and is not taken for another issuer', async () => {
    const examination = await examined({}, { [OAUTH]: plain });
    const found = finding(examination, 'ASM-08');
    expect(found?.title).toContain('issuer, token_endpoint');
    expect(found?.detail).toContain('Envoy Gateway');
    expect(codes(examination)).not.toContain('ASM-07');
  });

  test('is found in authorization_servers', async () => {
    const own = 'http://mcp.example';
    const found = finding(
      await examined(naming(own), {}, { [own]: () => Response.json(full(own)) }),
      'ASM-08',
    );
    expect(found?.title).toContain('authorization_servers, issuer, authorization_endpoint');
  });

  test('is not said of an issuer elsewhere that has no TLS at all, which is NET-10', async () => {
    const http = { 'http://as.example': () => Response.json(full('http://as.example')) };
    const examination = await examined(naming('http://as.example'), {}, http);
    expect(codes(examination)).toContain('NET-10');
    expect(codes(examination)).not.toContain('ASM-08');
  });

  test('stands under the challenge that has the same cause', async () => {
    const refusal = () =>
      new Response('', {
        status: 401,
        headers: {
          'www-authenticate':
            'Bearer resource_metadata="http://mcp.example/.well-known/oauth-protected-resource/mcp"',
        },
      });
    const examination = await examined({ ...RIGHT, '/mcp': refusal }, { [OAUTH]: plain });
    expect(codes(examination)).toEqual(expect.arrayContaining(['CHL-04', 'ASM-08']));
    expect(codes(examination).indexOf('CHL-04')).toBeLessThan(codes(examination).indexOf('ASM-08'));
  });

  test('has the setting of aks-mcp where that is recognized', async () => {
    const aks = { ...full(ISSUER), token_endpoint: 'http://mcp.example/oauth2/v2.0/token' };
    const examination = await examined(
      { ...naming('https://mcp.example'), [OAUTH]: { ...aks, issuer: 'https://mcp.example' } },
      {},
    );
    expect(finding(examination, 'ASM-08')?.remedy).toContain('--oauth-external-url');
  });

  test('is not found with https everywhere, nor on this machine without TLS', async () => {
    expect(codes(await examined())).not.toContain('ASM-08');
    const local = 'http://127.0.0.1:9000';
    const examination = await examined(
      {},
      {},
      {
        [local]: request =>
          request.method === 'POST'
            ? new Response('', { status: 401 })
            : Response.json({ ...full(local), resource: `${local}/mcp`, authorization_servers: [local] }),
      },
      `${local}/mcp`,
    );
    expect(codes(examination)).not.toContain('ASM-08');
  });
});

describe('ASM-09, a template for an issuer', () => {
  const common = 'https://login.microsoftonline.com/common/v2.0';

  test('is found in Entra’s document for all tenants, which is not called another issuer', async () => {
    const told = 'https://login.microsoftonline.com/{tenantid}/v2.0';
    const entra = { 'https://login.microsoftonline.com': () => Response.json(full(told)) };
    const examination = await examined(naming(common), {}, entra);
    expect(finding(examination, 'ASM-09')?.remedy).toContain('Name the tenant');
    expect(codes(examination)).not.toContain('ASM-07');
  });

  test('is not found for a tenant of its own', async () => {
    const tenant = 'https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0';
    const entra = { 'https://login.microsoftonline.com': () => Response.json(full(tenant)) };
    const examination = await examined(naming(tenant), {}, entra);
    expect(codes(examination)).not.toContain('ASM-09');
    expect(codes(examination)).not.toContain('ASM-07');
  });
});

test('PKCE that is not advertised weighs less where the provider is known to do it', async () => {
  const { code_challenge_methods_supported: _, ...silent } = full(ISSUER) as Record<string, unknown>;
  const unknown = await examined({}, { [OAUTH]: silent, [OPENID]: silent });
  expect(finding(unknown, 'ASM-10')?.severity).toBe('broken');
  const tenant = 'https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0';
  const { code_challenge_methods_supported: __, ...entra } = full(tenant) as Record<string, unknown>;
  const known = await examined(
    naming(tenant),
    {},
    { 'https://login.microsoftonline.com': () => Response.json(entra) },
  );
  expect(finding(known, 'ASM-10')?.severity).toBe('fragile');
  expect(codes(await examined())).not.toContain('ASM-10');
});
