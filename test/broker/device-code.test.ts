import { describe, expect, test } from 'vitest';
import type { LoginEvent } from '../../src/api/contract.ts';
import type { Fault } from '../../src/base/fault.ts';
import type { ClientOptions } from '../../src/oauth/client-options.ts';
import { authorizationServer } from '../support/authorization-server.ts';
import { calm, events, faultIn, household, SHOWS_LINKS, settings, until } from '../support/household.ts';

const client: ClientOptions = { grant: 'device-code' };
const metadata = { device_authorization_endpoint: 'https://as.example/device_authorization' };
const LINK = 'https://as.example/device';

function devices(more: Parameters<typeof household>[0] = {}) {
  const house = household({ ...more, quirks: { metadata, ...more.quirks } });
  const asked = (count: number) =>
    until(`${count} codes are asked for`, () => house.as.devices.length === count);
  /** Somebody enters the code, and the server is asked again. */
  const enter = async () => {
    house.as.entered();
    await calm();
    await house.world.clock.advance(5_000);
  };
  return { ...house, asked, enter };
}

describe('a device code', () => {
  test('is one for all hosts, told to each of them, and opens no tab', async () => {
    const house = devices();
    const hosts = [house.host({ client }), house.host({ client }), house.host({ client })];
    for (const host of hosts) await host.initialize();
    await house.asked(1);
    for (const { log } of hosts) {
      await until('it is told', () => log.some(text => text.includes(LINK) && text.includes('WDJB-MJH1')));
    }
    expect(await house.broker.status()).toMatchObject({
      servers: [{ state: 'sign-in-pending', signInUrl: LINK, userCode: 'WDJB-MJH1' }],
    });
    const lists = hosts.map(host => host.ask('tools/list'));
    await house.enter();
    for (const list of lists) expect((await list).result).toBeDefined();
    expect(house.world.opened).toEqual([]);
    expect(house.as.devices).toHaveLength(1);
    expect(house.as.registered).toHaveLength(1);
  });

  test('stands in the error of a request that has waited, with the link', async () => {
    const house = devices();
    const host = house.host({ client });
    await host.initialize();
    await house.asked(1);
    const list = host.ask('tools/list');
    await calm();
    await house.world.clock.advance(45_000);
    expect(faultIn(await list)).toMatchObject({
      code: 'sign-in.needed',
      remedy: `Open ${LINK}, enter the code WDJB-MJH1 there if it is asked for, and ask again.`,
      data: { signInUrl: LINK, userCode: 'WDJB-MJH1' },
    });
    await house.enter();
    expect((await host.ask('tools/list')).result).toBeDefined();
  });

  test('is shown by a host that can show links', async () => {
    const house = devices();
    const host = house.host({ client });
    void host.initialize(SHOWS_LINKS);
    const { params } = await host.hears(({ method }) => method === 'elicitation/create');
    expect(params).toMatchObject({ mode: 'url', url: LINK, message: expect.stringContaining('WDJB-MJH1') });
    await house.enter();
    await host.hears(({ method }) => method === 'notifications/elicitation/complete');
    expect((await host.ask('tools/list')).result).toBeDefined();
  });

  test('is printed by a login, which ends once it was entered', async () => {
    const house = devices();
    const seen: (LoginEvent | Fault)[] = [];
    const login = events(house.broker.login(settings({ client })), seen);
    await until('there is a link', () => seen.length > 0);
    expect(seen).toEqual([{ kind: 'link', url: LINK, opened: false, userCode: 'WDJB-MJH1' }]);
    await house.enter();
    expect((await login).at(-1)).toMatchObject({ kind: 'signed-in', tokenNeeded: true });
  });

  test('that expired is said, and another is offered to whoever asks next, the same host too', async () => {
    const house = devices();
    const host = house.host({ client });
    await host.initialize();
    await house.asked(1);
    await house.world.clock.advance(900_000);
    expect((await house.broker.status()).servers[0]?.failure).toContain('in time');
    await house.world.clock.advance(60_000);
    // Nobody asks for anything, so no code is asked for either.
    expect(house.as.devices).toHaveLength(1);
    const list = host.ask('tools/list');
    await house.asked(2);
    await until('it is told', () => host.log.some(text => text.includes('WDJB-MJH2')));
    await house.enter();
    expect((await list).result).toBeDefined();
  });

  test('that was refused is not asked for again at once', async () => {
    const house = devices();
    const host = house.host({ client });
    await host.initialize();
    await house.asked(1);
    house.as.entered('access_denied');
    await calm();
    await house.world.clock.advance(5_000);
    await house.world.clock.advance(2_000);
    expect(faultIn(await host.ask('tools/list'))?.code).toBe('sign-in.denied');
    expect(house.as.devices).toHaveLength(1);
  });

  test('is renewed like any other grant', async () => {
    const house = devices();
    const host = house.host({ client });
    await host.initialize();
    await house.asked(1);
    await house.enter();
    await host.ask('tools/list');
    await house.world.clock.advance(4 * 3_600_000);
    expect((await host.ask('tools/list')).result).toBeDefined();
    expect(house.as.devices).toHaveLength(1);
    expect(house.as.redeemed.at(-1)?.parameters.get('grant_type')).toBe('refresh_token');
  });

  test('entered for a login serves a host that waits for a browser, whose sign-in then is over', async () => {
    const house = devices();
    const host = house.host();
    await host.initialize();
    await house.opens(1);
    const list = host.ask('tools/list');
    const login = events(house.broker.login(settings({ client })));
    await house.asked(1);
    await house.enter();
    expect((await login).at(-1)).toMatchObject({ kind: 'signed-in' });
    expect((await list).result).toBeDefined();
    expect((await house.broker.status()).servers).toMatchObject([{ state: 'signed-in' }]);
    expect((await house.broker.status()).servers[0]).not.toHaveProperty('failure');
  });

  test('of a client the server has lost is asked for with a new one', async () => {
    let lost = true;
    const house = devices({
      quirks: {
        metadata,
        device: () => {
          if (!lost) return undefined;
          lost = false;
          return Response.json({ error: 'invalid_client' }, { status: 401 });
        },
      },
    });
    const host = house.host({ client });
    await host.initialize();
    await house.asked(2);
    expect(house.as.registered).toHaveLength(2);
    await house.enter();
    expect((await host.ask('tools/list')).result).toBeDefined();
  });

  test('is nothing a server without that endpoint gives, which is said', async () => {
    const house = household();
    const fault = faultIn(await house.host({ client }).initialize());
    expect(fault).toMatchObject({ code: 'sign-in.device-unsupported', remedy: expect.any(String) });
    expect(house.world.opened).toEqual([]);
  });

  test('is asked of the authorization server that gives one, where several are named', async () => {
    const house = devices();
    const plain = authorizationServer({}, 'https://other.example');
    house.world.mount(plain.issuer, plain.handle);
    const named = {
      resource: 'https://mcp.example/mcp',
      authorization_servers: [plain.issuer, house.as.issuer],
    };
    house.world.mount('https://mcp.example', (request, dialled) =>
      request.url.includes('oauth-protected-resource')
        ? Response.json(named)
        : house.mcp.handle(request, dialled),
    );
    await house.host({ client }).initialize();
    await house.asked(1);
    expect(plain.registered).toEqual([]);
  });

  test('needs no authorization endpoint', async () => {
    const house = devices({ quirks: { metadata: { ...metadata, authorization_endpoint: undefined } } });
    const host = house.host({ client });
    await host.initialize();
    await house.asked(1);
    await house.enter();
    expect((await host.ask('tools/list')).result).toBeDefined();
  });
});
