import { describe, expect, test } from 'vitest';
import { hostsToConfirm } from '../../src/oauth/authorization-endpoint.ts';
import { serverMetadata } from '../support/authorization-server.ts';
import { stage } from '../support/flow.ts';
import { calm, events, faultIn, household, settings, until } from '../support/household.ts';
import { attempt } from '../support/real-sign-in.ts';

describe('an authorization endpoint that sets', () => {
  test.each([
    'client_id=another',
    'redirect_uri=https://evil.example',
    'resource=https://honest.example/mcp',
    'state=x',
    'prompt=none',
    'request=eyJ',
    'request_uri=urn:x',
    'response_mode=form_post',
    'code_challenge=x',
    'login_hint=eve',
    'claims=%7B%7D',
    'iss=x',
    'tenant=a&client_id=another',
    'client%5Fid=another',
    '%63lient_id=another',
    'client%255Fid=another',
    'Client_Id=another',
    'resource',
    'resource[]=x',
    'resource%5B0%5D=x',
    'redirect.uri=x',
    'x=1;client_id=another',
    '+client_id=another',
    '%00client_id=another',
    '\uff43lient_id=another',
    `${'x=1&'.repeat(500)}y=2`,
  ])('%j is refused before anything is registered or opened', async query => {
    const authorizationEndpoint = `https://as.example/authorize?${query}`;
    const { begin, order, span } = await stage({
      report: report =>
        report.chosen ? { ...report, chosen: { ...report.chosen, authorizationEndpoint } } : report,
    });
    await expect(begin().next()).rejects.toMatchObject({
      code: 'sign-in.endpoint',
      message: expect.stringContaining('https://as.example names sets what only the client may set'),
      remedy: expect.stringContaining('Its operator should publish authorization_endpoint without'),
    });
    expect(order).toEqual([]);
    expect(span.exchanges.map(({ purpose }) => purpose)).not.toContain('registration');
  });

  test.each(['p=b2c_1_signin', 'tenant=acme', 'policy=x&x=%2F', 'audience=api', 'realm=staff', 'team=T1'])(
    '%j keeps it: servers tell their tenants and policies apart so',
    async query => {
      const authorization_endpoint = `https://as.example/authorize?${query}`;
      const { begin, link } = await stage({ quirks: { metadata: { authorization_endpoint } } });
      const url = await link(begin());
      expect(url.search).toContain(new URLSearchParams(query).toString());
      expect(url.searchParams.getAll('client_id')).toHaveLength(1);
    },
  );

  test('what this very request sets, whatever its name, is refused too', async () => {
    const authorization_endpoint = 'https://as.example/authorize?audience=theirs';
    const options = { authorizeParams: { audience: 'mine' } };
    const { begin, link } = await stage({ quirks: { metadata: { authorization_endpoint } }, options });
    await expect(link(begin())).rejects.toMatchObject({
      code: 'sign-in.endpoint',
      message: expect.stringContaining('audience'),
    });
  });
});

/** An issuer that names another's page and its own token endpoint. RFC 9700 §4.4. */
const MIX_UP = {
  quirks: {
    metadata: {
      authorization_endpoint: 'https://honest.example/authorize',
      authorization_response_iss_parameter_supported: undefined,
    },
  },
};

function mixUp() {
  const house = household(MIX_UP);
  house.world.mount('https://honest.example', house.as.handle);
  return house;
}

