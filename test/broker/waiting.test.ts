import { describe, expect, test } from 'vitest';
import { calm, faultIn, household, settings, until } from '../support/household.ts';

/** The host's own words, in a spelling no library would choose. */
const INITIALIZE =
  '{"params":{"protocolVersion":"2025-06-18","clientInfo":{"version":"1","name":"Odd \\u0068ost"},"capabilities":{ } , "x":1.0},"id":0,"jsonrpc":"2.0","method":"initialize"}';
const INITIALIZED =
  '{"method":"notifications/initialized", "params":{"_meta":{"b":1,"a":2}}, "jsonrpc":"2.0"}';

describe('what the host says meanwhile', () => {
  test('reaches the server after the sign-in, byte for byte and in order', async () => {
    const house = household();
    const host = house.host();
    const said = [
      INITIALIZE,
      INITIALIZED,
      '{"id":"\\u0061", "jsonrpc":"2.0","params":{"arguments":{"z":1e2,"a":"\\/"},"name":"echo"},"method":"tools/call"}',
      '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1,"progressToken":9007199254740993}}',
      '{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}',
    ];
    for (const text of said) host.say(text);
    await house.opens(1);
    await host.answered(0);
    expect(house.mcp.received).toEqual([]);
    await house.consent();
    await until('all of it has arrived', () => house.mcp.received.length === said.length);
    expect(house.mcp.received.map(({ text }) => text).sort()).toEqual([...said].sort());
    // Requests and notifications go out side by side; what begins the conversation comes first.
    expect(house.mcp.methods().slice(0, 2)).toEqual(['initialize', 'notifications/initialized']);
    expect(house.mcp.methods().filter(method => method.startsWith('notifications/'))).toEqual([
      'notifications/initialized',
      'notifications/progress',
      'notifications/roots/list_changed',
    ]);
  });

  test('waits as long as 45 seconds; then each request gets the reason and the link', async () => {
    const house = household();
    const host = house.host();
    await host.initialize();
    await house.opens(1);
    const list = host.ask('tools/list');
    await calm();
    await house.world.clock.advance(44_900);
    expect(host.told()).toEqual([]);
    expect(host.heard).toHaveLength(1);
    await house.world.clock.advance(100);
    const { error } = await list;
    const link = house.world.opened[0]?.href;
    expect(error?.message).toContain('sign-in is needed');
    expect(error?.message).toContain(link);
    expect(error?.data?.keybridge).toMatchObject({ code: 'sign-in.needed', data: { signInUrl: link } });
  });

  test('waits as long as the user says with --auth-timeout; the sign-in goes on all the same', async () => {
    const house = household();
    const host = house.host({ client: { authTimeout: 5_000 } });
    await host.initialize();
    await house.opens(1);
    const list = host.ask('tools/list');
    await calm();
    await house.world.clock.advance(4_900);
    expect(host.heard).toHaveLength(1);
    await house.world.clock.advance(100);
    expect(faultIn(await list)?.code).toBe('sign-in.needed');
    const again = host.ask('tools/list');
    await calm();
    await house.consent();
    expect((await again).result).toBeDefined();
    expect(house.world.opened).toHaveLength(1);
  });

  test('is not what the connection itself hangs on, which waits as long as a person takes', async () => {
    const house = household();
    const host = house.host();
    await host.initialize();
    await house.opens(1);
    await house.world.clock.advance(600_000);
    await calm();
    expect(host.trouble).toEqual([]);
    await house.consent();
    expect((await host.ask('tools/list')).result).toBeDefined();
    expect(house.tabs()).toHaveLength(1);
  });

  test('is not sent to the server after its time was up, and the next request is', async () => {
    const house = household();
    const host = house.host();
    await host.initialize();
    await house.opens(1);
    const late = host.ask('tools/call', { name: 'late' });
    await calm();
    await house.world.clock.advance(45_000);
    await late;
    const next = host.ask('tools/call', { name: 'next' });
    await house.consent();
    expect((await next).result).toBeDefined();
    expect(house.mcp.received.filter(({ method }) => method === 'tools/call')).toHaveLength(1);
  });

  test('as a batch waits as one, and each of its requests is told the reason', async () => {
    const house = household();
    const host = house.host();
    await host.initialize();
    await house.opens(1);
    host.say(
      '[{"jsonrpc":"2.0","id":1,"method":"tools/list"},{"jsonrpc":"2.0","method":"notifications/x"},{"jsonrpc":"2.0","id":2,"method":"prompts/list"}]',
    );
    await calm();
    await house.world.clock.advance(45_000);
    expect(faultIn(await host.answered(1))?.code).toBe('sign-in.needed');
    expect(faultIn(await host.answered(2))?.code).toBe('sign-in.needed');
  });

  test('is dropped when it is a request that the host cancels, whatever the spelling of its id', async () => {
    const house = household();
    const host = house.host();
    await host.initialize();
    await house.opens(1);
    host.say('{"jsonrpc":"2.0","id":"\\u0061","method":"tools/call","params":{"name":"gone"}}');
    host.say('{"jsonrpc":"2.0","id":9007199254740993,"method":"tools/call","params":{"name":"stays"}}');
    host.say('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"a"}}');
    host.say('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":9007199254740992}}');
    await calm();
    await house.consent();
    await until('the other one was called', () => house.mcp.methods().includes('tools/call'));
    await calm();
    const called = house.mcp.received.filter(({ method }) => method === 'tools/call');
    expect(called.map(({ text }) => text)).toEqual([expect.stringContaining('stays')]);
    expect(host.heard.some(text => text.includes('"id":"a"') || text.includes('\\u0061'))).toBe(false);
  });

  test('is never answered when it is a request that the host has cancelled', async () => {
    const house = household();
    const host = house.host();
    await host.initialize();
    await house.opens(1);
    host.say('{"jsonrpc":"2.0","id":"\\u0061","method":"tools/call","params":{"name":"gone"}}');
    host.say('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"a"}}');
    await calm();
    await house.world.clock.advance(45_000);
    expect(host.heard).toHaveLength(1);
  });

  test('gives back its memory when it is cancelled, and when the connection it waits for fails', async () => {
    const house = household();
    const host = house.host();
    await host.initialize();
    await house.opens(1);
    const released: string[] = [];
    const release = (name: string) => () => released.push(name);
    host.say({ jsonrpc: '2.0', id: 'a', method: 'tools/call' }, release('cancelled'));
    host.say({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'a' } });
    host.say({ jsonrpc: '2.0', id: 5, result: {} }, release('waiting'));
    await calm();
    expect(released).toEqual(['cancelled']);
    house.broker.endSignIns();
    await until('it failed', () => host.trouble.length > 0);
    host.say({ jsonrpc: '2.0', id: 6, result: {} }, release('late'));
    await calm();
    expect(released).toEqual(['cancelled', 'waiting', 'late']);
  });

  test('is answered at once when it is a ping', async () => {
    const house = household();
    const host = house.host();
    await host.initialize();
    await house.opens(1);
    expect(await host.ask('ping')).toMatchObject({ result: {} });
    expect(house.mcp.received).toEqual([]);
  });
});

