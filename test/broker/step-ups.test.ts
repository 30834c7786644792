import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { calm, events, faultIn, household, settings, signedIn, until } from '../support/household.ts';

const MINUTE = 60_000;

describe('a server that asks for more rights', () => {
  /** Whoever calls a tool needs `write` as well. */
  function demanding(scope = 'write') {
    const house = household();
    house.mcp.challenge = 'Bearer scope="read"';
    const scopeOf = (token: string) => house.as.scopes.get(token) ?? '';
    house.mcp.demand = (method, token) =>
      method === 'tools/call' && !scopeOf(token).split(' ').includes(scope) ? scope : undefined;
    return house;
  }

  test('has them asked for together with those there were, and the call goes through', async () => {
    const house = demanding();
    const host = await signedIn(house);
    const call = host.ask('tools/call', { arguments: 1 });
    await house.opens(2);
    await house.consent();
    expect((await call).result).toMatchObject({ echoed: 1 });
    expect(house.as.authorized.map(asked => asked.get('scope'))).toEqual(['read', 'read write']);
  });

  test('has those asked for again that were requested before and not granted', async () => {
    const narrow = (answer: JsonObject) =>
      Response.json(answer.scope === 'read list' ? { ...answer, scope: 'read' } : answer);
    const house = household({ quirks: { token: narrow } });
    house.mcp.challenge = 'Bearer scope="read list"';
    let demanded = false;
    house.mcp.demand = method => {
      if (method !== 'tools/call' || demanded) return undefined;
      demanded = true;
      return 'write';
    };
    const host = await signedIn(house);
    const call = host.ask('tools/call');
    await house.opens(2);
    await house.consent();
    expect((await call).result).toBeDefined();
    expect(house.as.authorized.at(-1)?.get('scope')).toBe('read list write');
  });

  test('leaves other hosts at work meanwhile, and tells a host that starts the server’s own answer', async () => {
    const house = demanding();
    const host = await signedIn(house);
    void host.ask('tools/call');
    await house.opens(2);
    expect((await host.ask('tools/list')).result).toBeDefined();
    const other = house.host();
    expect((await other.initialize()).result).toEqual(house.mcp.initialized);
    expect((await other.ask('tools/list')).result).toBeDefined();
    expect(other.told()).toEqual([]);
  });

  test('and does not take them either is not asked about twice by the same host', async () => {
    const house = demanding();
    house.mcp.demand = method => (method === 'tools/call' ? 'write' : undefined);
    const host = await signedIn(house);
    const call = host.ask('tools/call');
    await house.opens(2);
    await house.consent();
    expect(faultIn(await call)).toMatchObject({
      code: 'sign-in.scope',
      message: expect.stringContaining('write'),
    });
    await house.world.clock.advance(10 * MINUTE);
    expect(faultIn(await host.ask('tools/call'))?.code).toBe('sign-in.scope');
    expect(house.tabs()).toHaveLength(2);
    expect((await host.ask('tools/list')).result).toBeDefined();
    // A login is somebody who acts: from now on it is tried again.
    await events(house.broker.login(settings()));
    void host.ask('tools/call');
    await house.opens(3);
  });

  test('and asks for others each time stops being believed', async () => {
    const house = household();
    let count = 0;
    house.mcp.demand = method => (method === 'tools/call' ? `right-${++count}` : undefined);
    const host = await signedIn(house);
    const shown = (async () => {
      for (let tab = 2; tab <= 4; tab++) {
        await house.opens(tab);
        await house.consent();
      }
    })();
    const first = await host.ask('tools/call');
    const second = await host.ask('tools/call');
    expect([faultIn(first)?.code, faultIn(second)?.code]).toContain('sign-in.scope');
    await shown;
    for (let round = 0; round < 5; round++) await host.ask('tools/call');
    expect(house.tabs().length).toBeLessThanOrEqual(4);
  });

  test('on its stream opens nothing and spends nothing', async () => {
    const house = demanding();
    const host = await signedIn(house);
    const { handle } = house.mcp;
    house.world.mount('https://mcp.example', (request, dialled) =>
      request.method === 'GET' && request.url === settings().server
        ? new Response('', {
            status: 403,
            headers: { 'www-authenticate': 'Bearer error="insufficient_scope", scope="write"' },
          })
        : handle(request, dialled),
    );
    const listening = house.host();
    await listening.initialize();
    await until('the stream was asked for', () => house.world.dials.at(-1)?.method === 'GET');
    await calm();
    expect((await house.broker.status()).servers[0]?.state).toBe('signed-in');
    expect(house.tabs()).toHaveLength(1);
    const call = host.ask('tools/call');
    await house.opens(2);
    await house.consent();
    expect((await call).result).toBeDefined();
  });

  test('is tried again when the sign-in for them failed before there was a link', async () => {
    const house = demanding();
    const host = await signedIn(house);
    const { handle } = house.as;
    house.world.mount(house.as.issuer, () => new Response('', { status: 503 }));
    expect(faultIn(await host.ask('tools/call'))?.code).toBe('discovery.no-metadata');
    house.world.mount(house.as.issuer, handle);
    const call = host.ask('tools/call');
    await house.opens(2);
    await house.consent();
    expect((await call).result).toBeDefined();
  });
});
