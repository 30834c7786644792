import { describe, expect, test } from 'vitest';
import { whatToAsk } from '../../src/oauth/ask.ts';
import type { ClientOptions } from '../../src/oauth/client-options.ts';
import { announcedOtherwise, PRESETS, presetFor } from '../../src/oauth/presets.ts';
import type { DiscoveryReport } from '../../src/oauth/report.ts';
import { serverMetadata } from '../support/authorization-server.ts';

const SERVER = 'https://mcp.example/mcp';

const ISSUERS = {
  entra: 'https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0',
  google: 'https://accounts.google.com',
  auth0: 'https://tenant.eu.auth0.com/',
  okta: 'https://acme.okta.com/oauth2/default',
  cognito: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEf123',
  keycloak: 'https://sso.example/realms/staff',
  atlassian: 'https://auth.atlassian.com/VCeDsk8ZHncYF1g234fKtc4lNipbBhu3',
  github: 'https://github.com/login/oauth',
  slack: 'https://slack.com',
};

interface Words {
  /** Of the resource metadata; `null` for a server without it. */
  scope?: string[] | null;
  /** What the authorization server lists. */
  listed?: string[];
  options?: ClientOptions;
}

function ask(issuer: string, { scope = [], listed, options = {} }: Words = {}) {
  const found = {
    url: SERVER,
    resource: SERVER,
    authorizationServers: [issuer],
    scopesSupported: scope ?? [],
    raw: {},
  };
  const report: DiscoveryReport = {
    server: SERVER,
    challenges: [],
    resourceMetadata: scope === null ? { attempts: [] } : { attempts: [], found },
    issuers: [],
    path: 'resource-metadata',
    reach: 'public',
  };
  const server = serverMetadata({ issuer, ...(listed ? { scopesSupported: listed } : {}) });
  return whatToAsk(new URL(SERVER), report, server, options, []);
}

const OFFLINE = ['openid', 'offline_access'];

