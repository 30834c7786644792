import { expect, test } from 'vitest';
import { activeCodes, examinedActively, type Register, refusal, register } from '../support/active.ts';
import { asm, html, OAUTH, status } from '../support/discovery.ts';
import { finding, ISSUER } from '../support/examination.ts';

const after = async (made: Register) => (await examinedActively({ register: made })).examination;
const uris = (asked: { redirect_uris?: unknown }) => JSON.stringify(asked.redirect_uris ?? []);
const isLoopback = (asked: object) => /127\.0\.0\.1|localhost/.test(uris(asked));
const isDangerous = (asked: object) => /javascript|stranger|\[\]/.test(uris(asked));
const lacks = (asked: object, name: string) => !isDangerous(asked) && !(name in asked);

test('REG-01: a server that takes only redirect URIs it knows is found, with ours to be added', async () => {
  const made = register((_, asked) =>
    isLoopback(asked) ? refusal('invalid_redirect_uri', 'not allowed') : undefined,
  );
  const found = finding(await after(made), 'REG-01');
  expect(found?.severity).toBe('broken');
  expect(found?.remedy).toContain('http://127.0.0.1:28931/callback');
  expect(found?.detail).toContain('not allowed');
});

test('REG-01: a refusal in other words is laid to the redirect URI where an https one is taken', async () => {
  const made = register((_, asked) => (isLoopback(asked) ? refusal('invalid_client_metadata') : undefined));
  expect(activeCodes(await after(made))).toContain('REG-01');
});

test('REG-01 is silent where the same redirect URI is taken in other company', async () => {
  const made = register((_, asked) =>
    'application_type' in asked ? refusal('invalid_client_metadata') : undefined,
  );
  expect(activeCodes(await after(made))).toEqual(['REG-02']);
});

test('REG-02: a server that takes a silent client for a web client is found', async () => {
  const made = register((_, asked) =>
    lacks(asked, 'application_type') ? refusal('invalid_redirect_uri', 'https only') : undefined,
  );
  const examination = await after(made);
  expect(finding(examination, 'REG-02')?.severity).toBe('fragile');
  expect(activeCodes(examination)).not.toContain('REG-01');
});

test('REG-03: a server that wants both grant types is found', async () => {
  const made = register((_, asked) =>
    JSON.stringify(asked.grant_types ?? []).includes('refresh')
      ? undefined
      : refusal('invalid_client_metadata', 'grant_types must be authorization_code and refresh_token'),
  );
  expect(activeCodes(await after(made))).toContain('REG-03');
});

test('REG-04: a server that refuses its own default is found', async () => {
  const made = register((_, asked) =>
    lacks(asked, 'token_endpoint_auth_method') ? refusal('invalid_client_metadata') : undefined,
  );
  expect(activeCodes(await after(made)).filter(code => code.startsWith('REG'))).toEqual(['REG-04']);
});

test.each([
  [['openid', 'email', 'profile', 'mcp'], 'broken'],
  [['mcp'], 'note'],
  [undefined, 'fragile'],
])(
  'REG-05: scopes refused at registration, where the metadata lists %j, are %s',
  async (listed, severity) => {
    const made = register((_, asked) =>
      asked.scope === 'openid email profile' ? refusal('invalid_client_metadata', 'scopes') : undefined,
    );
    const document = asm(ISSUER, {
      registration_endpoint: `${ISSUER}/register`,
      code_challenge_methods_supported: ['S256'],
      ...(listed ? { scopes_supported: listed } : {}),
    });
    const { examination } = await examinedActively({ register: made, issuer: { [OAUTH]: document } });
    expect(finding(examination, 'REG-05')?.severity).toBe(severity);
  },
);

test('REG-06: a secret without its end is found, one with it is not', async () => {
  const secretive = (more: object) =>
    register(answer => void Object.assign(answer, { client_secret: 'a-secret-of-the-client', ...more }));
  expect(activeCodes(await after(secretive({})))).toContain('REG-06');
  expect(activeCodes(await after(secretive({ client_secret_expires_at: '' })))).toContain('REG-06');
  expect(activeCodes(await after(secretive({ client_secret_expires_at: 0 })))).not.toContain('REG-06');
});

test('REG-07: a secret for a client that wanted none is found, unless the method stays none', async () => {
  const given = (method: string) =>
    register(
      answer =>
        void Object.assign(answer, {
          client_secret: 'a-secret-of-the-client',
          client_secret_expires_at: 0,
          token_endpoint_auth_method: method,
        }),
    );
  const examination = await after(given('client_secret_post'));
  expect(finding(examination, 'REG-07')?.title).toContain('client_secret_post');
  expect(JSON.stringify(examination)).not.toContain('a-secret-of-the-client');
  expect(activeCodes(await after(given('none')))).not.toContain('REG-07');
});

