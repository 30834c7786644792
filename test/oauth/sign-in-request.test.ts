import { describe, expect, test } from 'vitest';
import type { ClientOptions } from '../../src/oauth/client-options.ts';
import { prm } from '../support/discovery.ts';
import { type Stage, stage } from '../support/flow.ts';

/** The parameters of the link. */
async function asked(setting: Stage = {}): Promise<URLSearchParams> {
  const { begin, link } = await stage(setting);
  return (await link(begin())).searchParams;
}

test('the link has what the specifications ask for, each once', async () => {
  const { begin, link } = await stage({ challenge: 'scope="read"' });
  const url = await link(begin());
  expect(url.origin + url.pathname).toBe('https://as.example/authorize');
  expect([...url.searchParams.keys()].sort()).toEqual([
    'client_id',
    'code_challenge',
    'code_challenge_method',
    'redirect_uri',
    'resource',
    'response_type',
    'scope',
    'state',
  ]);
  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    client_id: 'client-1',
    redirect_uri: 'http://127.0.0.1:4000/callback',
    response_type: 'code',
    scope: 'read',
  });
});

test('the link keeps the query of the authorization endpoint', async () => {
  const parameters = await asked({
    quirks: { metadata: { authorization_endpoint: 'https://as.example/authorize?policy=b2c&x=%2F' } },
  });
  expect(parameters.get('policy')).toBe('b2c');
  expect(parameters.get('x')).toBe('/');
  expect(parameters.get('response_type')).toBe('code');
});

describe('the resource', () => {
  test.each([
    'https://mcp.example/mcp',
    'https://mcp.example/mcp/',
    'https://mcp.example',
    'https://mcp.example/',
    'https://MCP.example:443/mcp',
  ])('is what the resource metadata says, to the letter: %s', async resource => {
    const url = 'https://mcp.example/mcp/';
    const { walk, server } = await stage({ url, resourceMetadata: prm(resource, 'https://as.example') });
    const { outcome } = await walk();
    expect(server.authorized[0]?.get('resource')).toBe(resource);
    expect(server.redeemed[0]?.parameters.get('resource')).toBe(resource);
    expect(outcome).toMatchObject({ grant: { key: { resource, server: url } } });
  });

  test.each([
    ['https://as.example', 'https://as.example'],
    ['https://as.example/', 'https://as.example'],
    ['https://as.example/mcp', 'https://as.example/mcp'],
    ['https://as.example/mcp/', 'https://as.example/mcp/'],
    ['https://AS.example:443/mcp?team=a', 'https://as.example/mcp?team=a'],
  ])('of %s without such metadata is its canonical URI, without an added slash', async (url, resource) => {
    const parameters = await asked({ url, resourceMetadata: null });
    expect(parameters.get('resource')).toBe(resource);
  });

  test('is what the user says before everything else', async () => {
    const { walk, server } = await stage({ options: { resource: 'api://mine' } });
    expect((await walk()).outcome).toMatchObject({ grant: { key: { resource: 'api://mine' } } });
    expect(server.authorized[0]?.get('resource')).toBe('api://mine');
    expect(server.redeemed[0]?.parameters.get('resource')).toBe('api://mine');
  });

  test('is left out everywhere when the user says so', async () => {
    const { walk, server } = await stage({ options: { resource: '' } });
    expect((await walk()).outcome).toMatchObject({ grant: { key: { resource: '' } } });
    expect(server.authorized[0]?.has('resource')).toBe(false);
    expect(server.redeemed[0]?.parameters.has('resource')).toBe(false);
  });
});

describe('the scope', () => {
  test('is left out where nobody names one', async () => {
    expect((await asked()).has('scope')).toBe(false);
  });

  test('is the union when a step-up asks for more', async () => {
    const parameters = await asked({ challenge: 'scope="admin read"', held: ['read', 'write'] });
    expect(parameters.get('scope')).toBe('read write admin');
  });

  test('with offline_access asks for consent, without which it is to be ignored', async () => {
    const quirks = { metadata: { scopes_supported: ['offline_access', 'read'] } };
    const parameters = await asked({ challenge: 'scope="read"', quirks });
    expect(parameters.get('scope')).toBe('read offline_access');
    expect(parameters.get('prompt')).toBe('consent');
    expect((await asked({ challenge: 'scope="read"' })).has('prompt')).toBe(false);
  });
});