describe('a page on another site than the issuer', () => {
  test('is not opened for a host, which hears which goes where and how to confirm it', async () => {
    const house = mixUp();
    const host = house.host();
    expect((await host.initialize()).result).toBeDefined();
    const list = host.ask('tools/list');
    await calm();
    await house.world.clock.advance(60_000);
    const fault = faultIn(await list);
    expect(fault).toMatchObject({
      code: 'sign-in.unconfirmed',
      message: expect.stringContaining(
        'a page of honest.example, but what you allow there goes to as.example',
      ),
      remedy: expect.stringMatching(
        /keybridge login https:\/\/mcp\.example\/mcp.*--sign-in-page honest\.example/,
      ),
    });
    expect(host.log.join('\n')).toContain('a page of honest.example');
    const [status] = (await house.broker.status()).servers;
    expect(status).toMatchObject({
      state: 'sign-in-pending',
      unconfirmed: expect.stringContaining('honest.example'),
    });
    expect(house.world.opened).toEqual([]);
    expect(house.as.registered).toEqual([]);
    expect(house.world.dials.filter(({ url }) => url.includes('honest.example'))).toEqual([]);
  });

  test('is opened once somebody has confirmed it, for all who wait, and is not asked about again', async () => {
    const house = mixUp();
    const host = house.host();
    await host.initialize();
    const list = host.ask('tools/list');
    const login = house.broker.login(settings())[Symbol.asyncIterator]();
    const { value: asked } = await login.next();
    expect(asked).toMatchObject({
      kind: 'confirm',
      hosts: { server: 'mcp.example', issuer: 'as.example', page: 'honest.example', token: 'as.example' },
    });
    expect(house.world.opened).toEqual([]);
    expect(await house.broker.confirm(asked.kind === 'confirm' ? asked.id : '', true)).toBe(true);
    await house.opens(1);
    expect(house.world.opened[0]?.host).toBe('honest.example');
    await house.consent();
    expect((await list).result).toBeDefined();
    await calm();
    expect(house.world.opened).toHaveLength(1);
    await house.broker.logout(settings());
    const again = house.host();
    await again.initialize();
    await house.opens(2);
  });

  test('is not opened where the answer is no', async () => {
    const house = mixUp();
    const seen: Awaited<ReturnType<typeof events>> = [];
    const end = events(house.broker.login(settings()), seen);
    await until('it is asked', () => seen.length > 0);
    const [asked] = seen;
    await house.broker.confirm(asked && 'kind' in asked && asked.kind === 'confirm' ? asked.id : '', false);
    expect((await end).at(-1)).toMatchObject({ code: 'sign-in.unconfirmed' });
    expect(house.world.opened).toEqual([]);
    expect(house.as.registered).toEqual([]);
  });

  test('is opened without a question where the user has named it beforehand, and only that one', async () => {
    const house = mixUp();
    await house.host({ client: { pageHost: 'honest.example' } }).initialize();
    await house.opens(1);
    const other = mixUp();
    await other.host({ client: { pageHost: 'honest.example.evil.example' } }).initialize();
    await calm();
    expect(other.world.opened).toEqual([]);
  });

  const asked = (issuer: string, page: string, token = issuer, iss = false) =>
    hostsToConfirm(
      new URL('https://mcp.example/mcp'),
      serverMetadata({
        issuer,
        authorizationEndpoint: page,
        tokenEndpoint: token,
        authorizationResponseIssParameterSupported: iss,
      }),
    ) !== undefined;

  test.each([
    [
      'https://accounts.google.com',
      'https://accounts.google.com/o/oauth2/v2/auth',
      'https://oauth2.googleapis.com/token',
    ],
    ['https://sts.windows.net/tenant/', 'https://login.microsoftonline.com/tenant/oauth2/authorize'],
    ['https://guid.ciamlogin.com/guid/v2.0', 'https://acme.ciamlogin.com/guid/oauth2/v2.0/authorize'],
    [
      'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Ab',
      'https://acme.auth.eu-central-1.amazoncognito.com/oauth2/authorize',
    ],
    ['https://cf.mcp.atlassian.com', 'https://mcp.atlassian.com/v1/authorize'],
    ['https://github.com/login/oauth', 'https://github.com/login/oauth/authorize'],
    ['https://tenant.eu.auth0.com/', 'https://tenant.eu.auth0.com/authorize'],
    ['https://api.figma.com', 'https://www.figma.com/oauth/mcp'],
    ['https://mcp.hubspot.com', 'https://app.hubspot.com/oauth/authorize'],
    ['https://vercel.com', 'https://api.vercel.com/oauth/authorize'],
    ['https://auth.acme.co.uk', 'https://www.acme.co.uk/authorize'],
    ['https://sso.example/realms/staff', 'https://sso.example/realms/staff/auth'],
    ['http://127.0.0.1:4000', 'http://127.0.0.1:5000/authorize'],
  ])('is no other where the issuer %s has its page at %s', (issuer, page, token = issuer) => {
    expect(asked(issuer, page, token)).toBe(false);
  });

  test.each([
    ['https://evil.example', 'https://accounts.google.com/o/oauth2/v2/auth'],
    ['https://evil.example/realms/x', 'https://sso.honest.example/realms/staff/auth'],
    ['https://evil.pages.dev', 'https://honest.pages.dev/authorize'],
    ['https://evil.honest.example', 'https://honest.example/authorize'],
    ['https://login.co.uk', 'https://api.co.uk/authorize'],
    ['https://notfigma.com', 'https://figma.com/oauth'],
    ['https://com', 'https://honest.com/authorize'],
    ['https://203.0.114.1', 'https://203.0.114.2/authorize'],
    ['https://accounts.google.com.evil.example', 'https://accounts.google.com/o/oauth2/v2/auth'],
  ])('is another where the issuer %s names %s', (issuer, page) => {
    expect(asked(issuer, page)).toBe(true);
    // An answer that must name its issuer tells which server gave the code. RFC 9207.
    expect(asked(issuer, page, issuer, true)).toBe(false);
  });
});

