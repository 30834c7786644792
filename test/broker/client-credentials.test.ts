import { describe, expect, test } from 'vitest';
import type { ClientOptions } from '../../src/oauth/client-options.ts';
import { calm, events, faultIn, type Household, household, settings } from '../support/household.ts';

const staticClient = { clientId: 'service', clientSecret: 'secret-of-the-service' };
const client: ClientOptions = { grant: 'client-credentials', staticClient };
const asked = (house: Household) => house.as.redeemed.map(({ parameters }) => Object.fromEntries(parameters));
const HOUR = 3_600_000;

describe('a client that acts for itself', () => {
  test('gets its token without anybody signing in, once for all hosts', async () => {
    const house = household();
    const hosts = [house.host({ client }), house.host({ client })];
    const answers = await Promise.all(hosts.map(host => host.initialize()));
    for (const { result } of answers) expect(result).toMatchObject({ serverInfo: { name: 'in memory' } });
    for (const host of hosts) expect((await host.ask('tools/list')).result).toBeDefined();
    expect(asked(house)).toEqual([{ grant_type: 'client_credentials', resource: 'https://mcp.example/mcp' }]);
    expect(house.as.redeemed[0]?.authorization).toBe(
      `Basic ${Buffer.from('service:secret-of-the-service').toString('base64')}`,
    );
    expect(house.world.opened).toEqual([]);
    expect([house.as.registered, house.as.authorized]).toEqual([[], []]);
  });

  test('sends its secret in the body where the server takes it there only, and its scope and resource', async () => {
    const metadata = { token_endpoint_auth_methods_supported: ['client_secret_post'] };
    const house = household({ quirks: { metadata } });
    const host = house.host({ client: { ...client, resource: '', clientMetadata: { scope: 'a b' } } });
    expect((await host.initialize()).result).toBeDefined();
    expect(asked(house)).toEqual([
      {
        grant_type: 'client_credentials',
        scope: 'a b',
        client_id: 'service',
        client_secret: 'secret-of-the-service',
      },
    ]);
  });

  test('renews by asking again, ahead of the end, and keeps no refresh token', async () => {
    const house = household({
      quirks: {
        token: answer => {
          answer.refresh_token = 'refresh-token-nobody-needs';
          return undefined;
        },
      },
    });
    const host = house.host({ client });
    await host.initialize();
    await host.ask('tools/list');
    const before = house.mcp.received.at(-1)?.token;
    await house.world.clock.advance(HOUR - 30_000);
    expect((await host.ask('tools/list')).result).toBeDefined();
    expect(house.mcp.received.at(-1)?.token).not.toBe(before);
    await house.world.clock.advance(HOUR * 3);
    expect((await host.ask('tools/list')).result).toBeDefined();
    expect(new Set(asked(house).map(each => each.grant_type))).toEqual(new Set(['client_credentials']));
    expect(asked(house).length).toBeGreaterThan(2);
    // Never by way of a refusal.
    expect(house.mcp.received.every(({ token }) => token?.startsWith('access-token'))).toBe(true);
  });

  test('whose secret is refused at a renewal uses the token it has to its end, and asks no more', async () => {
    let refused = false;
    const token = () => (refused ? Response.json({ error: 'invalid_client' }, { status: 401 }) : undefined);
    const house = household({ quirks: { token } });
    const host = house.host({ client });
    await host.initialize();
    refused = true;
    await house.world.clock.advance(HOUR - 30_000);
    const before = house.as.redeemed.length;
    for (let call = 0; call < 5; call++) {
      expect((await host.ask('tools/list')).result).toBeDefined();
      await calm();
    }
    expect(house.as.redeemed.length - before).toBeLessThan(2);
  });

  test('asks again when the server takes the token no more, and not for ever', async () => {
    const house = household();
    const host = house.host({ client });
    await host.initialize();
    await host.ask('tools/list');
    house.mcp.revoked.add(house.mcp.received.at(-1)?.token ?? '');
    expect((await host.ask('tools/list')).result).toBeDefined();
    house.mcp.takes = () => false;
    expect(faultIn(await host.ask('tools/list'))?.code).toBe('server.refused');
    expect(house.as.redeemed.length).toBeLessThan(6);
  });

  test('is told which flag is wrong when its secret is refused, and nobody is asked to sign in', async () => {
    const token = () => Response.json({ error: 'invalid_client' }, { status: 401 });
    const house = household({ quirks: { token } });
    const host = house.host({ client });
    const fault = faultIn(await host.initialize());
    expect(fault).toMatchObject({
      code: 'registration.stale',
      message: expect.stringContaining('--static-oauth-client-info (invalid_client)'),
      remedy: expect.stringContaining('--static-oauth-client-info'),
    });
    expect(JSON.stringify(fault)).not.toContain('secret-of');
    expect(house.world.opened).toEqual([]);
    const { servers } = await house.broker.status();
    expect(servers).toMatchObject([{ state: 'signed-out', failure: expect.stringContaining('refuses') }]);
  });

  test.each(['unauthorized_client', 'unsupported_grant_type', 'invalid_grant'])(
    'is told when the server does not let it: %s',
    async error => {
      const house = household({ quirks: { token: () => Response.json({ error }, { status: 400 }) } });
      const fault = faultIn(await house.host({ client }).initialize());
      expect(fault).toMatchObject({
        code: 'token.refused',
        message: `https://as.example does not let this client use --client-credentials (${error}).`,
      });
    },
  );

  test('goes on once the server is back', async () => {
    let out = true;
    const token = () => (out ? Response.json({ error: 'server_error' }, { status: 503 }) : undefined);
    const house = household({ quirks: { token } });
    const host = house.host({ client });
    expect(faultIn(await host.initialize())?.code).toBe('token.unavailable');
    out = false;
    await house.world.clock.advance(2_000);
    expect((await host.initialize()).result).toBeDefined();
  });

  test('proves itself at a login, which shows no link', async () => {
    const house = household();
    const seen = await events(house.broker.login(settings({ client })));
    expect(seen).toMatchObject([{ kind: 'signed-in', tokenNeeded: true, server: { renewable: true } }]);
  });

  test('has its own grant beside a user’s on the same server', async () => {
    const house = household();
    const user = house.host();
    await user.initialize();
    await house.opens(1);
    const service = house.host({ client });
    expect((await service.initialize()).result).toBeDefined();
    await calm();
    expect(user.heard).toHaveLength(1);
    await house.consent();
    expect((await user.ask('tools/list')).result).toBeDefined();
    const tokens = new Set(house.mcp.received.map(({ token }) => token));
    expect(tokens.size).toBe(2);
  });

  test('needs neither discovery nor an authorization endpoint', async () => {
    const noPage = household({ quirks: { metadata: { authorization_endpoint: undefined } } });
    expect((await noPage.host({ client }).initialize()).result).toBeDefined();

    const house = household();
    house.mcp.challenge = 'Bearer scope="mcp"';
    const named = { ...client, tokenEndpoint: 'https://as.example/token' };
    expect((await house.host({ client: named }).initialize()).result).toBeDefined();
    expect(asked(house)).toEqual([{ grant_type: 'client_credentials', scope: 'mcp' }]);
    const origins = new Set(house.world.dials.map(({ url }) => url));
    expect(origins).toEqual(new Set(['https://mcp.example/mcp', 'https://as.example/token']));
  });

  test('with a named endpoint shows its secret as the user says, and sends the resource the user names', async () => {
    const house = household();
    const metadata = { token_endpoint_auth_method: 'client_secret_post', scope: 'a' };
    const options = { ...client, tokenEndpoint: 'https://as.example/token', clientMetadata: metadata };
    const host = house.host({ client: { ...options, resource: 'https://mcp.example' } });
    expect((await host.initialize()).result).toBeDefined();
    expect(asked(house)).toMatchObject([
      { scope: 'a', resource: 'https://mcp.example', client_secret: 'secret-of-the-service' },
    ]);
    await house.world.clock.advance(HOUR);
    await host.ask('tools/list');
    expect(asked(house)[1]).toEqual(asked(house)[0]);
  });
});
