import { describe, expect, test } from 'vitest';
import { TokenStore } from '../../src/tokens/token-store.ts';
import { calm, household, keychain, until } from '../support/household.ts';

/** The host's own words, in a spelling no library would choose. */
const INITIALIZE =
  '{"params":{"protocolVersion":"2025-06-18","clientInfo":{"version":"1","name":"Odd \\u0068ost"},"capabilities":{ } , "x":1.0},"id":0,"jsonrpc":"2.0","method":"initialize"}';

describe('initialize, while a sign-in is pending', () => {
  test('of a server never seen is answered before anybody signs in, promising all lists', async () => {
    const house = household();
    const { result } = await house.host().initialize({ protocolVersion: '2025-06-18' });
    expect(result).toMatchObject({
      protocolVersion: '2025-06-18',
      capabilities: {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { listChanged: true },
      },
      serverInfo: { name: 'mcp.example' },
    });
    expect(house.mcp.methods()).toEqual([]);
  });

  test('takes the newest version there is for a host that asks for one nobody knows', async () => {
    const { result } = await household().host().initialize({ protocolVersion: '2031-01-01' });
    expect(result?.protocolVersion).toBe('2025-11-25');
  });

  test('of a server seen before is the server’s own answer of then', async () => {
    const house = household({ world: { vault: keychain().vault } });
    const first = house.host();
    await first.initialize();
    await house.opens(1);
    await house.consent();
    await until('the server has spoken', () => house.mcp.methods().includes('initialize'));
    await first.ask('tools/list');
    await first.leave();
    await house.broker.close();
    const store = new TokenStore(house.world);
    for (const { key } of await store.grants()) await store.deleteGrant(key);
    const { result } = await house.host({}, undefined, house.start()).initialize();
    expect(result).toEqual(house.mcp.initialized);
    expect(house.mcp.methods().filter(method => method === 'initialize')).toHaveLength(1);
  });

  test('is answered at once when the sign-in is another host’s, before the server is asked', async () => {
    const house = household();
    await house.host().initialize();
    await house.opens(1);
    // From now on the server does not even refuse.
    house.world.mount('https://mcp.example', () => new Promise<Response>(() => {}));
    const { result } = await house.host().initialize();
    expect(result).toBeDefined();
  });

  test('is answered within two seconds where the way to the link takes longer', async () => {
    const house = household();
    house.world.mount(house.as.issuer, () => new Promise<Response>(() => {}));
    const host = house.host();
    const answer = host.initialize();
    await until('discovery waits', () =>
      house.world.dials.some(({ url }) => url.startsWith(house.as.issuer)),
    );
    await calm();
    expect(host.heard).toEqual([]);
    await house.world.clock.advance(2_000);
    expect((await answer).result).toBeDefined();
  });

  test('is answered within two seconds of a refusal that comes late', async () => {
    const house = household();
    let refuse = () => {};
    const refused = new Promise<void>(resolve => {
      refuse = resolve;
    });
    house.world.mount('https://mcp.example', async request => {
      if (request.method === 'POST') await refused;
      return request.method === 'POST' ? new Response('', { status: 401 }) : new Promise<Response>(() => {});
    });
    const host = house.host();
    const answer = host.initialize();
    await house.world.clock.advance(10_000);
    // Nobody knows yet that a sign-in is needed: the server's own answer is waited for.
    expect(host.heard).toEqual([]);
    refuse();
    expect((await answer).result).toBeDefined();
  });

  test('is answered once, however many reasons there are to', async () => {
    const house = household();
    const hosts = [house.host(), house.host(), house.host()];
    await Promise.all(hosts.map(host => host.initialize()));
    await house.opens(1);
    await house.world.clock.advance(5_000);
    await house.consent();
    await Promise.all(hosts.map(host => host.ask('tools/list')));
    for (const { heard } of hosts) {
      expect(heard.filter(text => text.includes('"serverInfo"'))).toHaveLength(1);
    }
  });

  test('is the server’s own, byte for byte, when no sign-in is needed', async () => {
    const house = household();
    house.mcp.open = true;
    const body =
      '{"jsonrpc":"2.0","result":{"serverInfo":{"version":"0","name":"x"},"capabilities":{},"protocolVersion":"2025-06-18"},"id":0}';
    house.mcp.instead = ({ method }) =>
      method === 'initialize'
        ? new Response(body, { headers: { 'content-type': 'application/json' } })
        : undefined;
    const host = house.host();
    host.say(INITIALIZE);
    await host.answered(0);
    expect(host.heard).toEqual([body]);
  });
});

describe('a host that begins anew on one connection', () => {
  test('has an answer to each initialize, and to what it had asked before', async () => {
    const house = household();
    house.mcp.open = true;
    const answer = Promise.withResolvers<Response>();
    house.mcp.instead = ({ method }) => (method === 'tools/call' ? answer.promise : undefined);
    const host = house.host();
    await host.initialize();
    const call = host.ask('tools/call');
    await until('the call is under way', () => house.mcp.methods().includes('tools/call'));
    expect((await host.initialize()).result).toBeDefined();
    expect((await call).error).toBeDefined();
    expect((await host.ask('tools/list')).result).toBeDefined();
  });

  test('has no second answer to one that was answered in place of the server', async () => {
    const house = household();
    const host = house.host();
    host.say(INITIALIZE);
    await host.answered(0);
    host.say(INITIALIZE.replace('"id":0', '"id":1'));
    await host.answered(1);
    await house.opens(1);
    await house.consent();
    await until('the server has spoken', () => house.mcp.methods().includes('initialize'));
    await calm();
    expect(host.heard.map(text => JSON.parse(text).id)).toEqual([0, 1]);
  });
});
