import { describe, expect, test } from 'vitest';
import { isFound, relative, standingOf, whyOf } from '../../../app/renderer/model/standing.ts';
import type { KnownServer } from '../../../src/api/window.ts';

const NOW = Date.UTC(2026, 0, 1);
const SERVER: KnownServer = {
  server: 'https://mcp.example/mcp',
  profile: 'default',
  state: 'signed-in',
  hosts: [],
  listed: true,
  title: 'mcp.example',
  settings: {
    hasClientSecret: false,
    headers: [],
    assumePkce: false,
    allowPrivate: false,
    allowHttp: false,
    transport: 'http-first',
  },
};
const TROUBLE = { since: NOW, tries: 1, why: 'It is out.' };

describe('how it stands with a server', () => {
  test.each<[string, Partial<KnownServer>]>([
    ['signed-in', {}],
    ['signed-in', { failure: 'That of another client.' }],
    ['signed-in', { expiresAt: NOW - 1, renewable: true }],
    ['sign-in-needed', { expiresAt: NOW - 1, renewable: false }],
    ['sign-in-needed', { renewal: TROUBLE }],
    ['renewing', { renewal: { ...TROUBLE, nextAt: NOW + 1 } }],
    ['unusable', { unusable: 'It refuses the token.' }],
    ['unusable', { state: 'signed-out', unusable: 'It is out.', hosts: ['host'] }],
    ['failing', { state: 'signed-out', unusable: 'It is out.', failure: 'Refused.' }],
    ['sign-in-needed', { unusable: 'It refuses the token.', expiresAt: NOW - 1, renewable: false }],
    ['more-scopes', { state: 'sign-in-pending', stepUp: ['admin'] }],
    ['more-scopes', { state: 'sign-in-pending', stepUp: [] }],
    ['waiting', { state: 'sign-in-pending', failure: 'The one before.' }],
    ['failing', { state: 'signed-out', failure: 'Refused.', hosts: ['host'] }],
    ['connected', { state: 'signed-out', hosts: ['host'] }],
    ['not-signed-in', { state: 'signed-out' }],
    ['unknown', { state: 'unknown' }],
    ['secrets-missing', { settings: { ...SERVER.settings, secretsMissing: true } }],
  ])('is %s', (standing, more) => {
    expect(standingOf({ ...SERVER, ...more }, NOW)).toBe(standing);
  });

  test('says why in the words of whoever found out', () => {
    const unusable = 'It refuses the token.';
    expect(whyOf({ ...SERVER, unusable, failure: 'Of another client.' }, NOW)).toBe(unusable);
    expect(whyOf({ ...SERVER, state: 'signed-out', failure: 'Refused.' }, NOW)).toBe('Refused.');
    expect(whyOf({ ...SERVER, renewal: { ...TROUBLE, nextAt: NOW + 1 } }, NOW)).toBe('It is out.');
    expect(whyOf(SERVER, NOW)).toBeUndefined();
  });

  test('is found by any part of what is shown, all words at once', () => {
    const server = { ...SERVER, name: 'Files', hosts: ['Claude'], issuer: 'https://login.example' };
    for (const text of ['', 'files', 'LOGIN mcp', 'claude']) expect(isFound(server, text)).toBe(true);
    expect(isFound(server, 'files nothing')).toBe(false);
  });

  test('says when something ends as the language does', () => {
    expect(relative(NOW + 5 * 60_000, NOW, 'en')).toBe('in 5 minutes');
    expect(relative(NOW + 90_000, NOW, 'en')).toBe('in 90 seconds');
    expect(relative(NOW - 3 * 3_600_000, NOW, 'en')).toBe('3 hours ago');
    expect(relative(NOW + 5 * 60_000, NOW, 'zh-Hant')).toBe('5 分鐘後');
  });
});
