import { describe, expect, test } from 'vitest';
import type { LoginEvent } from '../../src/api/contract.ts';
import type { Onlooker } from '../../src/broker/onlooker.ts';
import { calm, events, household, settings, signedIn, until } from '../support/household.ts';

/** Somebody who looks on at a sign-in, and lets it go on. */
const LOOKS_ON: Onlooker = { see: () => {}, beforeBrowser: async () => {}, confirm: async () => {} };

const statusOf = async (house: ReturnType<typeof household>) => (await house.broker.status()).servers[0];

describe('a server that cannot be used with what was granted', () => {
  test('because it refuses the token of a sign-in is said so until one is taken', async () => {
    const house = household();
    house.mcp.takes = () => false;
    const login = events(house.broker.watchedLogin(settings()));
    await house.opens(1);
    await house.consent();
    expect((await login).at(-1)).toMatchObject({ code: 'server.refused' });
    expect(await statusOf(house)).toMatchObject({
      state: 'signed-in',
      unusable: expect.stringContaining('refuses the token'),
    });
    house.mcp.takes = () => true;
    await events(house.broker.watchedLogin(settings()));
    expect(await statusOf(house)).not.toHaveProperty('unusable');
  });

  test.each([500, 403, 404, 418])('because its first answer is %i is said so', async status => {
    const house = household();
    const host = await signedIn(house);
    await host.leave();
    const { handle } = house.mcp;
    house.world.mount('https://mcp.example', () => new Response('No.', { status }));
    const seen = await events(house.broker.watchedLogin(settings()));
    expect(seen.at(-1)).toMatchObject({ code: expect.stringMatching(/^(?:server|net)\./) });
    expect(await statusOf(house)).toMatchObject({ state: 'signed-in', unusable: expect.any(String) });
    house.world.mount('https://mcp.example', handle);
    await events(house.broker.watchedLogin(settings()));
    expect(await statusOf(house)).not.toHaveProperty('unusable');
  });

  test('before any sign-in is said so, too', async () => {
    const house = household();
    house.world.mount('https://mcp.example', () => new Response('No.', { status: 500 }));
    await events(house.broker.watchedLogin(settings()));
    expect(await statusOf(house)).toMatchObject({ state: 'signed-out', unusable: expect.any(String) });
  });

  test('is not said any more of the one try of a host that has gone', async () => {
    const house = household();
    const first = await signedIn(house);
    await first.leave();
    house.world.mount('https://mcp.example', () => new Response('No.', { status: 500 }));
    const host = house.host();
    await host.initialize();
    expect(await statusOf(house)).toMatchObject({ unusable: expect.any(String) });
    await host.leave();
    expect(await statusOf(house)).not.toHaveProperty('unusable');
  });

  test.each([0, 1, 2, 3])('is no failure where it was called off after %i turns', async turns => {
    const house = household();
    const login = house.broker.watchedLogin(settings(), LOOKS_ON);
    const iterator = login[Symbol.asyncIterator]();
    const first = iterator.next();
    for (let count = 0; count < turns; count++) await calm();
    await iterator.return?.();
    await first;
    await until('nothing is pending', () => !house.broker.signingIn);
    await calm();
    expect((await house.broker.status()).servers).toEqual([]);
  });
});

test('a sign-in that was called off in the middle of a request is no failure', async () => {
  const house = household();
  const { handle } = house.as;
  const asked = Promise.withResolvers<void>();
  house.world.mount(house.as.issuer, (request, dialled) => {
    if (!request.url.includes('/register')) return handle(request, dialled);
    asked.resolve();
    return new Promise((_, reject) => {
      request.signal.addEventListener('abort', () => reject(new Error('The connection was closed.')));
    });
  });
  const login = house.broker.watchedLogin(settings(), LOOKS_ON);
  const iterator = login[Symbol.asyncIterator]();
  const first = iterator.next();
  await asked.promise;
  await iterator.return?.();
  await first;
  await until('nothing is pending', () => !house.broker.signingIn);
  await calm();
  expect((await house.broker.status()).servers).toEqual([]);
});

describe('a sign-in for more scopes that waits', () => {
  function demanding() {
    const house = household();
    house.mcp.challenge = 'Bearer scope="read"';
    house.mcp.demand = (method, token) =>
      method === 'tools/call' && !(house.as.scopes.get(token) ?? '').includes('write') ? 'write' : undefined;
    return house;
  }

  test('is said with its link and its scopes', async () => {
    const house = demanding();
    const host = await signedIn(house);
    void host.ask('tools/call');
    await house.opens(2);
    expect(await statusOf(house)).toMatchObject({
      state: 'sign-in-pending',
      stepUp: ['write'],
      signInUrl: house.world.opened.at(-1)?.href,
    });
    await host.leave();
  });

  test.each(['watchedLogin', 'login'] as const)('is the one that a %s takes part in', async kind => {
    const house = demanding();
    const host = await signedIn(house);
    const call = host.ask('tools/call', { arguments: 1 });
    await house.opens(2);
    const seen: LoginEvent[] = [];
    const login = events(house.broker[kind](settings()), seen);
    await until('it shows the link', () => seen.some(event => event.kind === 'link'));
    const link = seen.find(event => event.kind === 'link');
    expect(link?.url).toBe(house.world.opened[1]?.href);
    await house.consent();
    expect((await login).at(-1)).toMatchObject({ kind: 'signed-in' });
    expect((await call).result).toMatchObject({ echoed: 1 });
    expect(house.as.redeemed).toHaveLength(2);
    await host.leave();
  });
});
