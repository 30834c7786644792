import { expect, test } from 'vitest';
import type { Examination } from '../../src/checks/examination.ts';
import { codes, finding, SERVER } from '../support/examination.ts';
import type { Handler } from '../support/fake-world.ts';
import { CLAIMS, type LoginStage, loggedIn } from '../support/login.ts';

const after = async (stage: LoginStage) => (await loggedIn({ claims: CLAIMS, ...stage })).examination;
const refused = (error: string, description: string, status = 400): LoginStage => ({
  quirks: { token: () => Response.json({ error, error_description: description }, { status }) },
});
const answered = (change: (answer: Record<string, unknown>) => void): LoginStage => ({
  quirks: {
    token: answer => {
      change(answer);
      return undefined;
    },
  },
});
const call =
  (status: number, challenge = 'Bearer error="invalid_token"', body = ''): Handler =>
  () =>
    new Response(body, { status, headers: { 'www-authenticate': challenge } });

test.each([
  ['TOK-01', 'invalid_request', 'AADSTS9002313: Invalid request. Request is malformed or invalid.'],
  ['TOK-02', 'invalid_grant', 'AADSTS501481: The Code_Verifier does not match the code_challenge'],
  ['TOK-02', 'invalid_grant', 'PKCE verification failed'],
  [
    'TOK-03',
    'invalid_client',
    "AADSTS7000218: The request body must contain: 'client_assertion' or 'client_secret'",
  ],
  ['TOK-04', 'invalid_request', 'AADSTS9002327: Tokens issued for the SPA client-type'],
  ['TOK-05', 'invalid_client', 'AADSTS700025: Client is public'],
  ['TOK-06', 'invalid_client', 'Client authentication failed'],
  ['TOK-09', 'invalid_grant', 'redirect_uri does not match'],
])(
  '%s: a refusal of the token endpoint is put into plain words (row 3.3)',
  async (code, error, description) => {
    const examination = await after(refused(error, description));
    const found = finding(examination, code);
    expect(found?.evidence).toHaveLength(1);
    expect(`${found?.title} ${found?.detail}`).toContain(description.slice(0, 12));
    expect(codes(await after({}))).not.toContain(code);
  },
);

test('TOK-07: a secret with special characters that is refused in HTTP Basic is found', async () => {
  const options = (clientSecret: string) => ({
    client: {
      staticClient: { clientId: 'c', clientSecret, tokenEndpointAuthMethod: 'client_secret_basic' as const },
    },
  });
  const odd = await after({ ...refused('invalid_client', 'no'), options: options('with:a%secret+in/it') });
  expect(codes(odd)).toContain('TOK-07');
  expect(JSON.stringify(odd)).not.toContain('with:a%secret');
  const plain = await after({ ...refused('invalid_client', 'no'), options: options('lettersAndDigits1') });
  expect(codes(plain)).not.toContain('TOK-07');
});

test.each([
  [0, 'fragile'],
  ['3600', 'fragile'],
  [undefined, 'note'],
  [3600, undefined],
])('TOK-10: expires_in %j', async (value, severity) => {
  const examination = await after(
    answered(answer => {
      if (value === undefined) delete answer.expires_in;
      else answer.expires_in = value;
    }),
  );
  expect(finding(examination, 'TOK-10')?.severity).toBe(severity);
});

test('TOK-11: a sign-in without a refresh token is found, the sooner it ends the worse', async () => {
  const none = (life: number) =>
    answered(answer => {
      delete answer.refresh_token;
      answer.expires_in = life;
    });
  expect(finding(await after(none(3600)), 'TOK-11')).toMatchObject({
    severity: 'fragile',
    title: expect.stringContaining('60 minutes'),
  });
  expect(finding(await after(none(30 * 86_400)), 'TOK-11')?.severity).toBe('note');
});

test('TOK-12: a token nobody can read is found where it is refused, and not where it is taken', async () => {
  const { examination } = await loggedIn({ call: call(401) });
  expect(codes(examination)).toContain('TOK-12');
  expect(codes((await loggedIn({})).examination)).not.toContain('TOK-12');
  const lacking = await loggedIn({ call: call(403, 'Bearer error="insufficient_scope", scope="more"') });
  expect(codes(lacking.examination)).not.toContain('TOK-12');
});

test('TOK-13: a token for nobody is unsafe where it is taken, broken where it is refused', async () => {
  const { aud: _, ...claims } = CLAIMS;
  expect(finding(await after({ claims }), 'TOK-13')?.severity).toBe('unsafe');
  const found = finding(await after({ claims, call: call(401) }), 'TOK-13');
  expect(found?.severity).toBe('broken');
  expect(found?.consequences.map(({ code }) => code)).toContain('MCP-01');
});

test('TOK-14: a token for somebody else is broken where it is refused, a note where it is taken (row 4.2)', async () => {
  const claims = { ...CLAIMS, aud: 'https://graph.example' };
  expect(finding(await after({ claims, call: call(401) }), 'TOK-14')).toMatchObject({
    severity: 'broken',
    comparison: { seen: 'https://graph.example', expected: SERVER },
  });
  expect(finding(await after({ claims }), 'TOK-14')?.severity).toBe('note');
});

test('TOK-15: a list of audiences is found only where the server does not take it (row 4.3)', async () => {
  const claims = { ...CLAIMS, aud: [SERVER, 'https://other.example'] };
  const found = finding(await after({ claims, call: call(401) }), 'TOK-15');
  expect(found?.remedy).toContain('auth_jwt_require_claim .aud[0]');
  expect(found?.remedy).toContain('aud any json=');
  expect(codes(await after({ claims }))).not.toContain('TOK-15');
});

