import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import {
  calm,
  events,
  faultIn,
  type Household,
  household,
  settings,
  signedIn,
  thrown,
  until,
} from '../support/household.ts';

const HOUR = 3_600_000;

/** Tokens given up at the revocation endpoint, which this gives the authorization server. */
function withRevocation(): { house: Household; given: string[] } {
  const house = household({ quirks: { metadata: { revocation_endpoint: 'https://as.example/revoke' } } });
  const given: string[] = [];
  const { handle } = house.as;
  house.world.mount(house.as.issuer, async (request, dialled) => {
    if (!request.url.endsWith('/revoke')) return handle(request, dialled);
    given.push(new URLSearchParams(await request.text()).get('token') ?? '');
    return new Response(null, { status: 200 });
  });
  return { house, given };
}

const state = async (house: Household) => (await house.broker.status()).servers.map(each => each.state);

describe('a logout', () => {
  test('drops the grant here and at the server, and says whether there was one', async () => {
    const { house, given } = withRevocation();
    await (await signedIn(house)).leave();
    expect(await house.broker.logout(settings())).toBe(true);
    expect(given).toHaveLength(2);
    for (const token of given) expect(house.as.secrets).toContain(token);
    expect(await state(house)).toEqual([]);
    expect(await house.broker.logout(settings())).toBe(false);
  });

  test('leaves the other account alone', async () => {
    const house = household();
    await signedIn(house);
    const other = await signedIn(house, { profile: 'work' });
    await house.broker.logout(settings());
    expect((await other.ask('tools/call')).result).toBeDefined();
    expect(house.tabs()).toHaveLength(2);
  });

  test('ends a sign-in that waits: every host is told, its tab is told, and no other tab opens', async () => {
    const house = household();
    const [host, other] = [house.host(), house.host()];
    await Promise.all([host.initialize(), other.initialize()]);
    const lists = [host.ask('tools/list'), other.ask('tools/list')];
    await house.opens(1);
    expect(await house.broker.logout(settings())).toBe(false);
    for (const list of lists) expect(faultIn(await list)?.code).toBe('sign-in.cancelled');
    expect((await house.consent()).status).toBe(404);
    await house.world.clock.advance(2_000);
    expect(faultIn(await host.ask('tools/list'))?.code).toBe('sign-in.cancelled');
    expect(house.tabs()).toHaveLength(1);
    expect(house.as.redeemed).toEqual([]);
  });

  test('that ended a sign-in is no failure of it: the status says signed out, and nothing more', async () => {
    const house = household();
    const host = house.host();
    await host.initialize();
    await house.opens(1);
    await house.broker.logout(settings());
    const [server] = (await house.broker.status()).servers;
    expect(server).toMatchObject({ state: 'signed-out', hosts: [expect.any(String)] });
    expect(server?.failure).toBeUndefined();
    await host.leave();
    expect(await state(house)).toEqual([]);
  });

  test('is not undone by a code that is being exchanged', async () => {
    const house = household();
    const answer = Promise.withResolvers<void>();
    const { handle } = house.as;
    house.world.mount(house.as.issuer, async (request, dialled) => {
      const response = await handle(request, dialled);
      if (request.url.endsWith('/token')) await answer.promise;
      return response;
    });
    await house.host().initialize();
    await house.opens(1);
    const page = house.consent();
    await until('the code is exchanged', () => house.as.redeemed.length === 1);
    const logout = house.broker.logout(settings());
    answer.resolve();
    await logout;
    expect((await page).status).toBeGreaterThanOrEqual(400);
    expect((await house.broker.status()).servers.map(each => each.state)).toEqual(['signed-out']);
  });

  test('is not undone by a renewal that is under way, whose tokens are given back', async () => {
    const { house, given } = withRevocation();
    const host = await signedIn(house);
    await house.world.clock.advance(2 * HOUR);
    const answer = Promise.withResolvers<void>();
    const { dial } = house.world;
    house.world.dial = async request => {
      const dialled = await dial(request);
      if (request.url.endsWith('/token')) await answer.promise;
      return dialled;
    };
    void host.ask('tools/call');
    await until('the token is being renewed', () => house.as.redeemed.length === 3);
    await house.broker.logout(settings());
    answer.resolve();
    await until('the late tokens are given back', () => given.length === 4);
    await calm();
    expect(await state(house)).not.toContain('signed-in');
  });

  test('is not undone by a renewal under way that is refused because of it', async () => {
    const { house } = withRevocation();
    await signedIn(house);
    const answer = Promise.withResolvers<void>();
    let asked = 0;
    const { dial } = house.world;
    house.world.dial = async request => {
      if (!request.url.endsWith('/token')) return dial(request);
      asked++;
      await answer.promise;
      // The sign-out has revoked what it was asked with.
      const revoked = 'grant_type=refresh_token&refresh_token=revoked';
      return dial({ ...request, body: new TextEncoder().encode(revoked) });
    };
    // The token lives for another minute and a half.
    await house.world.clock.advance(HOUR - 80_000);
    await until('the token is being renewed', () => asked === 1);
    await house.broker.logout(settings());
    answer.resolve();
    await calm();
    expect(await state(house)).not.toContain('signed-in');
  });
});

