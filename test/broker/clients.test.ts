import { describe, expect, test } from 'vitest';
import type { ClientOptions } from '../../src/oauth/client-options.ts';
import { calm, events, household, settings } from '../support/household.ts';

const tokenOf = (house: ReturnType<typeof household>) => house.mcp.received.at(-1)?.token;

describe('two command lines on one server and profile', () => {
  test('share one sign-in where they say the same', async () => {
    const house = household();
    const client: ClientOptions = { authorizeParams: { audience: 'api' }, callback: { port: 3334 } };
    const hosts = [house.host({ client }), house.host({ client: { ...client, callback: { port: 3335 } } })];
    for (const host of hosts) await host.initialize();
    await house.opens(1);
    await house.consent();
    for (const host of hosts) expect((await host.ask('tools/list')).result).toBeDefined();
    expect(house.world.opened).toHaveLength(1);
    expect(house.as.redeemed).toHaveLength(1);
  });

  test.each<[string, ClientOptions]>([
    ['the resource', { resource: '' }],
    ['a parameter', { authorizeParams: { audience: 'api' } }],
    ['the scope', { clientMetadata: { scope: 'other' } }],
    ['the client', { staticClient: { clientId: 'by-hand' } }],
  ])('have each their own where they differ in %s', async (_what, client) => {
    const house = household();
    const [one, other] = [house.host(), house.host({ client })];
    await one.initialize();
    await house.opens(1);
    await other.initialize();
    await house.opens(2);
    const [first, second] = house.world.opened;
    await house.consent(second);
    expect((await other.ask('tools/list')).result).toBeDefined();
    const token = tokenOf(house);
    // The other's sign-in still waits for somebody.
    expect(house.mcp.methods().filter(method => method === 'initialize')).toHaveLength(1);
    await house.consent(first);
    expect((await one.ask('tools/list')).result).toBeDefined();
    expect(tokenOf(house)).not.toBe(token);
    // And each keeps its own.
    expect((await other.ask('tools/list')).result).toBeDefined();
    expect(tokenOf(house)).toBe(token);
    expect(house.as.redeemed).toHaveLength(2);
  });

  test('are one server in the status, and one sign-out ends both', async () => {
    const house = household();
    const client: ClientOptions = { resource: '' };
    const hosts = [house.host(), house.host({ client })];
    for (const [index, host] of hosts.entries()) {
      await host.initialize();
      await house.opens(index + 1);
      await house.consent();
      await host.ask('tools/list');
    }
    expect(await house.broker.status()).toMatchObject({ servers: [{ state: 'signed-in' }] });
    expect(await house.broker.logout(settings())).toBe(true);
    expect(await house.broker.status()).toMatchObject({ servers: [{ state: 'signed-out' }] });
    expect(await house.broker.logout(settings({ client }))).toBe(false);
  });

  test('with one client and two secrets wait for sign-ins of their own; one that succeeds serves both', async () => {
    const house = household();
    const client = (clientSecret: string) => ({ staticClient: { clientId: 'by-hand', clientSecret } });
    const host = house.host({ client: client('wrong secret') });
    await host.initialize();
    await house.opens(1);
    const list = host.ask('tools/list');
    const login = events(house.broker.login(settings({ client: client('right secret') })));
    await house.opens(2);
    await house.consent();
    expect((await login).at(-1)).toMatchObject({ kind: 'signed-in' });
    expect((await list).result).toBeDefined();
    await calm();
    expect((await house.broker.status()).servers).toMatchObject([{ state: 'signed-in' }]);
    expect((await house.broker.status()).servers[0]).not.toHaveProperty('failure');
  });
});
