import { describe, expect, test } from 'vitest';
import { message } from '../../src/bridge/scan.ts';
import { calm, household, keychain, settings, signedIn, until } from '../support/household.ts';
import { resume } from '../support/resume.ts';

describe('a shim that lost its broker', () => {
  test('goes on with the next: the server hears the host’s words, the host hears nothing twice', async () => {
    const house = household({ world: { vault: keychain().vault } });
    await (await signedIn(house)).leave();
    await house.broker.close();
    house.mcp.received.length = 0;
    const host = house.host({}, resume(), house.start());
    expect((await host.ask('tools/call', { arguments: 'on' })).result).toMatchObject({ echoed: 'on' });
    expect(house.mcp.methods()).toEqual(['initialize', 'notifications/initialized', 'tools/call']);
    expect(house.mcp.received[0]?.text).toBe(new TextDecoder().decode(resume().initialize.bytes));
    expect(host.heard).toHaveLength(1);
  });

  test('brings along what its host had arranged, and the next server session hears it', async () => {
    const house = household({ world: { vault: keychain().vault } });
    await (await signedIn(house)).leave();
    await house.broker.close();
    house.mcp.received.length = 0;
    const level = message({ jsonrpc: '2.0', id: 8, method: 'logging/setLevel', params: { level: 'debug' } });
    const host = house.host({}, resume(true, [level]), house.start());
    await host.ask('tools/call', { arguments: 'on' });
    expect(house.mcp.methods()).toEqual([
      'initialize',
      'notifications/initialized',
      'logging/setLevel',
      'tools/call',
    ]);
    expect(host.heard).toHaveLength(1);
  });

  test('and whose host says nothing opens no tab; one opens when it asks, and in the next minutes too', async () => {
    const house = household();
    const host = house.host({}, resume());
    await until('the server was asked', () => house.world.dials.length > 0);
    await calm();
    expect(house.tabs()).toEqual([]);
    const call = host.ask('tools/call');
    await house.opens(1);
    await house.consent();
    expect((await call).result).toBeDefined();
    for (const secret of house.as.secrets) house.mcp.revoked.add(secret);
    await house.broker.logout(settings());
    await house.world.clock.advance(60_000);
    const again = host.ask('tools/call');
    await house.opens(2);
    await house.consent();
    expect((await again).result).toBeDefined();
  });

  test('and asks before the new one knows of the sign-in is not refused for that', async () => {
    const house = household();
    const host = house.host({}, resume());
    const call = host.ask('tools/call');
    await house.opens(1);
    await house.consent();
    expect((await call).result).toBeDefined();
  });

  test('and asks while its token is renewed in vain is shown a link, not refused', async () => {
    const house = household({ world: { vault: keychain().vault } });
    await (await signedIn(house)).leave();
    await house.broker.close();
    for (const secret of house.as.secrets) house.mcp.revoked.add(secret);
    const refused = Promise.withResolvers<Response>();
    house.world.mount(house.as.issuer, (request, dialled) =>
      request.url.endsWith('/token') && house.world.opened.length < 2
        ? refused.promise
        : house.as.handle(request, dialled),
    );
    const host = house.host({}, resume(), house.start());
    await until('it is being renewed', () => house.world.dials.at(-1)?.url.endsWith('/token') ?? false);
    const call = host.ask('tools/call');
    await calm();
    refused.resolve(Response.json({ error: 'invalid_grant' }, { status: 400 }));
    await house.opens(2);
    await house.consent();
    expect((await call).result).toBeDefined();
  });

  test('is told to ask for its lists again once somebody has signed in elsewhere', async () => {
    const house = household();
    const host = house.host({}, resume());
    await until('the server was asked', () => house.world.dials.length > 0);
    await calm();
    await signedIn(house);
    await host.hears(({ method }) => method === 'notifications/tools/list_changed');
    expect((await host.ask('tools/list')).result).toBeDefined();
    expect(house.tabs()).toHaveLength(1);
  });

  test('and had not said `initialized` says it to the new one', async () => {
    const house = household();
    house.mcp.open = true;
    const host = house.host({}, resume(false));
    await until('the server was asked', () => house.mcp.methods().length === 1);
    host.say({ jsonrpc: '2.0', method: 'notifications/initialized' });
    await until('it has heard', () => house.mcp.methods().length === 2);
    await calm();
    expect(house.mcp.methods()).toEqual(['initialize', 'notifications/initialized']);
  });
});