describe('further authorization parameters of the user', () => {
  test('are added, and replace ours', async () => {
    const authorizeParams = { audience: 'api', prompt: 'login', login_hint: 'ada@example.org' };
    const quirks = { metadata: { scopes_supported: ['offline_access'] } };
    const parameters = await asked({ challenge: 'scope="read"', options: { authorizeParams }, quirks });
    expect(parameters.getAll('prompt')).toEqual(['login']);
    expect(parameters.get('audience')).toBe('api');
    expect(parameters.get('login_hint')).toBe('ada@example.org');
  });
});

describe('PKCE with S256', () => {
  const first = async (methods: unknown, options: ClientOptions = {}, issuer = 'https://as.example') => {
    const metadata = { code_challenge_methods_supported: methods };
    const staged = await stage({
      quirks: { metadata },
      options,
      report: report => (report.chosen ? { ...report, chosen: { ...report.chosen, issuer } } : report),
    });
    return { ...staged, started: staged.begin().next() };
  };

  test('goes on where the metadata promises it', async () => {
    const { started } = await first(['plain', 'S256']);
    expect((await started).value).toMatchObject({ step: 'listening' });
  });

  test.each([
    [
      'not said',
      undefined,
      'https://as.example does not say that it supports PKCE, so a sign-in there is not safe.',
    ],
    ['denied', [], 'https://as.example does not support PKCE with S256 (it lists nothing).'],
    ['only plain', ['plain'], 'https://as.example does not support PKCE with S256 (it lists "plain").'],
    ['not quite', ['s256'], 'https://as.example does not support PKCE with S256 (it lists "s256").'],
  ])('refuses before anything else where it is %s', async (_what, methods, message) => {
    const { started, order, span } = await first(methods);
    const remedy = expect.stringContaining('--assume-pkce');
    await expect(started).rejects.toMatchObject({ code: 'sign-in.pkce-unsupported', message, remedy });
    expect(order).toEqual([]);
    expect(span.exchanges.map(each => each.purpose)).not.toContain('registration');
  });

  test.each([
    'https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0',
    'https://login.microsoftonline.com/common/v2.0',
    'https://login.microsoftonline.us/contoso.example/v2.0',
    'https://sts.windows.net/9188040d-6c67-4c5b-b112-36a304b66dad/',
    'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEf123',
    'https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_AbCdEf123',
  ])('is known of %s, which does not say it, and that is noted with its reference', async issuer => {
    const { started, span } = await first(undefined, {}, issuer);
    expect((await started).value).toMatchObject({ step: 'listening' });
    expect(span.notes).toContainEqual(
      expect.stringMatching(/ does PKCE with S256 although its metadata does not say so: https:\/\/\S+$/),
    );
  });

  test.each([
    'https://login.microsoftonline.com.evil.example/common/v2.0',
    'https://evil.example/https://login.microsoftonline.com/common/v2.0',
    'http://login.microsoftonline.com/common/v2.0',
    'https://login.microsoftonline.com/',
    'https://cognito-idp.evil.example/.amazonaws.com/x',
    'https://cognito-idp.x.amazonaws.com.evil.example/pool',
  ])('is not known of %s', async issuer => {
    await expect((await first(undefined, {}, issuer)).started).rejects.toMatchObject({
      code: 'sign-in.pkce-unsupported',
    });
  });

  test('is refused to a known issuer that says otherwise', async () => {
    const { started } = await first(['plain'], {}, 'https://login.microsoftonline.com/common/v2.0');
    await expect(started).rejects.toMatchObject({ code: 'sign-in.pkce-unsupported' });
  });

  test('is taken on the word of the user, which is noted, and sent all the same', async () => {
    for (const methods of [undefined, ['plain']]) {
      const { started, span } = await first(methods, { assumePkce: true });
      await started;
      expect(span.notes).toContain(
        'The metadata does not promise PKCE with S256; going on because the user said so.',
      );
    }
    const quirks = { metadata: { code_challenge_methods_supported: undefined } };
    const parameters = await asked({ quirks, options: { assumePkce: true } });
    expect(parameters.get('code_challenge_method')).toBe('S256');
  });

  test('needs no word of a server of 2025-03-26 that has no metadata at all', async () => {
    const parameters = await asked({
      quirks: { metadata: { code_challenge_methods_supported: undefined } },
      report: report => ({ ...report, path: 'default-endpoints' }),
    });
    expect(parameters.get('code_challenge_method')).toBe('S256');
  });
});
