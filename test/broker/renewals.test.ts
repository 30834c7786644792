import { describe, expect, test } from 'vitest';
import type { Handler } from '../support/fake-world.ts';
import { calm, faultIn, type Household, household, settings, signedIn, until } from '../support/household.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

/** Tokens live an hour; renewed a minute ahead of its end. */
const AHEAD = HOUR - 30 * SECOND;

const refreshes = (house: Household) =>
  house.as.redeemed.filter(({ parameters }) => parameters.get('grant_type') === 'refresh_token').length;

/** Answers of the token endpoint in place of the server's. */
function atTheTokenEndpoint(house: Household, answer: Handler): () => void {
  const { handle } = house.as;
  house.world.mount(house.as.issuer, (request, dialled) =>
    request.url.endsWith('/token') ? answer(request, dialled) : handle(request, dialled),
  );
  return () => house.world.mount(house.as.issuer, handle);
}

const lastToken = (house: Household) => house.mcp.received.at(-1)?.token;

describe('a token near its end', () => {
  test('is renewed ahead of it, and the call goes out with the new one', async () => {
    const house = household();
    const host = await signedIn(house);
    const before = lastToken(house);
    await house.world.clock.advance(HOUR - 61 * SECOND);
    await host.ask('tools/list');
    expect(refreshes(house)).toBe(0);
    await house.world.clock.advance(2 * SECOND);
    expect((await host.ask('tools/list')).result).toBeDefined();
    expect(refreshes(house)).toBe(1);
    expect(lastToken(house)).not.toBe(before);
    await house.world.clock.advance(AHEAD);
    await host.ask('tools/list');
    expect(refreshes(house)).toBe(2);
  });

  test('is renewed once for all hosts and all their requests', async () => {
    const house = household();
    const hosts = [await signedIn(house), house.host(), house.host(), house.host()];
    await Promise.all(hosts.slice(1).map(host => host.initialize()));
    await house.world.clock.advance(AHEAD);
    const calls = hosts.flatMap(host => [1, 2, 3].map(() => host.ask('tools/call')));
    for (const call of calls) expect((await call).result).toBeDefined();
    expect(refreshes(house)).toBe(1);
  });

  test('is used as it is while the token endpoint is out, which is asked now and then only', async () => {
    const house = household();
    const host = await signedIn(house);
    await house.world.clock.advance(AHEAD);
    let asked = 0;
    const mend = atTheTokenEndpoint(house, () => {
      asked++;
      return new Response('', { status: 503 });
    });
    for (let call = 0; call < 10; call++) expect((await host.ask('tools/call')).result).toBeDefined();
    expect(asked).toBe(1);
    await house.world.clock.advance(5 * SECOND);
    expect((await host.ask('tools/call')).result).toBeDefined();
    expect(asked).toBe(2);
    mend();
    await house.world.clock.advance(5 * SECOND);
    expect((await host.ask('tools/call')).result).toBeDefined();
    expect(refreshes(house)).toBe(1);
    expect(house.tabs()).toHaveLength(1);
  });

  test('waits three seconds at most for a token endpoint that does not answer', async () => {
    const house = household();
    const host = await signedIn(house);
    await house.world.clock.advance(AHEAD);
    const before = lastToken(house);
    const answer = Promise.withResolvers<Response>();
    atTheTokenEndpoint(house, () => answer.promise);
    const call = host.ask('tools/call');
    await until('it is asked', () => house.world.dials.at(-1)?.url.endsWith('/token') ?? false);
    await calm();
    await house.world.clock.advance(3 * SECOND);
    expect((await call).result).toBeDefined();
    expect(lastToken(house)).toBe(before);
    // It comes after all, and is not lost.
    answer.resolve(
      Response.json({ access_token: 'access-token-late', token_type: 'Bearer', expires_in: 3600 }),
    );
    await calm();
    await host.ask('tools/list');
    expect(lastToken(house)).toBe('access-token-late');
  });
});

describe('a token that has ended', () => {
  test.each([
    ['503', () => new Response('', { status: 503 })],
    ['429', () => new Response('', { status: 429 })],
    ['a broken connection', () => Promise.reject(new Error('reset'))],
    ['temporarily_unavailable', () => Response.json({ error: 'temporarily_unavailable' }, { status: 400 })],
  ])(
    'and cannot be renewed for now (%s) costs an error, and neither the grant nor a tab',
    async (_what, answer) => {
      const house = household();
      const host = await signedIn(house);
      await house.world.clock.advance(2 * HOUR);
      const mend = atTheTokenEndpoint(house, answer);
      expect(faultIn(await host.ask('tools/call'))?.code).toBe('token.unavailable');
      mend();
      expect((await host.ask('tools/call')).result).toBeDefined();
      expect(house.tabs()).toHaveLength(1);
    },
  );

  test('and whose renewal is refused for good is a sign-in: one, and the call waits for it', async () => {
    const house = household();
    const [host, other] = [await signedIn(house), house.host()];
    await other.initialize();
    await house.world.clock.advance(2 * HOUR);
    const mend = atTheTokenEndpoint(house, () => Response.json({ error: 'invalid_grant' }, { status: 400 }));
    for (const secret of house.as.secrets) house.mcp.revoked.add(secret);
    const calls = [host.ask('tools/call'), other.ask('tools/call')];
    await house.opens(2);
    mend();
    await house.consent();
    for (const call of calls) expect((await call).result).toBeDefined();
    expect(house.tabs()).toHaveLength(2);
    expect(house.as.registered).toHaveLength(1);
  });

  test('and whose client the server has forgotten is a sign-in with a new client, at the first start', async () => {
    const house = household();
    const host = await signedIn(house);
    await house.world.clock.advance(2 * HOUR);
    for (const secret of house.as.secrets) house.mcp.revoked.add(secret);
    const mend = atTheTokenEndpoint(house, () => Response.json({ error: 'invalid_client' }, { status: 401 }));
    const call = host.ask('tools/call');
    await house.opens(2);
    mend();
    expect(house.as.registered).toHaveLength(2);
    expect(house.world.opened[1]?.searchParams.get('client_id')).toBe('client-2');
    await house.consent();
    expect((await call).result).toBeDefined();
  });

  test('and whose renewal the server dislikes otherwise keeps nobody from a login', async () => {
    const house = household();
    const host = await signedIn(house);
    await house.world.clock.advance(2 * HOUR);
    for (const secret of house.as.secrets) house.mcp.revoked.add(secret);
    const mend = atTheTokenEndpoint(house, () => Response.json({ error: 'invalid_target' }, { status: 400 }));
    expect(faultIn(await host.ask('tools/call'))?.code).toBe('token.refused');
    const login = house.broker.login(settings())[Symbol.asyncIterator]();
    expect(await login.next()).toMatchObject({ value: { kind: 'link' } });
    mend();
    await house.consent();
    expect(await login.next()).toMatchObject({ value: { kind: 'signed-in' } });
    expect((await host.ask('tools/call')).result).toBeDefined();
  });
});

