import { describe, expect, test } from 'vitest';
import { authorizationServer } from '../support/authorization-server.ts';
import {
  fakeHost,
  type Household,
  household,
  keychain,
  settings,
  signedIn,
  until,
} from '../support/household.ts';
import { mcpInMemory } from '../support/mcp-in-memory.ts';
import { atTheTokenEndpoint, refreshes } from '../support/token-endpoint.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A broker that ended some time ago; its keychain and its disk are there. */
async function ended(ago: number): Promise<{ house: Household; count: number }> {
  const house = household({ world: { vault: keychain().vault } });
  await (await signedIn(house)).leave();
  await house.broker.close();
  await house.world.clock.advance(ago);
  return { house, count: house.world.dials.length };
}

const asked = (house: Household, from: number) =>
  house.world.dials.slice(from).map(({ method, url, body }) => {
    const text = body ? new TextDecoder().decode(body) : '';
    const what = /"method":"([^"]+)"|grant_type=(\w+)/.exec(text);
    return `${method} ${url}${what ? ` ${what[1] ?? what[2]}` : ''}`;
  });

const MCP = 'https://mcp.example/mcp';
/** What the protocol wants after `initialize`. */
const SESSION = [`POST ${MCP} notifications/initialized`, `GET ${MCP}`];

async function start(house: Household) {
  const host = fakeHost(house.start(), settings());
  expect((await host.initialize()).result).toBeDefined();
  await until('the notification stream was asked for', () => house.world.dials.at(-1)?.method === 'GET');
  return host;
}

describe('a warm start', () => {
  test('with a token that is alive costs the server its initialize, and the authorization server nothing', async () => {
    const { house, count } = await ended(HOUR / 2);
    await start(house);
    expect(asked(house, count)).toEqual([`POST ${MCP} initialize`, ...SESSION]);
  });

  test('with a token that has ended costs one token request more, and no discovery', async () => {
    const { house, count } = await ended(2 * HOUR);
    await start(house);
    expect(asked(house, count)).toEqual([
      'POST https://as.example/token refresh_token',
      `POST ${MCP} initialize`,
      ...SESSION,
    ]);
  });

  test('after more than a day asks beside it whether the authorization server is still the same', async () => {
    const { house, count } = await ended(3 * DAY);
    await start(house);
    const all = asked(house, count);
    expect(all).toHaveLength(5);
    expect(all[0]).toBe('POST https://as.example/token refresh_token');
    expect(all).toContain('GET https://as.example/.well-known/oauth-authorization-server');
    expect(all.filter(each => each.includes('mcp.example'))).toEqual([`POST ${MCP} initialize`, ...SESSION]);
  });

  test('of eight hosts at once costs one token request', async () => {
    const { house } = await ended(2 * HOUR);
    const broker = house.start();
    const hosts = Array.from({ length: 8 }, () => fakeHost(broker, settings()));
    for (const answer of hosts.map(host => host.initialize())) expect((await answer).result).toBeDefined();
    expect(refreshes(house)).toBe(1);
  });
});

describe('what discovery said', () => {
  /** From now on the token endpoint is somewhere else; at the old place there is nothing, or there still is. */
  function move(house: Household, place: string, { gone }: { gone: boolean }) {
    const { handle, issuer } = house.as;
    house.world.mount(issuer, async (request, dialled) => {
      const { pathname } = new URL(request.url);
      if (pathname === '/token' && gone) return new Response('<html>Not found</html>', { status: 404 });
      if (pathname === place) return handle(new Request(`${issuer}/token`, request), dialled);
      const response = await handle(request, dialled);
      if (!pathname.startsWith('/.well-known/') || !response.ok) return response;
      return Response.json({ ...((await response.json()) as object), token_endpoint: issuer + place });
    });
  }

  test('is asked again where nobody answers as the token endpoint, and the grant goes on at the new one', async () => {
    const { house, count } = await ended(2 * HOUR);
    move(house, '/moved/token', { gone: true });
    const host = await start(house);
    expect((await host.ask('tools/call')).result).toBeDefined();
    const tokens = asked(house, count).filter(each => each.includes('token'));
    expect(tokens).toEqual([
      'POST https://as.example/token refresh_token',
      'POST https://as.example/moved/token refresh_token',
    ]);
    expect(house.tabs()).toHaveLength(1);
    // It is kept.
    await house.world.clock.advance(3 * HOUR);
    await host.ask('tools/call');
    expect(asked(house, count).filter(each => each.includes('as.example/token'))).toHaveLength(1);
  });

  test('is asked again once where it says the same, and the grant is over within half a minute', async () => {
    const { house, count } = await ended(2 * HOUR);
    atTheTokenEndpoint(house, () => new Response('', { status: 404 }));
    const host = fakeHost(house.start(), settings());
    void host.initialize();
    await until('it is asked', () => asked(house, count).length > 3);
    await house.world.clock.advance(10_000);
    expect(house.tabs()).toHaveLength(1);
    await house.world.clock.advance(20_000);
    await house.opens(2);
    const all = asked(house, count).filter(each => each.includes('/token'));
    expect(all.length).toBeGreaterThan(2);
    expect(all.length).toBeLessThan(30);
  });

  test('is not believed where it leads to a private network', async () => {
    const { house, count } = await ended(2 * HOUR);
    const { handle, issuer } = house.as;
    house.world.mount('https://inside.example', { handle: () => new Response(), address: '10.0.0.7' });
    house.world.mount(issuer, async (request, dialled) => {
      const { pathname } = new URL(request.url);
      if (pathname === '/token') return new Response('', { status: 404 });
      const response = await handle(request, dialled);
      if (!pathname.startsWith('/.well-known/') || !response.ok) return response;
      const metadata = (await response.json()) as object;
      return Response.json({ ...metadata, token_endpoint: 'https://inside.example/token' });
    });
    const host = fakeHost(house.start(), settings());
    void host.initialize();
    await until('it was tried', () => asked(house, count).some(each => each.includes('inside.example')));
    expect(house.world.dials.at(-1)).toMatchObject({ url: 'https://inside.example/token', reach: 'public' });
    expect(house.tabs()).toHaveLength(1);
  });

  test('of another issuer ends the grant: nothing of it is shown there, and somebody has to sign in', async () => {
    const { house, count } = await ended(2 * HOUR);
    atTheTokenEndpoint(house, () => new Response('', { status: 404 }));
    const other = authorizationServer({}, 'https://other.example');
    house.world.mount(other.issuer, other.handle);
    house.world.mount('https://mcp.example', mcpInMemory({ issuer: other.issuer }).handle);
    const host = fakeHost(house.start(), settings());
    await host.initialize();
    await house.opens(2);
    expect(house.world.opened[1]?.origin).toBe('https://other.example');
    expect(asked(house, count).filter(each => each.includes('/token'))).toEqual([
      'POST https://as.example/token refresh_token',
    ]);
  });

  test('a day ago is asked again in the background, and counts from the next renewal on', async () => {
    const { house, count } = await ended(3 * DAY);
    move(house, '/newer/token', { gone: false });
    const host = await start(house);
    await house.world.clock.advance(3 * HOUR);
    await host.ask('tools/call');
    const tokens = asked(house, count).filter(each => each.includes('refresh_token'));
    expect(tokens[0]).toBe('POST https://as.example/token refresh_token');
    expect(new Set(tokens.slice(1))).toEqual(new Set(['POST https://as.example/newer/token refresh_token']));
    expect(asked(house, count).filter(each => each.includes('.well-known'))).toHaveLength(1);
  });
});