describe('a preset', () => {
  test.each(Object.entries(ISSUERS))('for %s is found by the issuer', (name, issuer) => {
    expect(presetFor(issuer)?.name).toBe(name);
  });

  test.each([
    'https://login.microsoftonline.com.evil.example/common/v2.0',
    'https://accounts.google.com.evil.example',
    'https://evil.example/https://accounts.google.com',
    'https://evilauth0.com/',
    'https://a.auth0.com.evil.example/',
    'https://okta.com.evil.example/oauth2/default',
    'https://evil.example/?/realms/x',
    'https://github.com/login/oauth/authorize',
    'https://notslack.com',
  ])('is not found for %s', issuer => {
    expect(presetFor(issuer)).toBeUndefined();
  });

  test('can be named for a host of its own, and taken away', () => {
    expect(presetFor('https://login.acme.example', 'auth0')?.name).toBe('auth0');
    expect(presetFor(ISSUERS.auth0, 'none')).toBeUndefined();
  });

  test('has a name of its own and references', () => {
    const names = PRESETS.map(each => each.name);
    expect(new Set(names).size).toBe(names.length);
    for (const { references } of PRESETS) {
      expect(references.length).toBeGreaterThan(0);
      for (const each of references) expect(each).toMatch(/^https:\/\//);
    }
  });

  test('that changes something says so, with its references', () => {
    const { notes } = ask(ISSUERS.google);
    expect(notes).toContainEqual(
      'Preset for Google: access_type=offline and prompt=consent is sent, for a sign-in that lasts.',
    );
    expect(notes.at(-1)).toMatch(/^References: https:\/\//);
  });

  test('that changes nothing says nothing, and neither does an unknown issuer', () => {
    expect(ask(ISSUERS.atlassian, { scope: ['read'] }).notes).toEqual([]);
    const unknown = ask('https://as.example', { scope: ['read'], listed: OFFLINE });
    expect(unknown).toEqual({
      scope: ['read', 'offline_access'],
      resource: SERVER,
      parameters: { prompt: 'consent' },
      notes: [],
    });
  });
});

describe('Microsoft Entra ID', () => {
  const listed = ['openid', 'profile', 'email', 'offline_access'];

  test('is told by the scopes alone what the token is for, and asks for no consent again', () => {
    const { scope, resource, parameters } = ask(ISSUERS.entra, { scope: ['api://mcp/tools.call'], listed });
    expect(scope).toEqual(['api://mcp/tools.call', 'offline_access']);
    expect(resource).toBeUndefined();
    expect(parameters).toEqual({});
  });

  test('is sent no resource with the scopes of OpenID Connect either', () => {
    expect(ask(ISSUERS.entra, { scope: ['openid', 'email'], listed }).resource).toBeUndefined();
  });

  test('is sent the resource where a scope does not say whose it is', () => {
    expect(ask(ISSUERS.entra, { scope: ['tools.call'], listed }).resource).toBe(SERVER);
  });

  test('is asked for all that was granted where nobody names a scope', () => {
    expect(ask(ISSUERS.entra, { listed }).scope).toEqual([`${SERVER}/.default`, 'offline_access']);
  });

  test('is sent the resource that the user names all the same', () => {
    const options = { resource: 'api://mcp' };
    expect(ask(ISSUERS.entra, { scope: ['api://mcp/x'], listed, options }).resource).toBe('api://mcp');
  });
});

describe('Google', () => {
  test('is asked for a refresh token in its own way, and never for offline_access', () => {
    const options = { scope: ['https://www.googleapis.com/auth/calendar', 'offline_access'] };
    const { scope, parameters } = ask(ISSUERS.google, { options });
    expect(scope).toEqual(['https://www.googleapis.com/auth/calendar']);
    expect(parameters).toEqual({ access_type: 'offline', prompt: 'consent' });
  });

  test('takes back a parameter that the user leaves empty, and another that he names', () => {
    const authorizeParams = { prompt: '', access_type: 'online', hd: 'acme.example' };
    expect(ask(ISSUERS.google, { options: { authorizeParams } }).parameters).toEqual({
      access_type: 'online',
      hd: 'acme.example',
    });
  });
});

describe('Auth0', () => {
  test('is told the audience in place of the resource', () => {
    const { resource, parameters } = ask(ISSUERS.auth0, { scope: ['read'] });
    expect(resource).toBeUndefined();
    expect(parameters.audience).toBe(SERVER);
  });

  test('is told no audience that nobody has named', () => {
    const { resource, parameters } = ask(ISSUERS.auth0, { scope: null });
    expect(resource).toBe(SERVER);
    expect(parameters).not.toHaveProperty('audience');
  });
});

test.each([
  ['Okta', ISSUERS.okta, OFFLINE, ['openid', 'offline_access']],
  ['Amazon Cognito', ISSUERS.cognito, ['openid', 'phone'], ['openid']],
  ['Slack', ISSUERS.slack, ['search:read', 'chat:write'], ['search:read', 'chat:write']],
  ['GitHub', ISSUERS.github, ['repo'], []],
])('%s, where nobody names a scope, is asked for what it can take', (_name, issuer, listed, scope) => {
  expect(ask(issuer, { listed }).scope).toEqual(scope);
});

test('Keycloak is asked for offline access without a second consent', () => {
  const { scope, parameters } = ask(ISSUERS.keycloak, { scope: ['mcp'], listed: OFFLINE });
  expect(scope).toEqual(['mcp', 'offline_access']);
  expect(parameters).toEqual({});
});

describe('an issuer that announces itself otherwise', () => {
  test.each([
    ['https://accounts.google.com/', 'https://accounts.google.com'],
    ['https://mcp.atlassian.com/', 'https://cf.mcp.atlassian.com'],
    [ISSUERS.atlassian, 'https://auth.atlassian.com'],
    ['https://mcp.slack.com', 'https://slack.com'],
    ['https://login.microsoftonline.com/common/v2.0', 'https://login.microsoftonline.com/{tenantid}/v2.0'],
  ])('is known where %s says %s', (asked, announced) => {
    expect(announcedOtherwise(asked, announced)).toMatch(/^https:\/\//);
  });

  test.each([
    ['https://slack.com', 'https://mcp.slack.com'],
    ['https://evil.example', 'https://accounts.google.com'],
    ['https://accounts.google.com/x', 'https://accounts.google.com'],
    ['https://auth.atlassian.com/a/b', 'https://auth.atlassian.com'],
    [ISSUERS.entra, 'https://login.microsoftonline.com/{tenantid}/v2.0'],
  ])('is not known where %s says %s', (asked, announced) => {
    expect(announcedOtherwise(asked, announced)).toBeUndefined();
  });
});