test('TOK-16: another issuer inside the token is found where it is refused', async () => {
  const claims = { ...CLAIMS, iss: 'https://as.example/v1' };
  expect(finding(await after({ claims, call: call(401) }), 'TOK-16')?.comparison?.seen).toBe(claims.iss);
  expect(codes(await after({ claims }))).not.toContain('TOK-16');
});

test('TOK-17: rights that were asked for and not given are found; scopes of OpenID are none', async () => {
  expect(codes(await after(answered(answer => void Object.assign(answer, { scope: 'other' }))))).toContain(
    'TOK-17',
  );
  expect(codes(await after(answered(answer => void Object.assign(answer, { scope: 'mcp' }))))).not.toContain(
    'TOK-17',
  );
});

test('TOK-18: a server whose clock is behind the authorization server’s is found', async () => {
  const now = 1_750_000_000;
  const at =
    (seconds: number): Handler =>
    () =>
      new Response('', { status: 401, headers: { date: new Date(seconds * 1000).toUTCString() } });
  const claims = { ...CLAIMS, iat: now };
  expect(codes(await after({ claims, call: at(now - 120) }))).toContain('TOK-18');
  expect(codes(await after({ claims, call: at(now - 5) }))).not.toContain('TOK-18');
});

test('MCP-01: a fresh token that is refused is shown beside what is due', async () => {
  const found = finding(await after({ call: call(401) }), 'MCP-01');
  expect(found?.detail).toContain(`audience ${SERVER}`);
  expect(found?.detail).toContain('invalid_token');
  expect(codes(await after({}))).not.toContain('MCP-01');
});

test('MCP-02: a token that is lost on the way is told apart from one that is refused', async () => {
  const lost = await after({ call: call(401, 'Bearer', 'Missing Authorization header') });
  expect(finding(lost, 'MCP-02')?.consequences.map(({ code }) => code)).toContain('MCP-01');
  expect(codes(await after({ call: call(401) }))).not.toContain('MCP-02');
});

test('MCP-02: an error that says of a missing field what it said to who had none is no bad token', async () => {
  const says = (description: string) =>
    `Bearer error="invalid_token", error_description="${description}", resource_metadata="${SERVER}"`;
  const none = says('Missing Authorization header');
  const lost = await loggedIn({ challenge: none, call: call(401, none) });
  expect(finding(lost.examination, 'MCP-02')?.consequences.map(({ code }) => code)).toEqual(
    expect.arrayContaining(['MCP-01', 'TOK-12']),
  );
  for (const other of ['Token has expired', 'Token not found'])
    expect(codes(await after({ challenge: none, call: call(401, says(other)) }))).not.toContain('MCP-02');
  const alike = says('The access token is missing, expired or malformed');
  expect(codes(await after({ challenge: alike, call: call(401, alike) }))).not.toContain('MCP-02');
});

test('MCP-03: rights that are missing are worse where the server does not say which', async () => {
  const wants = (challenge: string) => after({ call: call(403, challenge) });
  const named = await wants('Bearer error="insufficient_scope", scope="mcp admin"');
  expect(finding(named, 'MCP-03')).toMatchObject({
    severity: 'fragile',
    title: expect.stringContaining('mcp admin'),
  });
  expect(finding(await wants('Bearer error="insufficient_scope"'), 'MCP-03')?.severity).toBe('broken');
});

const rpc = (result: object) => ({ jsonrpc: '2.0', id: 1, result });
test('MCP-05: a stream that was collected first, or never begins, is found', async () => {
  const single = `data: ${JSON.stringify(rpc({}))}\n\n`;
  const progress = `data: {"jsonrpc":"2.0","method":"notifications/progress"}\n\n${single}`;
  const stream =
    (headers: Record<string, string>, text = single): Handler =>
    () =>
      new Response(text, { headers: { 'content-type': 'text/event-stream', ...headers } });
  const counted = (text: string) => stream({ 'content-length': String(text.length) }, text);
  expect(finding(await after({ call: counted(progress) }), 'MCP-05')?.severity).toBe('fragile');
  expect(finding(await after({ call: counted(single) }), 'MCP-05')?.severity).toBe('note');
  expect(codes(await after({ call: stream({}) }))).not.toContain('MCP-05');
});

test('MCP-08: headers that are lost on the way to a server of 2026-07-28 are found', async () => {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code: -32020, message: 'Header mismatch' } });
  expect(codes(await after({ call: call(400, '', body) }))).toContain('MCP-08');
  const other = JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code: -32600, message: 'Bad' } });
  expect(codes(await after({ call: call(400, '', other) }))).not.toContain('MCP-08');
});

test('MCP-13: an address that takes no POST once one is signed in is found', async () => {
  expect(codes(await after({ call: call(405) }))).toContain('MCP-13');
  expect(codes(await after({}))).not.toContain('MCP-13');
});

test('AZ-09: a provider that goes by a parameter of its own is found where its token is refused', async () => {
  const claims = { ...CLAIMS, aud: 'https://tenant.eu.auth0.com/api/v2/' };
  const refusing = await after({ claims, call: call(401) });
  const at = (host: string, examination = refusing): Examination =>
    JSON.parse(JSON.stringify(examination).replaceAll('as.example', host));
  const found = finding(at('tenant.eu.auth0.com'), 'AZ-09');
  expect(found?.title).toContain(`did not heed the resource ${SERVER}`);
  expect(found?.remedy).toContain('Resource Parameter Compatibility Profile');
  expect(finding(at('cognito-idp.eu-west-1.amazonaws.com/eu-west-1_x'), 'AZ-09')?.remedy).toContain(
    'resource server',
  );
  expect(codes(refusing)).not.toContain('AZ-09');
  expect(codes(at('tenant.eu.auth0.com', await after({ claims })))).not.toContain('AZ-09');
});