describe('forgetting a server', () => {
  test('drops its grants, its client and its answers', async () => {
    const house = household();
    await (await signedIn(house)).leave();
    expect(await house.broker.forget(settings())).toBe(true);
    const host = house.host();
    expect((await host.initialize()).result?.serverInfo).toMatchObject({ version: 'unknown' });
    await house.opens(2);
    expect(house.as.registered).toHaveLength(2);
    await house.consent();
    expect((await host.ask('tools/list')).result).toBeDefined();
  });

  test('drops a client with which no sign-in ever came to an end', async () => {
    const house = household();
    const host = house.host();
    await host.initialize();
    await house.opens(1);
    await host.leave();
    // The page at the server says that it does not know the client, and nobody comes back.
    await house.broker.forget(settings());
    await house.world.clock.advance(60_000);
    const next = house.host();
    await next.initialize();
    await house.opens(2);
    expect(house.world.opened[1]?.searchParams.get('client_id')).toBe('client-2');
    await house.consent();
    expect((await next.ask('tools/list')).result).toBeDefined();
  });

  test('leaves the client that another server’s grant rests on', async () => {
    const house = household();
    await signedIn(house);
    await signedIn(house, { profile: 'work' });
    await house.broker.forget(settings());
    await signedIn(house);
    expect(house.as.registered).toHaveLength(1);
  });

  test('takes nothing from another account that is just signing in', async () => {
    const house = household();
    const host = house.host({ profile: 'work' });
    await host.initialize();
    await house.opens(1);
    await house.broker.forget(settings());
    await house.consent();
    expect((await host.ask('tools/list')).result).toBeDefined();
    await house.world.clock.advance(2 * HOUR);
    expect((await host.ask('tools/list')).result).toBeDefined();
    expect(house.tabs()).toHaveLength(1);
  });

  test('leaves connected hosts and new ones with one sign-in between them', async () => {
    const house = household();
    const host = await signedIn(house);
    await house.broker.forget(settings());
    for (const secret of house.as.secrets) house.mcp.revoked.add(secret);
    const call = host.ask('tools/call');
    await house.opens(2);
    const next = house.host();
    await next.initialize();
    await calm();
    expect(house.tabs()).toHaveLength(2);
    await house.consent();
    expect((await call).result).toBeDefined();
    expect((await next.ask('tools/list')).result).toBeDefined();
  });
});

