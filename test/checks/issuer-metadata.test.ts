import { describe, expect, test } from 'vitest';
import { html, OAUTH, OPENID, prm, RESOURCE, status } from '../support/discovery.ts';
import { codes, examined, finding, ISSUER, RIGHT, SERVER } from '../support/examination.ts';
import { full, moved, naming } from '../support/issuers.ts';

/** Examines with metadata that differs from the right one; `undefined` leaves a field out. */
const changed = (more: object, server = {}) => examined(server, { [OAUTH]: full(ISSUER, more) });

/** Each: what is found, and what must not be. */
const CASES: [code: string, wrong: [string, object][], right: [string, object][]][] = [
  [
    'ASM-11',
    [
      ['only plain', { code_challenge_methods_supported: ['plain'] }],
      ['an empty list', { code_challenge_methods_supported: [] }],
      ['no list', { code_challenge_methods_supported: 'S256' }],
    ],
    [
      ['S256 among others', { code_challenge_methods_supported: ['plain', 'S256'] }],
      ['nothing, which is ASM-10', { code_challenge_methods_supported: undefined }],
    ],
  ],
  [
    'ASM-12',
    [['neither way to register', { registration_endpoint: undefined }]],
    [
      ['dynamic registration', {}],
      [
        'client ID metadata documents',
        { registration_endpoint: undefined, client_id_metadata_document_supported: true },
      ],
    ],
  ],
  [
    'ASM-15',
    [
      ['no issuer', { issuer: undefined }],
      ['no token endpoint', { token_endpoint: undefined }],
      ['an authorization endpoint that is no URL', { authorization_endpoint: '/authorize' }],
      ['no response types', { response_types_supported: undefined }],
      [
        'an authorization endpoint that sets the client',
        { authorization_endpoint: 'https://as.example/authorize?client_id=another' },
      ],
    ],
    [
      ['all there is to be', {}],
      [
        'no page where there are only machines',
        { authorization_endpoint: undefined, grant_types_supported: ['client_credentials', 'refresh_token'] },
      ],
    ],
  ],
  [
    'ASM-16',
    [
      ['an address of a private network', { token_endpoint: 'https://10.1.2.3/token' }],
      ['a name inside a cluster', { token_endpoint: 'https://auth.default.svc.cluster.local/token' }],
      ['this machine', { registration_endpoint: 'http://localhost:8000/register' }],
      [
        'a page on a host without an address',
        { authorization_endpoint: 'https://nowhere.example/authorize' },
      ],
    ],
    [['public names', {}]],
  ],
  [
    'ASM-17',
    [
      ['a token endpoint elsewhere', { token_endpoint: 'https://token.example/token' }],
      ['a page elsewhere', { authorization_endpoint: 'https://page.example/authorize' }],
    ],
    [['all on one host', {}]],
  ],
  [
    'ASM-18',
    [['an empty list of methods', { token_endpoint_auth_methods_supported: [] }]],
    [
      ['a list', {}],
      ['none, for which there is a default', { token_endpoint_auth_methods_supported: undefined }],
    ],
  ],
  [
    'ASM-19',
    [['no refresh_token', { grant_types_supported: ['authorization_code'] }]],
    [
      ['refresh_token', {}],
      ['no list', { grant_types_supported: undefined }],
    ],
  ],
  [
    'ASM-25',
    [['only form_post', { response_modes_supported: ['form_post'] }]],
    [
      ['query among others', { response_modes_supported: ['form_post', 'query'] }],
      ['no list', {}],
    ],
  ],
];

describe.each(CASES)('%s', (code, wrong, right) => {
  test.each(wrong)('is found for %s', async (_, more) => {
    expect(codes(await changed(more))).toContain(code);
  });
  test.each(right)('is not found for %s', async (_, more) => {
    expect(codes(await changed(more))).not.toContain(code);
  });
});

