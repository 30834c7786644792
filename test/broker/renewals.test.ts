import { describe, expect, test } from 'vitest';
import { memoryFiles } from '../support/fake-world.ts';
import {
  calm,
  faultIn,
  type Household,
  household,
  keychain,
  settings,
  signedIn,
  until,
} from '../support/household.ts';
import { atTheTokenEndpoint, refreshes } from '../support/token-endpoint.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

/** Tokens live an hour; renewed a minute ahead of its end. */
const AHEAD = HOUR - 30 * SECOND;

const lastToken = (house: Household) => house.mcp.received.at(-1)?.token;

/** Renewed in the background a minute and a half ahead of the end of a token that was used; the next one was not. */
async function idle(house: Household): Promise<void> {
  await house.world.clock.advance(HOUR - 90 * SECOND);
  expect(refreshes(house)).toBe(1);
}

describe('a token near its end', () => {
  test('that a host has used is renewed ahead of it, so that no call waits', async () => {
    const house = household();
    const host = await signedIn(house);
    const before = lastToken(house);
    await house.world.clock.advance(HOUR - 91 * SECOND);
    expect(refreshes(house)).toBe(0);
    await house.world.clock.advance(SECOND);
    expect(refreshes(house)).toBe(1);
    expect((await host.ask('tools/list')).result).toBeDefined();
    expect(lastToken(house)).not.toBe(before);
    await house.world.clock.advance(HOUR - 90 * SECOND);
    expect(refreshes(house)).toBe(2);
  });

  test('that nobody has used is left alone, and is renewed by the call that needs it', async () => {
    const house = household();
    const host = await signedIn(house);
    await house.world.clock.advance(24 * HOUR);
    expect(refreshes(house)).toBe(1);
    await host.ask('ping');
    expect(refreshes(house)).toBe(2);
    // A host that only asks whether the server is there uses nothing.
    await house.world.clock.advance(24 * HOUR);
    expect(refreshes(house)).toBe(2);
    expect((await host.ask('tools/list')).result).toBeDefined();
    expect(refreshes(house)).toBe(3);
    await host.leave();
    await house.world.clock.advance(24 * HOUR);
    expect(refreshes(house)).toBe(3);
    expect(house.world.clock.sleepers()).toBe(0);
  });

  test('that is used again only then is renewed by that call, a minute ahead', async () => {
    const house = household();
    const host = await signedIn(house);
    await idle(house);
    await house.world.clock.advance(AHEAD);
    expect(refreshes(house)).toBe(1);
    expect((await host.ask('tools/list')).result).toBeDefined();
    expect(refreshes(house)).toBe(2);
  });

  test('is renewed once for all hosts and all their requests', async () => {
    const house = household();
    const hosts = [await signedIn(house), house.host(), house.host(), house.host()];
    await Promise.all(hosts.slice(1).map(host => host.initialize()));
    await idle(house);
    await house.world.clock.advance(AHEAD);
    const calls = hosts.flatMap(host => [1, 2, 3].map(() => host.ask('tools/call')));
    for (const call of calls) expect((await call).result).toBeDefined();
    expect(refreshes(house)).toBe(2);
  });

  test('is used as it is while the token endpoint is out, which is asked now and then only', async () => {
    const house = household();
    const host = await signedIn(house);
    await idle(house);
    await house.world.clock.advance(AHEAD);
    let asked = 0;
    const mend = atTheTokenEndpoint(house, () => {
      asked++;
      return new Response('', { status: 503 });
    });
    for (let call = 0; call < 10; call++) expect((await host.ask('tools/call')).result).toBeDefined();
    expect(asked).toBe(1);
    await house.world.clock.advance(2 * SECOND);
    expect((await host.ask('tools/call')).result).toBeDefined();
    expect(asked).toBe(2);
    mend();
    await house.world.clock.advance(5 * SECOND);
    expect(refreshes(house)).toBe(2);
    expect((await host.ask('tools/call')).result).toBeDefined();
    expect(house.tabs()).toHaveLength(1);
  });

  test('waits three seconds at most for a token endpoint that does not answer, and later calls not at all', async () => {
    const house = household();
    const host = await signedIn(house);
    await idle(house);
    await house.world.clock.advance(AHEAD);
    const answer = Promise.withResolvers<Response>();
    atTheTokenEndpoint(house, () => answer.promise);
    const call = host.ask('tools/call');
    await until('it is asked', () => house.world.dials.at(-1)?.url.endsWith('/token') ?? false);
    await calm();
    await house.world.clock.advance(3 * SECOND);
    expect((await call).result).toBeDefined();
    const another = host.ask('tools/call');
    await house.world.clock.advance(0);
    expect((await another).result).toBeDefined();
    expect(lastToken(house)).toBe(house.as.secrets.findLast(each => each.startsWith('access-token')));
    // It comes after all, and is not lost.
    answer.resolve(
      Response.json({ access_token: 'access-token-late', token_type: 'Bearer', expires_in: 3600 }),
    );
    await calm();
    await host.ask('tools/list');
    expect(lastToken(house)).toBe('access-token-late');
  });

  test('is not used before the one that takes its place is on disk', async () => {
    const files = memoryFiles();
    const written = Promise.withResolvers<void>();
    let slow = false;
    const replace = async (name: string, bytes: Uint8Array) => {
      if (slow && name === 'grants.sealed') await written.promise;
      await files.replace(name, bytes);
    };
    const vault = keychain().vault;
    const house = household({ world: { vault, files: { read: files.read, replace } } });
    const host = await signedIn(house);
    await idle(house);
    await calm();
    await house.world.clock.advance(2 * HOUR);
    slow = true;
    const before = house.mcp.received.length;
    const call = host.ask('tools/call');
    await until('it is renewed', () => refreshes(house) === 2);
    await calm();
    expect(house.mcp.received).toHaveLength(before);
    written.resolve();
    expect((await call).result).toBeDefined();
  });
});

describe('a token that has ended', () => {
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
    await house.world.clock.advance(2 * HOUR);
    expect(refreshes(house)).toBe(2);
    await Promise.all([one.ask('tools/call'), other.ask('tools/call')]);
    expect(refreshes(house)).toBe(4);
  });
});