const text = (body: object) => (res: import('node:http').ServerResponse) =>
  res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));

describe('a token answer', () => {
  test.each(['DPoP', 'mac', 'N_A', 'pop', 'user'])(
    'of the type %s is not sent as Bearer',
    async token_type => {
      const { fault, grant } = await attempt({
        token: text({ access_token: 'an-access-token', token_type }),
      });
      expect(grant).toBeUndefined();
      expect(fault).toMatchObject({
        code: 'token.refused',
        message: expect.stringContaining(`of the type "${token_type}"`),
        remedy: expect.stringContaining('Bearer'),
      });
    },
  );

  test.each(['Bearer', 'bearer', 'BEARER', undefined, '', null])('of the type %j is', async token_type => {
    const { grant } = await attempt({ token: text({ access_token: 'an-access-token', token_type }) });
    expect(grant?.accessToken).toBe('an-access-token');
  });

  const LONG = 'x'.repeat(200_000);
  test.each([
    ['access_token', { access_token: LONG }],
    ['refresh_token', { access_token: 'a', refresh_token: LONG }],
    ['scope', { access_token: 'a', scope: Array.from({ length: 30_000 }, (_, at) => `s${at}`).join(' ') }],
  ])('with a %s longer than any is refused by its name', async (name, body) => {
    const { fault, grant } = await attempt({ token: text({ token_type: 'Bearer', ...body }) });
    expect(grant).toBeUndefined();
    expect(fault).toMatchObject({ code: 'token.refused', message: expect.stringContaining(name) });
    expect(fault?.sentence.length).toBeLessThan(400);
  });
});

describe('a registration', () => {
  const LONG = 'x'.repeat(200_000);
  test.each([
    ['client_id', { client_id: LONG }],
    ['client_secret', { client_secret: LONG, client_secret_expires_at: 0 }],
    ['registration_access_token', { registration_access_token: LONG }],
    ['registration_client_uri', { registration_client_uri: `https://as.example/${LONG}` }],
    ['redirect_uris', { redirect_uris: Array.from({ length: 500 }, (_, at) => `http://127.0.0.1/${at}`) }],
    ['redirect_uris', { redirect_uris: [`http://127.0.0.1/${LONG}`] }],
  ])('with a %s longer than any is refused by its name', async (name, more) => {
    const { fault, link } = await attempt({
      register: (res, seen) =>
        res
          .writeHead(201, { 'content-type': 'application/json' })
          .end(JSON.stringify({ ...JSON.parse(seen.body), client_id: 'c', ...more })),
    });
    expect(link).toBeUndefined();
    expect(fault).toMatchObject({ code: 'registration.refused', message: expect.stringContaining(name) });
    expect(fault?.sentence.length).toBeLessThan(400);
  });
});

describe('a link', () => {
  test('longer than browsers take is not opened, and what makes it so is named', async () => {
    const { begin, link } = await stage({ options: { authorizeParams: { login_hint: 'x'.repeat(20_000) } } });
    await expect(link(begin())).rejects.toMatchObject({
      code: 'sign-in.failed',
      message: expect.stringContaining('login_hint (20000)'),
    });
  });

  test.each(['authorization_endpoint', 'token_endpoint'])('is not made of an %s of 100 KB', async name => {
    const { fault, link } = await attempt({
      document: { [name]: `https://as.example/${'x'.repeat(100_000)}` },
    });
    expect(link).toBeUndefined();
    expect(fault).toMatchObject({
      code: 'discovery.no-metadata',
      message: expect.stringContaining('longer than'),
    });
  });
});