describe('a login', () => {
  test('gives the link, and ends when the server has taken the token', async () => {
    const house = household();
    const seen: Awaited<ReturnType<typeof events>> = [];
    const over = events(house.broker.login(settings()), seen);
    await house.opens(1);
    await calm();
    expect(seen).toEqual([{ kind: 'link', url: house.world.opened[0]?.href, opened: true }]);
    await house.consent();
    await over;
    expect(seen.slice(1)).toEqual([
      {
        kind: 'signed-in',
        tokenNeeded: true,
        server: expect.objectContaining({ state: 'signed-in', issuer: house.as.issuer, renewable: true }),
      },
    ]);
    expect(house.mcp.methods()).toEqual(['initialize']);
  });

  test('to a server that asks for no token says so', async () => {
    const house = household();
    house.mcp.open = true;
    expect(await events(house.broker.login(settings()))).toMatchObject([
      { kind: 'signed-in', tokenNeeded: false, server: { state: 'signed-out' } },
    ]);
  });

  test('of somebody who is signed in opens nothing', async () => {
    const house = household();
    await signedIn(house);
    expect(await events(house.broker.login(settings()))).toMatchObject([
      { kind: 'signed-in', tokenNeeded: true },
    ]);
    expect(house.tabs()).toHaveLength(1);
  });

  test('takes the address of the last page from whoever pastes it, and no other', async () => {
    const house = household({ world: { openBrowser: () => Promise.reject(new Error('none')) } });
    const seen: Awaited<ReturnType<typeof events>> = [];
    const over = events(house.broker.login(settings()), seen);
    await until('there is a link', () => seen.length === 1);
    const [link] = seen;
    if (!link || link instanceof Fault || link.kind !== 'link') throw new Error('no link');
    expect(link.opened).toBe(false);
    const { response } = await house.world.dial({ method: 'GET', url: link.url, headers: [] });
    const back = response.headers.get('location') ?? '';
    const other = new URL(back);
    other.searchParams.set('state', 'another');
    expect((await thrown(house.broker.deliver(other.href))).code).toBe('callback.invalid');
    expect((await thrown(house.broker.deliver('not an address'))).code).toBe('callback.invalid');
    await house.broker.deliver(`  ${back}\n`);
    await over;
    expect(seen.at(-1)).toMatchObject({ kind: 'signed-in' });
  });

  test('that fails ends with the reason', async () => {
    const house = household();
    house.world.mount(house.as.issuer, () => new Response('', { status: 500 }));
    const [fault] = await events(house.broker.login(settings()));
    expect(fault).toMatchObject({ code: 'discovery.no-metadata' });
  });

  test('that is given up leaves the sign-in to the hosts that wait for it', async () => {
    const house = household();
    const host = house.host();
    await host.initialize();
    await house.opens(1);
    const login = house.broker.login(settings())[Symbol.asyncIterator]();
    await login.next();
    await login.return?.();
    await house.consent();
    expect((await host.ask('tools/list')).result).toBeDefined();
  });

  test('is not kept waiting by somebody who never comes: after a quarter of an hour it ends', async () => {
    const house = household();
    const seen: Awaited<ReturnType<typeof events>> = [];
    const over = events(house.broker.login(settings()), seen);
    await house.opens(1);
    await calm();
    await house.world.clock.advance(15 * 60_000);
    await over;
    expect(seen.at(-1)).toMatchObject({ code: 'sign-in.needed' });
  });
});

describe('the broker', () => {
  test('may end when nobody is connected or waited for and nothing would be lost', async () => {
    const house = household({ world: { vault: { ...household().world.vault, kind: 'keychain' } } });
    expect(await house.broker.mayEnd()).toBe(true);
    const host = house.host();
    await host.initialize();
    await house.opens(1);
    expect(await house.broker.mayEnd()).toBe(false);
    await host.leave();
    // The tab is open, and its consent must find somebody.
    expect(await house.broker.mayEnd()).toBe(false);
    await house.consent();
    await calm();
    expect(await house.broker.mayEnd()).toBe(true);
  });

  test('does not live for ever for a tab nobody ever used, whoever had asked for it', async () => {
    const house = household();
    const host = house.host();
    await host.initialize();
    await house.opens(1);
    await host.leave();
    const login = house.broker.login(settings())[Symbol.asyncIterator]();
    await login.next();
    await login.return?.();
    await house.world.clock.advance(HOUR);
    expect(await house.broker.mayEnd()).toBe(true);
  });

  test('stays while it holds grants that would be lost with it', async () => {
    const house = household();
    await (await signedIn(house)).leave();
    expect(await house.broker.mayEnd()).toBe(false);
  });

  test('that is closed ends the sign-ins that wait', async () => {
    const house = household();
    const host = house.host();
    await host.initialize();
    const list = host.ask('tools/list');
    await house.opens(1);
    void house.broker.close();
    expect(faultIn(await list)).toMatchObject({
      code: 'sign-in.cancelled',
      message: 'Keybridge was stopped.',
    });
  });
});