describe('a token the server refuses ahead of time', () => {
  test('is renewed once however many calls were refused, and each goes through', async () => {
    const house = household();
    const hosts = [await signedIn(house), house.host(), house.host()];
    await Promise.all(hosts.slice(1).map(host => host.initialize()));
    for (const secret of house.as.secrets) house.mcp.revoked.add(secret);
    const calls = hosts.flatMap(host => [1, 2, 3, 4].map(() => host.ask('tools/call')));
    for (const call of calls) expect((await call).result).toBeDefined();
    expect(refreshes(house)).toBe(1);
    expect(house.tabs()).toHaveLength(1);
  });
});

describe('a server that refuses every token', () => {
  test('has one renewed now and then only, however often a host asks, and is said to be wrong', async () => {
    const house = household();
    const host = await signedIn(house);
    house.world.mount('https://mcp.example', () => new Response('', { status: 401 }));
    const before = refreshes(house);
    for (let call = 0; call < 10; call++) {
      expect(faultIn(await host.ask('tools/call'))).toMatchObject({
        code: 'server.refused',
        message: 'mcp.example refuses the token that https://as.example has just issued for it.',
      });
    }
    expect(refreshes(house) - before).toBe(1);
    await house.world.clock.advance(15_000);
    await host.ask('tools/call');
    await host.ask('tools/call');
    expect(refreshes(house) - before).toBe(2);
    expect(house.tabs()).toHaveLength(1);
  });
});

test('a server that refuses the token of the sign-in itself, and its renewal, is said to be wrong', async () => {
  const house = household();
  house.world.mount('https://mcp.example', request =>
    new URL(request.url).pathname === '/mcp'
      ? new Response('', { status: 401 })
      : house.mcp.handle(request, { url: request.url, method: 'GET', headers: [] }),
  );
  const host = house.host();
  await host.initialize();
  const list = host.ask('tools/list');
  await house.opens(1);
  await house.consent();
  expect(faultIn(await list)?.message).toContain('refuses the token that https://as.example has just issued');
  expect(refreshes(house)).toBe(1);
  expect(house.tabs()).toHaveLength(1);
});

describe('two accounts on one server', () => {
  test('have a sign-in and a token each, over one client', async () => {
    const house = household();
    const one = await signedIn(house);
    const other = house.host({ profile: 'work' });
    await other.initialize();
    await house.opens(2);
    await house.consent();
    await other.ask('tools/call');
    const others = lastToken(house);
    await one.ask('tools/call');
    expect(lastToken(house)).not.toBe(others);
    expect(house.as.registered).toHaveLength(1);
    expect((await house.broker.status()).servers.map(({ profile, state }) => [profile, state])).toEqual([
      ['default', 'signed-in'],
      ['work', 'signed-in'],
    ]);
  });

  test('that sign in at the same time register once and use one callback', async () => {
    const house = household();
    const profiles = ['a', 'b', 'c', 'd', 'e'];
    const hosts = profiles.map(profile => house.host({ profile }));
    await Promise.all(hosts.map(host => host.initialize()));
    await house.opens(5);
    expect(house.as.registered).toHaveLength(1);
    const places = house.world.opened.map(url => url.searchParams.get('redirect_uri'));
    expect(new Set(places).size).toBe(1);
    expect(new Set(house.tabs()).size).toBe(5);
    for (const url of house.world.opened) await house.consent(url);
    for (const host of hosts) expect((await host.ask('tools/call')).result).toBeDefined();
    const calls = house.mcp.received.filter(({ method }) => method === 'tools/call');
    expect(new Set(calls.map(({ token }) => token)).size).toBe(5);
  });

  test('are renewed apart', async () => {
    const house = household();
    const one = await signedIn(house);
    const other = await signedIn(house, { profile: 'work' });
    await house.world.clock.advance(AHEAD);
    await Promise.all([one.ask('tools/call'), other.ask('tools/call')]);
    expect(refreshes(house)).toBe(2);
  });
});
