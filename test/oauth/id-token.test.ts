import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import type { Grant } from '../../src/oauth/grant.ts';
import { sendingIdToken } from '../../src/oauth/id-token.ts';
import { refresh, revoke } from '../../src/oauth/token.ts';
import { fakeSpan } from '../support/fake-span.ts';
import { fakeWorld } from '../support/fake-world.ts';
import { stage } from '../support/flow.ts';

const NOW = Date.UTC(2026, 0, 1);

/** A JWT with these claims; nobody looks at its signature. */
function jwt(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'ES256' })}.${part(claims)}.c2lnbmF0dXJl`;
}
const ends = (seconds: number) => jwt({ sub: 'ada', exp: NOW / 1000 + seconds });

const options = { useIdToken: true };
const bringing = (...tokens: (string | undefined)[]) => ({
  token: (answer: JsonObject) => {
    const token = tokens.shift();
    if (token !== undefined) answer.id_token = token;
    return undefined;
  },
});

async function signedIn(...tokens: (string | undefined)[]) {
  const staged = await stage({ options, quirks: bringing(...tokens) });
  const { outcome } = await staged.walk();
  if (outcome instanceof Error) throw outcome;
  const reach = { span: staged.span };
  const renew = (grant: Grant, now = NOW) => refresh(grant, outcome.registration, reach, () => now);
  return { ...staged, ...outcome, renew };
}

describe('an ID token as bearer token', () => {
  test('is sent as it came, ends with its own exp, and the access token is put by', async () => {
    const token = ends(600);
    const { grant, server, span } = await signedIn(token);
    expect(grant).toMatchObject({
      accessToken: token,
      unsentAccessToken: expect.stringMatching(/^access-token/),
      expiresAt: NOW + 600_000,
      sendsIdToken: true,
    });
    expect(server.authorized[0]?.get('scope')).toBe('openid');
    expect(JSON.stringify(span.notes)).not.toContain(token);
  });

  test('is not there for who does not ask for it', async () => {
    const { walk } = await stage({ quirks: bringing(ends(600)) });
    const { outcome } = await walk();
    expect(outcome).toMatchObject({ grant: { accessToken: expect.stringMatching(/^access-token/) } });
    expect(outcome).not.toHaveProperty('grant.sendsIdToken');
  });

  test('that never comes leaves the access token, and it is said', async () => {
    const { grant, span } = await signedIn();
    expect(grant).toMatchObject({ accessToken: expect.stringMatching(/^access-token/), sendsIdToken: true });
    expect(grant).not.toHaveProperty('unsentAccessToken');
    expect(span.notes).toContainEqual(expect.stringContaining('No ID token came'));
  });

  test('is asked for with openid only where nobody names the scopes and the server has it', async () => {
    const asked = async (setting: Parameters<typeof stage>[0]) => {
      const { walk, server } = await stage(setting);
      await walk();
      return server.authorized[0]?.get('scope');
    };
    expect(await asked({ options, challenge: 'scope="mcp"' })).toBe('mcp openid');
    const named = { ...options, clientMetadata: { scope: 'mcp' } };
    expect(await asked({ options: named })).toBe('mcp');
    const metadata = { scopes_supported: ['mcp'] };
    expect(await asked({ options, challenge: 'scope="mcp"', quirks: { metadata } })).toBe('mcp');
  });

  test('is renewed with the grant', async () => {
    const { grant, renew } = await signedIn(ends(600), ends(1200));
    expect(await renew(grant)).toMatchObject({
      accessToken: ends(1200),
      expiresAt: NOW + 1_200_000,
      sendsIdToken: true,
    });
  });

  test('serves until it ends where a renewal brings none; then somebody has to sign in', async () => {
    const { grant, renew } = await signedIn(ends(600));
    const renewed = await renew(grant, NOW + 590_000);
    expect(renewed).toMatchObject({ accessToken: ends(600), expiresAt: NOW + 600_000 });
    expect(renewed.refreshToken).not.toBe(grant.refreshToken);
    expect(renewed.unsentAccessToken).not.toBe(grant.unsentAccessToken);
    await expect(renew(renewed, NOW + 600_000)).rejects.toMatchObject({ code: 'token.invalid-grant' });
  });

  test('takes the place of an access token as soon as a renewal brings one', async () => {
    const { grant, renew } = await signedIn(undefined, ends(600));
    expect((await renew(grant)).accessToken).toBe(ends(600));
  });

  test('is not what is ended at a sign-out, but the access token', async () => {
    const { grant, registration, server } = await signedIn(ends(600));
    const access = grant.unsentAccessToken ?? '';
    const sent: string[] = [];
    const world = fakeWorld({
      servers: {
        [server.issuer]: async request => {
          sent.push(new URLSearchParams(await request.text()).get('token') ?? '');
          return new Response();
        },
      },
    });
    await revoke(grant, registration, `${server.issuer}/revoke`, { span: fakeSpan(world) });
    expect(sent).toEqual([grant.refreshToken, access]);
  });
});

describe('what is no ID token', () => {
  const grant: Grant = {
    key: { server: 's', resource: '', issuer: 'i', clientId: 'c', profile: 'p' },
    accessToken: 'access-token',
    scope: [],
    obtainedAt: NOW,
    expiresAt: NOW + 1_000,
    tokenEndpoint: 't',
  };
  const span = { note: () => {}, secret: () => {} };

  test.each([
    '',
    'text',
    'two.parts',
    'a.b.c d',
    'a.b.c\r\nX-Header: 1',
    `a.${'b'.repeat(40_000)}.c`,
    'ä.b.c',
  ])('"%s" is not sent', token => {
    expect(sendingIdToken(grant, token, span).accessToken).toBe('access-token');
  });

  test.each([
    'a.b.c',
    jwt({}),
    jwt({ exp: '12' }),
    jwt({ exp: -1 }),
    jwt({ exp: 1e300 }),
    `a.${Buffer.from('[1]').toString('base64url')}.c`,
  ])('%s has no end of its own, so the access token’s counts', token => {
    expect(sendingIdToken(grant, token, span)).toMatchObject({ accessToken: token, expiresAt: NOW + 1_000 });
  });
});
