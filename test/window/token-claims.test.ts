import { describe, expect, test } from 'vitest';
import type { TokenClaim } from '../../src/api/window.ts';
import type { Grant } from '../../src/oauth/grant.ts';
import { tokenClaims } from '../../src/window/token-claims.ts';
import { grant, ISSUER, SERVER } from '../support/installation.ts';

const NOW = Date.UTC(2026, 0, 2);
const END = NOW + 3_600_000;
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const RIGHT = { iss: ISSUER, aud: SERVER, scope: 'read write', exp: END / 1000 };

/** What is said of a token with these claims, by name. */
function said(claims: object | undefined, more: Partial<Grant> = {}): Map<string, TokenClaim> {
  const accessToken = claims
    ? `${encode({ alg: 'RS256' })}.${encode(claims)}.a-signature`
    : 'an-opaque-token';
  const given: Grant = {
    ...grant(),
    accessToken,
    requestedScope: ['read', 'write'],
    expiresAt: END,
    ...more,
  };
  const found = tokenClaims(given, undefined, NOW);
  expect(JSON.stringify(found)).not.toContain(accessToken);
  expect(found.format).toBe(claims ? 'jwt' : 'opaque');
  return new Map(found.claims.map(each => [each.name, each]));
}

describe('what a token says', () => {
  test('is as expected where all of it is what was asked for', () => {
    const claims = [...said(RIGHT).values()].map(({ name, verdict }) => `${name} ${verdict}`);
    expect(claims).toEqual([
      'aud as-expected',
      'iss as-expected',
      'scope as-expected',
      'exp as-expected',
      'refresh_token information',
    ]);
  });

  test.each<[string, object, TokenClaim['name'], Partial<TokenClaim>]>([
    ['for another server', { aud: 'https://other.example' }, 'aud', { verdict: 'other', expected: SERVER }],
    ['for nobody', { aud: undefined }, 'aud', { verdict: 'missing', expected: SERVER }],
    ['for several, this one among them', { aud: ['a', SERVER] }, 'aud', { verdict: 'as-expected' }],
    [
      'from an issuer with a slash more',
      { iss: `${ISSUER}/` },
      'iss',
      { verdict: 'other', expected: ISSUER },
    ],
    ['for less than was asked', { scope: 'read' }, 'scope', { verdict: 'other', expected: 'read write' }],
    ['over already', { exp: NOW / 1000 - 1 }, 'exp', { verdict: 'other' }],
    ['over at another time than was said', { exp: END / 1000 - 600 }, 'exp', { verdict: 'other' }],
    ['over in a year no calendar has', { exp: 1e300 }, 'exp', { verdict: 'other' }],
  ])('shows one %s', (_, claims, name, expected) => {
    expect(said({ ...RIGHT, ...claims }).get(name)).toMatchObject(expected);
  });

  test('of no known audience is no fault where no resource was asked for', () => {
    const { key } = grant({ resource: '' });
    expect(said(RIGHT, { key }).get('aud')).toEqual({ name: 'aud', value: SERVER, verdict: 'information' });
  });

  test('that only its issuer can read is what came with it', () => {
    const { refreshToken: _, expiresAt: __, ...bare } = grant();
    expect(said(undefined).get('scope')).toMatchObject({ value: 'read write', verdict: 'as-expected' });
    const told = tokenClaims({ ...bare, accessToken: 'an-opaque-token' }, undefined, NOW).claims;
    expect(told.map(({ name, verdict }) => `${name} ${verdict}`)).toEqual([
      'scope information',
      'exp missing',
      'refresh_token missing',
    ]);
  });
});