test('who hands out client IDs, and says where, is told so less sharply', async () => {
  const none = { registration_endpoint: undefined };
  expect(finding(await changed(none), 'ASM-12')?.severity).toBe('broken');
  const documented = await changed({ ...none, service_documentation: 'https://as.example/how' });
  expect(finding(documented, 'ASM-12')?.severity).toBe('fragile');
  const github = 'https://github.com/login/oauth';
  const known = await examined(
    naming(github),
    {},
    { 'https://github.com': () => Response.json(full(github, none)) },
  );
  expect(finding(known, 'ASM-12')).toMatchObject({ severity: 'fragile' });
  expect(finding(known, 'ASM-12')?.remedy).toContain('GitHub offers neither');
});

test('a document in OpenID’s name only, without OpenID’s fields, stops the official TypeScript SDK', async () => {
  const bare = await examined({}, { [OAUTH]: status(404), [OPENID]: full(ISSUER) });
  expect(finding(bare, 'ASM-15')).toMatchObject({ severity: 'fragile' });
  const openid = {
    jwks_uri: `${ISSUER}/keys`,
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  };
  const whole = await examined(
    {},
    { [OAUTH]: status(404), [OPENID]: full(ISSUER, openid), '/keys': { keys: [{ kty: 'RSA' }] } },
  );
  expect(codes(whole)).not.toContain('ASM-15');
});

test('a page for signing in that answers 404 is suspicious, one that redirects is not', async () => {
  const missing = finding(await examined({}, { '/authorize': status(404) }), 'ASM-16');
  expect(missing?.severity).toBe('fragile');
  expect(missing?.detail).not.toContain('inside a network');
  const login = await examined({}, { '/authorize': moved(302, '/login') });
  expect(codes(login)).not.toContain('ASM-16');
});

test('an endpoint whose name has no address is found by the look at the names', async () => {
  const examination = await changed({ token_endpoint: 'https://gone.example/token' });
  expect(codes(examination)).not.toContain('ASM-16');
  const failure = { code: 'net.dns', message: '', evidence: [] } as never;
  const looked = { ...examination, names: [{ host: 'gone.example', v4: [], v6: [], failure }] };
  expect(finding(looked, 'ASM-16')?.title).toContain('token_endpoint (gone.example has no address)');
  expect(finding(looked, 'ASM-16')?.detail).toContain('inside a network');
  const answering = { ...examination, names: [{ host: 'as.example', v4: [], v6: [], failure }] };
  expect(codes(answering)).not.toContain('ASM-16');
});

test('endpoints away from home are usual for known providers', async () => {
  const google = 'https://accounts.google.com';
  const document = full(google, { token_endpoint: 'https://oauth2.googleapis.com/token' });
  const examination = await examined(naming(google), {}, { [google]: () => Response.json(document) });
  expect(codes(examination)).not.toContain('ASM-17');
});

describe('ASM-20, scopes that nobody but the authorization server names', () => {
  const silent = { [`${RESOURCE}/mcp`]: prm(SERVER, ISSUER) };
  const many = { scopes_supported: ['a', 'b', 'c', 'd', 'e', 'f'] };

  test('is found for an empty list, and noted for a long one', async () => {
    expect(finding(await changed({ scopes_supported: [] }, silent), 'ASM-20')?.severity).toBe('fragile');
    expect(finding(await changed(many, silent), 'ASM-20')?.severity).toBe('note');
  });

  test('is found for Cognito, which refuses some of its own', async () => {
    const cognito = 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc';
    const document = full(cognito, { scopes_supported: ['openid', 'email', 'phone', 'profile'] });
    const examination = await examined(
      { [`${RESOURCE}/mcp`]: prm(SERVER, cognito) },
      {},
      { 'https://cognito-idp.eu-west-1.amazonaws.com': () => Response.json(document) },
    );
    expect(finding(examination, 'ASM-20')?.detail).toContain('phone');
  });

  test('is not found where the server says what to ask for, nor for a short list', async () => {
    expect(codes(await changed(many))).not.toContain('ASM-20');
    expect(codes(await changed({}, silent))).not.toContain('ASM-20');
  });
});

