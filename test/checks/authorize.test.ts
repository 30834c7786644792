import { expect, test } from 'vitest';
import { activeCodes, examinedActively, refusal, register } from '../support/active.ts';
import { codes, finding, ISSUER } from '../support/examination.ts';
import type { Handler } from '../support/fake-world.ts';
import { CLAIMS, type LoginStage, loggedIn } from '../support/login.ts';

const after = async (stage: LoginStage) => (await loggedIn({ claims: CLAIMS, ...stage })).examination;
const page =
  (text: string, status = 400, headers = {}): Handler =>
  () =>
    new Response(`<html><body>${text}</body></html>`, {
      status,
      headers: { 'content-type': 'text/html', ...headers },
    });
const back = (error: string, description = ''): LoginStage => ({
  quirks: {
    callback: parameters => {
      parameters.delete('code');
      parameters.set('error', error);
      if (description) parameters.set('error_description', description);
    },
  },
});

test('on a right server a whole sign-in finds nothing above a note', async () => {
  const { examination } = await loggedIn({ claims: CLAIMS });
  expect(examination.flow?.failure).toBeUndefined();
  expect(codes(examination).filter(code => /^(?:REG|AZ|CB|TOK|MCP-0[1-8]|ASM-(?:14|21))/.test(code))).toEqual(
    [],
  );
});

test.each([
  ['AZ-01', 'AADSTS9010010: The resource parameter conflicts with the scopes'],
  ['AZ-02', 'AADSTS901002: The resource request parameter is not supported'],
  ['AZ-03', "AADSTS650053: asked for scope 'x' that doesn't exist on the resource 00000003-0000"],
  ['AZ-04', 'AADSTS50011: The redirect URI specified does not match'],
  ['AZ-05', 'AADSTS65001: The user has not consented'],
  ['AZ-06', 'AADSTS700016: Application with identifier x was not found'],
])('%s: an error page of Entra ID is put into plain words', async (code, text) => {
  const examination = await after({ authorize: page(text, 200), paste: () => text });
  const found = finding(examination, code);
  expect(found?.severity).toBe('broken');
  expect(found?.evidence).toHaveLength(1);
  const others = codes(examination).filter(each => /^AZ-0[1-6]$/.test(each));
  expect(others).toEqual([code]);
});

test('AZ-01: a resource that another server does not know is found by its error', async () => {
  const found = finding(await after(back('invalid_target', 'unknown resource')), 'AZ-01');
  expect(found?.title).toContain('https://mcp.example/mcp');
  expect(codes(await after(back('server_error')))).not.toContain('AZ-01');
});

test('AZ-04: the callback of a server that passes the sign-in on is the one to be registered (row 1.14)', async () => {
  const upstream = 'https://login.microsoftonline.com/t/oauth2/v2.0/authorize';
  const behind = encodeURIComponent('https://mcp.example/mcp-o365/auth/callback');
  const stage = { authorize: () => Response.redirect(`${upstream}?redirect_uri=${behind}`, 302) };
  const examination = await after({ ...stage, paste: () => 'AADSTS50011: the redirect URI does not match' });
  expect(finding(examination, 'AZ-04')?.remedy).toContain('/mcp-o365/auth/callback');
});

test('AZ-07: a client that was just registered and is unknown is found', async () => {
  const examination = await after({ authorize: () => refusal('invalid_client', 'Unknown client_id') });
  expect(finding(examination, 'AZ-07')?.title).toContain('a moment ago');
  expect(codes(examination)).not.toContain('REG-13');
});

test('REG-13 stands above AZ-07 where the client is one registered earlier', async () => {
  const options = { client: { staticClient: { clientId: 'an-old-one' } } };
  const examination = await after({
    options,
    authorize: () => refusal('invalid_client', 'Unknown client', 401),
  });
  expect(finding(examination, 'REG-13')?.consequences.map(({ code }) => code)).toContain('AZ-07');
  expect(codes(await after({ options }))).not.toContain('REG-13');
});

test.each([
  ['REG-12', 'Could not fetch client metadata document'],
  ['ASM-14', 'invalid_client'],
])('%s: a metadata document that is promised and not used is found', async (code, text) => {
  const document = { client: { clientMetadataUrl: 'https://keybridge.example/client.json' } };
  const metadata = { client_id_metadata_document_supported: true };
  const authorize = page(text, 500);
  expect(codes(await after({ options: document, metadata, authorize }))).toContain(code);
  expect(codes(await after({ authorize }))).not.toContain(code);
});

test('AZ-08: refused scopes are found, and a refusal for want of any', async () => {
  expect(finding(await after(back('invalid_scope')), 'AZ-08')?.title).toContain('mcp');
});

test('AZ-11: a server that takes only the registered port is found, one that takes any is not', async () => {
  const strict: Handler = request =>
    new Response('', { status: new URL(request.url).search.includes('28932') ? 400 : 200 });
  expect(activeCodes((await examinedActively({ authorize: strict })).examination)).toContain('AZ-11');
  const lax: Handler = () => new Response('', { status: 200 });
  expect(codes((await examinedActively({ authorize: lax })).examination)).not.toContain('AZ-11');
  const refusing: Handler = () => new Response('', { status: 400 });
  expect(codes((await examinedActively({ authorize: refusing })).examination)).not.toContain('AZ-11');
});