test('REG-08: a refusal that is no JSON is found', async () => {
  const made = register((_, asked) =>
    isDangerous(asked) ? new Response('Bad Request', { status: 400 }) : undefined,
  );
  expect(activeCodes(await after(made))).toEqual(['REG-08']);
});

test('REG-09 and REG-10: who may not register is told apart from what a firewall keeps out', async () => {
  const closed = register(() => refusal('insufficient_scope', 'Host not trusted', 403));
  expect(activeCodes(await after(closed))).toEqual(['REG-09']);
  const guarded = register(
    () => new Response('<html>Forbidden</html>', { status: 403, headers: { 'content-type': 'text/html' } }),
  );
  expect(activeCodes(await after(guarded))).toEqual(['REG-10']);
});

test('REG-11: grant types that the metadata does not list are a note', async () => {
  const made = register(
    answer => void Object.assign(answer, { grant_types: ['authorization_code', 'password'] }),
  );
  expect(finding(await after(made), 'REG-11')?.severity).toBe('note');
});

test('REG-15: scripts and plain http elsewhere are unsafe; a client without a redirect URI is a note', async () => {
  const made = register(answer => void Object.assign(answer, { take: true }));
  const examination = await after(made);
  expect(activeCodes(examination).filter(code => code === 'REG-15')).toHaveLength(3);
  expect(finding(examination, 'REG-15')).toMatchObject({
    severity: 'unsafe',
    title: expect.stringContaining('javascript:'),
  });
  const dropping = register(
    answer => void Object.assign(answer, { take: true, redirect_uris: ['https://client.example/callback'] }),
  );
  const dropped = activeCodes(await after(dropping)).filter(code => code === 'REG-15');
  expect(dropped).toHaveLength(1);
});

test('AZ-15: a code for a client without PKCE is unsafe, a sign-in page for it a note', async () => {
  const withCode = await examinedActively({
    authorize: request => {
      const redirect = new URL(new URL(request.url).searchParams.get('redirect_uri') ?? '');
      redirect.search = 'code=a-code-that-was-given-out&state=keybridge-doctor';
      return new Response('', { status: 302, headers: { location: redirect.href } });
    },
  });
  expect(finding(withCode.examination, 'AZ-15')?.severity).toBe('unsafe');
  expect(JSON.stringify(withCode.examination)).not.toContain('a-code-that-was-given-out');
  const withPage = await examinedActively({ authorize: html });
  expect(finding(withPage.examination, 'AZ-15')?.severity).toBe('note');
  const refusing = await examinedActively({ authorize: status(400, 'code_challenge missing') });
  expect(activeCodes(refusing.examination)).not.toContain('AZ-15');
});

const sends = (body: string, code: number, type: string) => () =>
  new Response(body, { status: code, headers: { 'content-type': type } });

test.each([
  [sends('{"error":"invalid_request"}', 200, 'application/json'), 'broken'],
  [sends('error=invalid_request', 400, 'application/x-www-form-urlencoded'), 'fragile'],
  [sends('<html>', 500, 'text/html'), 'fragile'],
  [sends('', 404, 'text/plain'), 'broken'],
  [sends('', 503, 'text/plain'), undefined],
  [sends('{"error":"invalid_client"}', 401, 'application/json'), undefined],
])('TOK-08: an answer of the token endpoint that clients cannot read is found', async (token, severity) => {
  const { examination } = await examinedActively({ token });
  expect(finding(examination, 'TOK-08')?.severity).toBe(severity);
});

const guarded = (isTaken: (token: string) => boolean) => ({
  '/mcp': (request: Request) => {
    const token = request.headers.get('authorization')?.replace('Bearer ', '');
    return request.method === 'POST' && token && isTaken(token)
      ? Response.json({ jsonrpc: '2.0', id: 1, result: {} })
      : new Response('', {
          status: request.method === 'POST' ? 401 : 405,
          headers: {
            'www-authenticate':
              'Bearer resource_metadata="https://mcp.example/.well-known/oauth-protected-resource/mcp"',
          },
        });
  },
});

test('MCP-11: a token for another resource that is taken is unsafe; one that is refused is right (row 4.4)', async () => {
  const options = { otherToken: 'a-token-of-another-resource' };
  const taking = await examinedActively({ options, server: guarded(token => token.startsWith('a-token')) });
  expect(finding(taking.examination, 'MCP-11')?.severity).toBe('unsafe');
  const right = await examinedActively({ options });
  expect(activeCodes(right.examination)).toEqual([]);
});