describe('ASM-22 and ASM-27, no metadata at all', () => {
  const nothing = { '/mcp': status(401), [`${RESOURCE}/mcp`]: status(404) };
  const hinting = (value: string) => () =>
    new Response('', { status: 401, headers: { 'www-authenticate': value } });

  test('are found, the authorization server named in vain under it', async () => {
    expect(codes(await examined(nothing))).toContain('ASM-22');
    expect(codes(await examined(nothing))).not.toContain('ASM-27');
    const hint = hinting('Bearer authorization_uri="https://login.example/authorize"');
    const found = finding(await examined({ ...nothing, '/mcp': hint }), 'ASM-22');
    expect(found?.consequences.map(({ code }) => code)).toContain('ASM-27');
  });

  test('are not found with either document, for other schemes, or while something is silent', async () => {
    const own = await examined({ ...nothing, [OAUTH]: full('https://mcp.example') });
    const basic = await examined({ ...nothing, '/mcp': hinting('Basic realm="x"') });
    const silent = await examined({ ...nothing, [OAUTH]: status(503) });
    const realm = await examined({ ...RIGHT, '/mcp': hinting('Bearer realm="https://other.example"') });
    const long = { ...full('https://mcp.example'), scopes_supported: Array.from({ length: 20_000 }, String) };
    const cut = await examined({ ...nothing, [OAUTH]: long });
    for (const each of [own, basic, silent, realm, cut, await examined()]) {
      expect(codes(each)).not.toContain('ASM-22');
      expect(codes(each)).not.toContain('ASM-27');
    }
  });
});

describe('ASM-23, a web page in place of metadata', () => {
  test('is found, and weighs less behind metadata that was found', async () => {
    expect(finding(await examined({}, { [OAUTH]: html }), 'ASM-23')?.severity).toBe('broken');
    expect(finding(await examined({}, { [OPENID]: html }), 'ASM-23')?.severity).toBe('fragile');
  });

  test('stands under the page in place of the resource metadata', async () => {
    const pages = { [`${RESOURCE}/mcp`]: html, [RESOURCE]: html, [OAUTH]: html, [OPENID]: html };
    const all = finding(await examined(pages), 'PRM-05');
    expect(all?.consequences.map(({ code }) => code)).toEqual(expect.arrayContaining(['ASM-23', 'ASM-22']));
  });

  test('is not found for 404, nor on a server open to all', async () => {
    expect(codes(await examined({}, { [OPENID]: status(404) }))).not.toContain('ASM-23');
    const open = () => Response.json({ jsonrpc: '2.0', id: 1, result: {} });
    const phantom = await examined({ '/mcp': open, [`${RESOURCE}/mcp`]: html, [OAUTH]: html });
    expect(codes(phantom)).not.toContain('ASM-23');
  });
});

describe('ASM-24, keys', () => {
  const keys = (answer: object) =>
    examined({}, { [OAUTH]: full(ISSUER, { jwks_uri: `${ISSUER}/keys` }), '/keys': answer });

  test.each([
    ['404', status(404)],
    ['a page', html],
    ['other JSON', { what: 1 }],
    ['an empty set', { keys: [] }],
  ])('that are %s are found', async (_, answer) => {
    expect(codes(await keys(answer))).toContain('ASM-24');
  });

  test('that are there are not', async () => {
    expect(codes(await keys({ keys: [{ kty: 'RSA' }] }))).not.toContain('ASM-24');
    expect(codes(await examined())).not.toContain('ASM-24');
  });
});

describe('ASM-26, two documents that differ', () => {
  const both = (more: object) => examined({}, { [OAUTH]: full(ISSUER), [OPENID]: full(ISSUER, more) });

  test('is found, with the two values side by side', async () => {
    const found = finding(await both({ code_challenge_methods_supported: undefined }), 'ASM-26');
    expect(found?.comparison).toMatchObject({ seen: '', expected: 'S256' });
    expect(codes(await both({ issuer: `${ISSUER}/` }))).toContain('ASM-26');
    expect(codes(await both({ registration_endpoint: undefined }))).toContain('ASM-26');
  });

  test('is not found for what makes no difference to a client', async () => {
    const same = { code_challenge_methods_supported: ['plain', 'S256'], userinfo_endpoint: `${ISSUER}/me` };
    expect(codes(await both(same))).not.toContain('ASM-26');
  });
});