describe('after the sign-in', () => {
  test('the host hears that every list it was promised has changed, once, and not before', async () => {
    const house = household();
    const host = house.host();
    await host.initialize();
    await house.opens(1);
    await calm();
    expect(host.told()).toEqual([]);
    await house.consent();
    await host.ask('tools/list');
    expect(host.told()).toEqual([
      'notifications/tools/list_changed',
      'notifications/prompts/list_changed',
      'notifications/resources/list_changed',
    ]);
  });

  test('what has waited has its answer, and no other when its time would have been up', async () => {
    const house = household();
    const host = house.host();
    await host.initialize();
    const list = host.ask('tools/list', {}, 'waits');
    await house.opens(1);
    await house.consent();
    expect((await list).result).toBeDefined();
    await house.world.clock.advance(60_000);
    expect(host.heard.filter(text => text.includes('"waits"'))).toHaveLength(1);
  });

  test('nothing waits any more, and after the last host nothing at all', async () => {
    const house = household();
    const hosts = [house.host(), house.host()];
    await Promise.all(hosts.map(host => host.initialize()));
    const lists = hosts.map(host => host.ask('tools/list'));
    await house.opens(1);
    await house.consent();
    await Promise.all(lists);
    // A renewal ahead of its time, and a wait for a sign-in by a host that has long been served.
    await house.world.clock.advance(3_570_000);
    await hosts[0]?.ask('tools/list');
    for (const secret of house.as.secrets) house.mcp.revoked.add(secret);
    await house.broker.logout(settings());
    const list = hosts[0]?.ask('tools/list');
    await house.opens(2);
    await house.consent();
    await list;
    await Promise.all(hosts.map(host => host.leave()));
    await calm();
    expect(house.world.clock.sleepers()).toBe(0);
  });

  test('it hears of that only once it has said `initialized`', async () => {
    const house = household();
    const host = house.host();
    host.say(INITIALIZE);
    await host.answered(0);
    await house.opens(1);
    await house.consent();
    await until('the server has spoken', () => house.mcp.methods().includes('initialize'));
    await calm();
    expect(host.told()).toEqual([]);
    host.say(INITIALIZED);
    await host.hears(({ method }) => method === 'notifications/tools/list_changed');
  });

  test('lists that were promised and are not there are answered empty, without asking the server', async () => {
    const house = household();
    const host = house.host();
    await host.initialize();
    await house.opens(1);
    await house.consent();
    expect(await host.ask('prompts/list')).toMatchObject({ result: { prompts: [] } });
    expect(await host.ask('resources/list')).toMatchObject({ result: { resources: [] } });
    expect(await host.ask('resources/templates/list')).toMatchObject({ result: { resourceTemplates: [] } });
    expect((await host.ask('tools/list')).result).toMatchObject({ tools: [{ name: 'echo' }] });
    expect((await host.ask('prompts/get')).error?.code).toBe(-32601);
    expect(house.mcp.methods()).not.toContain('prompts/list');
  });

  test('a host that had the server’s own answer is told the server’s own errors', async () => {
    const house = household();
    house.mcp.open = true;
    const host = house.host();
    await host.initialize();
    expect((await host.ask('prompts/list')).error?.code).toBe(-32601);
    expect(host.told()).toEqual([]);
  });

  test('a host whose request was refused for want of it is told to ask again', async () => {
    const house = household();
    const host = house.host();
    await host.initialize();
    await house.opens(1);
    await house.consent();
    await host.ask('tools/list');
    const before = host.told().length;
    house.mcp.revoked.add(house.mcp.received[0]?.token ?? '');
    house.as.secrets.length = 0;
    await house.broker.logout(settings());
    const list = host.ask('tools/list');
    await house.opens(2);
    await calm();
    await house.world.clock.advance(45_000);
    expect(faultIn(await list)?.code).toBe('sign-in.needed');
    expect(host.told()).toHaveLength(before);
    await house.consent();
    await until('it is told', () => host.told().length > before);
    expect(host.told().slice(before)).toEqual(['notifications/tools/list_changed']);
  });

  test('a server that refuses the host’s words is heard by every request that waited', async () => {
    const house = household();
    house.mcp.instead = ({ method, id }) =>
      method === 'initialize'
        ? Response.json({ jsonrpc: '2.0', id: id ?? null, error: { code: -32602, message: 'Too old' } })
        : undefined;
    const host = house.host();
    await host.initialize();
    const list = host.ask('tools/list');
    await house.opens(1);
    await house.consent();
    expect(faultIn(await list)).toMatchObject({
      code: 'server.refused',
      message: expect.stringContaining('Too old'),
    });
  });
});