test('AZ-12: a server that takes one name of this machine and not the other is found', async () => {
  const picky = register((_, asked) =>
    JSON.stringify(asked.redirect_uris).includes('127.0.0.1') ? refusal('invalid_redirect_uri') : undefined,
  );
  const { examination } = await examinedActively({ register: picky });
  expect(finding(examination, 'AZ-12')?.remedy).toContain('--host localhost');
  expect(codes(examination)).not.toContain('REG-01');
  const closed = register(() => refusal('invalid_redirect_uri'));
  expect(codes((await examinedActively({ register: closed })).examination)).not.toContain('AZ-12');
});

test('AZ-13: a resource that gets a slash on its way is shown beside what was asked for', async () => {
  const found = finding(await after({ claims: { ...CLAIMS, aud: 'https://mcp.example/mcp/' } }), 'AZ-13');
  expect(found?.comparison).toMatchObject({
    seen: 'https://mcp.example/mcp/',
    expected: 'https://mcp.example/mcp',
  });
  expect(codes(await after({ claims: { ...CLAIMS, aud: 'https://other.example' } }))).not.toContain('AZ-13');
});

test('AZ-14: a user who ends on a home page is found, one who is still signing in is not', async () => {
  const landing = (url: string) => after({ authorize: page('sign in', 200), paste: () => url });
  expect(codes(await landing('https://as.example/'))).toContain('AZ-14');
  expect(codes(await landing('https://as.example/dashboard'))).toContain('AZ-14');
  expect(codes(await landing('https://as.example/login?return_to=x'))).not.toContain('AZ-14');
});

test('AZ-16: a browser that is sent back with nothing is found', async () => {
  const bounce: Handler = request => {
    const { searchParams } = new URL(request.url);
    return Response.redirect(`${searchParams.get('redirect_uri')}?state=${searchParams.get('state')}`, 302);
  };
  const found = finding(await after({ authorize: bounce }), 'AZ-16');
  expect(found?.consequences.map(({ code }) => code)).toContain('CB-05');
});

test('CB-04: a code that ends at the server is found, with the relay that mends it (row 3.4)', async () => {
  const stage = {
    authorize: page('sign in', 200),
    paste: () => 'https://mcp.example/auth/callback?code=c&state=s',
  };
  const found = finding(await after(stage), 'CB-04');
  expect(found?.remedy).toContain('state → the client');
  const failed = await after({
    authorize: page('sign in', 200),
    paste: () => 'AADSTS9002313: Invalid request',
  });
  expect(finding(failed, 'CB-04')?.consequences.map(({ code }) => code)).toContain('TOK-01');
});

test('CB-05: an answer with neither code nor error is found', async () => {
  const examination = await after({ quirks: { callback: parameters => parameters.delete('code') } });
  expect(finding(examination, 'CB-05')?.title).toContain('only ');
});

test('CB-06: a server that does not know the state is found; a state of another kind is not meant', async () => {
  const pasted = (text: string) => after({ authorize: page('sign in', 200), paste: () => text });
  expect(codes(await pasted('400: unknown state'))).toContain('CB-06');
  expect(codes(await pasted('State parameter mismatch'))).toContain('CB-06');
  expect(codes(await pasted('United States: not found'))).not.toContain('CB-06');
});

test('CB-07 and ASM-21: an answer of another issuer, and one without the promised iss, are told apart', async () => {
  const metadata = { authorization_response_iss_parameter_supported: true };
  const other = await after({
    metadata,
    quirks: { callback: parameters => parameters.set('iss', `${ISSUER}/`) },
  });
  expect(finding(other, 'CB-07')?.comparison?.seen).toBe(`${ISSUER}/`);
  expect(finding(other, 'CB-07')?.consequences.map(({ code }) => code)).toContain('ASM-21');
  const none = await after({ metadata, quirks: { callback: parameters => parameters.delete('iss') } });
  expect(codes(none)).toContain('ASM-21');
  expect(codes(none)).not.toContain('CB-07');
  expect(codes(await after({ metadata }))).not.toContain('ASM-21');
});

test('CB-09: an error that came back as it should is a note, decoded where it is Entra ID’s', async () => {
  const found = finding(await after(back('access_denied', 'AADSTS65004: User declined')), 'CB-09');
  expect(found).toMatchObject({ severity: 'note', detail: expect.stringContaining('refused to consent') });
  expect(codes(await after({}))).not.toContain('CB-09');
});

test('REG-16: a sign-in that is passed on at once as another client is a note', async () => {
  const on = (more: string) => () =>
    Response.redirect(`https://idp.example/authorize?redirect_uri=https%3A%2F%2Fas.example%2Fcb${more}`, 302);
  const passed = await after({ authorize: on('&client_id=upstream'), paste: () => 'nothing' });
  expect(finding(passed, 'REG-16')?.severity).toBe('note');
  expect(codes(await after({ authorize: on(''), paste: () => 'nothing' }))).not.toContain('REG-16');
  expect(codes(await after({}))).not.toContain('REG-16');
});
