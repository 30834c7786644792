import { describe, expect, test } from 'vitest';
import { examinedActively } from '../support/active.ts';
import { prm, RESOURCE } from '../support/discovery.ts';
import { examined, ISSUER, RIGHT_ISSUER, SERVER } from '../support/examination.ts';
import { loggedIn } from '../support/login.ts';

const asked = ({ probes }: Awaited<ReturnType<typeof examined>>, kind: string) =>
  probes.filter(each => each.kind === kind).map(({ url, because }) => ({ url, because }));

describe('endpoints that the user names', () => {
  const endpoints = {
    authorization_endpoint: `${ISSUER}/my/authorize`,
    token_endpoint: `${ISSUER}/my/token`,
    registration_endpoint: `${ISSUER}/my/register`,
  };

  test('are asked in place of those of the metadata, and every question says why', async () => {
    const examination = await examined({}, {}, {}, SERVER, { overrides: { endpoints } });
    const because = expect.stringContaining('The command line names this address in place of the metadata');
    expect(asked(examination, 'token-preflight')).toEqual([{ url: endpoints.token_endpoint, because }]);
    expect(asked(examination, 'authorize-page')).toEqual([
      { url: endpoints.authorization_endpoint, because },
    ]);
  });

  test('are asked where there is no metadata at all, and of the first authorization server only', async () => {
    const issuers = [ISSUER, 'https://gone.example'];
    const examination = await examined({ [`${RESOURCE}/mcp`]: prm(SERVER, ...issuers) }, {}, {}, SERVER, {
      issuers: ['https://gone.example', ISSUER],
      overrides: { endpoints: { token_endpoint: endpoints.token_endpoint } },
    });
    expect(asked(examination, 'token-preflight').map(({ url }) => url)).toEqual([
      endpoints.token_endpoint,
      `${ISSUER}/token`,
    ]);
  });

  test('take the trial registrations and the request without a code', async () => {
    const { examination } = await examinedActively({ options: { overrides: { endpoints } } });
    const urls = (kind: string) => [...new Set(asked(examination, kind).map(({ url }) => url))];
    expect(urls('registration')).toEqual([endpoints.registration_endpoint]);
    expect(urls('token-without-code')).toEqual([endpoints.token_endpoint]);
  });

  test('are signed in with, whatever the metadata says', async () => {
    const metadata = Object.fromEntries(
      Object.keys(endpoints).map(name => [name, `${ISSUER}/nothing/is/here`]),
    );
    const right = {
      authorization_endpoint: `${ISSUER}/authorize`,
      token_endpoint: `${ISSUER}/token`,
      registration_endpoint: `${ISSUER}/register`,
    };
    expect((await loggedIn({ metadata })).examination.flow?.failure).toBeDefined();
    const { examination } = await loggedIn({ metadata, passive: { overrides: { endpoints: right } } });
    expect(examination.flow?.failure).toBeUndefined();
    expect(examination.flow?.request?.endpoint).toBe(right.authorization_endpoint);
  });

  test('are signed in with where the metadata may not be believed', async () => {
    const metadata = { issuer: 'https://other.example' };
    expect((await loggedIn({ metadata })).examination.flow?.failure).toBeDefined();
    const { authorization_endpoint, token_endpoint, registration_endpoint } = RIGHT_ISSUER[
      '/.well-known/oauth-authorization-server'
    ] as Record<string, string>;
    const named = { authorization_endpoint, token_endpoint, registration_endpoint } as typeof endpoints;
    const { examination } = await loggedIn({ metadata, passive: { overrides: { endpoints: named } } });
    expect(examination.flow?.failure).toBeUndefined();
  });
});

describe('an authorization server that the user names', () => {
  const resource = prm(SERVER, 'https://gone.example');

  test('is signed in at in place of the one in the resource metadata', async () => {
    expect((await loggedIn({ resource })).examination.flow?.failure).toBeDefined();
    const { examination } = await loggedIn({ resource, passive: { issuers: [ISSUER] } });
    expect(examination.flow).toMatchObject({ issuer: ISSUER, token: {} });
    expect(examination.flow?.failure).toBeUndefined();
  });

  test('without metadata is said to have none', async () => {
    const { examination } = await loggedIn({ passive: { issuers: ['https://gone.example'] } });
    expect(examination.flow?.failure).toMatchObject({ code: 'discovery.no-metadata' });
  });

  test('is found in the resource metadata that the user names, if that speaks for the server', async () => {
    const named = `https://mcp.example${RESOURCE}/mcp`;
    const right = await loggedIn({ passive: { resourceMetadata: named } });
    expect(right.examination.flow?.failure).toBeUndefined();
    const other = prm('https://mcp.example/other', ISSUER);
    const wrong = await loggedIn({ resource: other, passive: { resourceMetadata: named } });
    expect(wrong.examination.flow?.failure).toMatchObject({ code: 'discovery.resource-mismatch' });
  });
});

test('client, scopes and resource that the user names are what the authorization page is asked with', async () => {
  const overrides = { clientId: 'my client', scope: 'a b', resource: 'https://mcp.example/' };
  const { examination, register } = await examinedActively({ options: { overrides } });
  const [url = ''] = asked(examination, 'authorize-with-pkce').map(each => each.url);
  expect(Object.fromEntries(new URL(url).searchParams)).toMatchObject({
    client_id: 'my client',
    scope: 'a b',
    resource: 'https://mcp.example/',
  });
  expect(register.asked.map(({ scope }) => scope)).toContain('a b');
  const token = examination.probes.find(({ kind }) => kind === 'token-without-code');
  const body = examination.exchanges[token?.exchanges[0] ?? '']?.request.body?.text;
  expect(new URLSearchParams(body).get('client_id')).toBe('my client');
});

test('an empty resource is left out', async () => {
  const { examination } = await examinedActively({ options: { overrides: { resource: '' } } });
  const [url = ''] = asked(examination, 'authorize-with-pkce').map(each => each.url);
  expect(new URL(url).searchParams.has('resource')).toBe(false);
});
