import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import type { Quirks } from '../support/authorization-server.ts';
import { calm, faultIn, type Household, household, settings, signedIn, until } from '../support/household.ts';

const MINUTE = 60_000;

/** Everybody is refused in the browser. */
const denies = {
  callback: (back: URLSearchParams) => {
    back.delete('code');
    back.set('error', 'access_denied');
  },
};

/** Only tokens of the last sign-ins are taken, none of a renewal; as after a revocation. */
function revoke(house: Household): void {
  for (const secret of house.as.secrets) house.mcp.revoked.add(secret);
}

const noRefreshToken = {
  token: (answer: JsonObject) => {
    const { refresh_token: _left, ...rest } = answer;
    return Response.json(rest);
  },
};

describe('a sign-in the user refuses', () => {
  test('is told to every request that waits, with the reason and what to do', async () => {
    const house = household({ quirks: denies });
    const [one, other] = [house.host(), house.host()];
    await Promise.all([one.initialize(), other.initialize()]);
    const lists = [one.ask('tools/list'), other.ask('tools/list'), other.ask('prompts/list')];
    await house.opens(1);
    await house.consent();
    for (const list of lists) {
      expect(faultIn(await list)).toMatchObject({
        code: 'sign-in.denied',
        message: expect.stringContaining('access_denied'),
      });
    }
    expect(one.trouble.at(-1)).toMatchObject({ code: 'sign-in.denied' });
  });

  test('is not shown again by itself to a host that was there, however long it asks', async () => {
    const house = household({ quirks: denies });
    const host = house.host();
    await host.initialize();
    await house.opens(1);
    await house.consent();
    for (let round = 0; round < 5; round++) {
      await house.world.clock.advance(MINUTE);
      const { error } = await host.ask('tools/list');
      expect(error?.data?.keybridge).toMatchObject({
        code: 'sign-in.denied',
        remedy: `To try again: keybridge login ${settings().server}, or restart the app that uses the server after a minute.`,
      });
    }
    expect(house.tabs()).toHaveLength(1);
  });

  test('is not shown within a minute to a host that comes, and is after it', async () => {
    const house = household({ quirks: denies });
    await house.host().initialize();
    await house.opens(1);
    await house.consent();
    await calm();
    await house.world.clock.advance(MINUTE - 1_000);
    const soon = house.host();
    expect(faultIn(await soon.initialize())?.code).toBe('sign-in.denied');
    expect(house.tabs()).toHaveLength(1);
    await house.world.clock.advance(1_000);
    await house.host().initialize();
    await house.opens(2);
    expect(new Set(house.tabs()).size).toBe(2);
  });

  test('can be made up for by a login, after which the host goes on and is told to ask for its lists', async () => {
    const quirks: { callback?: (back: URLSearchParams) => void } = { ...denies };
    const house = household({ quirks });
    const host = house.host();
    await host.initialize();
    await house.opens(1);
    await house.consent();
    expect(faultIn(await host.ask('tools/list'))?.code).toBe('sign-in.denied');
    delete quirks.callback;
    const login = house.broker.login(settings())[Symbol.asyncIterator]();
    await login.next();
    expect(house.tabs()).toHaveLength(2);
    await house.consent();
    expect(await login.next()).toMatchObject({ value: { kind: 'signed-in', tokenNeeded: true } });
    await host.hears(({ method }) => method === 'notifications/tools/list_changed');
    expect((await host.ask('tools/list')).result).toBeDefined();
  });
});

describe('a sign-in that was refused once', () => {
  test('counts for nothing after one that succeeded', async () => {
    const quirks: Quirks = { ...noRefreshToken, ...denies };
    const house = household({ quirks });
    const host = house.host();
    await host.initialize();
    await house.opens(1);
    await house.consent();
    await calm();
    delete quirks.callback;
    await house.world.clock.advance(MINUTE);
    const other = house.host();
    await other.initialize();
    await house.opens(2);
    await house.consent();
    expect((await host.ask('tools/list')).result).toBeDefined();
    await house.world.clock.advance(MINUTE);
    revoke(house);
    const call = host.ask('tools/call');
    await house.opens(3);
    await house.consent();
    expect((await call).result).toBeDefined();
  });
});

describe('a sign-in that fails before anybody was shown a link', () => {
  test('is told at once, and tried again when the host asks again', async () => {
    const house = household();
    const { handle } = house.as;
    house.world.mount(house.as.issuer, () => new Response('', { status: 503 }));
    const host = house.host();
    expect(faultIn(await host.initialize())?.code).toBe('discovery.no-metadata');
    expect(faultIn(await host.ask('tools/list'))?.code).toBe('discovery.no-metadata');
    house.world.mount(house.as.issuer, handle);
    await house.world.clock.advance(1_000);
    const list = host.ask('tools/list');
    await house.opens(1);
    await house.consent();
    expect((await list).result).toBeDefined();
  });

  test('is not tried again for a ping, which is answered', async () => {
    const house = household();
    house.world.mount(house.as.issuer, () => new Response('', { status: 503 }));
    const host = house.host();
    await host.initialize();
    await house.world.clock.advance(10_000);
    const before = house.world.dials.length;
    expect(await host.ask('ping')).toMatchObject({ result: {} });
    await calm();
    expect(house.world.dials).toHaveLength(before);
  });
});

describe('a grant that is lost', () => {
  test('opens no tab while no host asks for anything, and one when one does', async () => {
    const house = household({ quirks: noRefreshToken });
    house.mcp.stream = () =>
      new Response(new ReadableStream({ start: stream => void streams.push(stream) }), {
        headers: { 'content-type': 'text/event-stream' },
      });
    const streams: ReadableStreamDefaultController[] = [];
    const host = await signedIn(house);
    await until('the stream is open', () => streams.length === 1);
    await house.world.clock.advance(MINUTE);
    revoke(house);
    streams[0]?.close();
    await house.world.clock.advance(10 * MINUTE);
    await until('the stream was asked for again', () => house.mcp.gets.length >= 2);
    await calm();
    expect(house.tabs()).toHaveLength(1);
    const call = host.ask('tools/call', { arguments: 'x' });
    await house.opens(2);
    await house.consent();
    expect((await call).result).toMatchObject({ echoed: 'x' });
  });

  test('opens one tab for several hosts that ask at once, and both are served', async () => {
    const house = household({ quirks: noRefreshToken });
    const one = await signedIn(house);
    const other = house.host();
    await other.initialize();
    await house.world.clock.advance(MINUTE);
    revoke(house);
    const calls = [one.ask('tools/call'), other.ask('tools/call'), other.ask('tools/list')];
    await house.opens(2);
    await calm();
    await house.consent();
    for (const call of calls) expect((await call).result).toBeDefined();
    expect(house.tabs()).toHaveLength(2);
  });

  test('and whose new sign-in is refused counts for nothing any more', async () => {
    const quirks: Quirks = { ...noRefreshToken };
    const house = household({ quirks });
    const host = await signedIn(house);
    await house.world.clock.advance(MINUTE);
    revoke(house);
    quirks.callback = denies.callback;
    const call = host.ask('tools/call');
    await house.opens(2);
    await house.consent();
    expect(faultIn(await call)?.code).toBe('sign-in.denied');
    expect((await house.broker.status()).servers[0]?.state).toBe('signed-out');
  });

  test('for which a host waits ends its wait after 45 seconds, not later for having been renewed in vain', async () => {
    const house = household();
    const host = await signedIn(house);
    revoke(house);
    house.world.mount(house.as.issuer, async (request, dialled) => {
      if (!request.url.endsWith('/token')) return house.as.handle(request, dialled);
      await house.world.clock.sleep(20_000);
      return Response.json({ error: 'invalid_grant' }, { status: 400 });
    });
    const call = host.ask('tools/call');
    await until(
      'the token is being renewed',
      () => house.world.dials.at(-1)?.url.endsWith('/token') ?? false,
    );
    await house.world.clock.advance(20_000);
    await house.opens(2);
    await calm();
    await house.world.clock.advance(25_000);
    expect(faultIn(await call)?.code).toBe('sign-in.needed');
  });
});

describe('a token that is refused right after it was issued', () => {
  test('is no loop: one tab, one sentence that says whom to ask', async () => {
    const house = household({ quirks: noRefreshToken });
    house.mcp.revoked.has = () => true;
    const host = house.host();
    await host.initialize();
    const list = host.ask('tools/list');
    await house.opens(1);
    await house.consent();
    expect(faultIn(await list)).toMatchObject({
      code: 'server.refused',
      message: 'mcp.example refuses the token that https://as.example has just issued for it.',
    });
    for (let round = 0; round < 5; round++) {
      await house.world.clock.advance(20_000);
      expect(faultIn(await host.ask('tools/list'))?.code).toBe('server.refused');
    }
    expect(house.tabs()).toHaveLength(1);
  });

  test('and renewed in vain is no loop either', async () => {
    const house = household();
    house.mcp.revoked.has = () => true;
    const host = house.host();
    await host.initialize();
    await house.opens(1);
    const first = host.ask('tools/list');
    await house.consent();
    expect(faultIn(await first)?.code).toBe('server.refused');
    for (let round = 0; round < 3; round++) {
      const before = house.as.redeemed.length;
      await house.world.clock.advance(20_000);
      expect(faultIn(await host.ask('tools/list'))?.code).toBe('server.refused');
      expect(house.as.redeemed.length - before).toBeLessThanOrEqual(2);
    }
    expect(house.tabs()).toHaveLength(1);
  });

  test('is used again once the server takes it, and its later loss is a sign-in like any other', async () => {
    const house = household({ quirks: noRefreshToken });
    let all = true;
    const { has } = house.mcp.revoked;
    house.mcp.revoked.has = token => all || has.call(house.mcp.revoked, token);
    const host = house.host();
    await host.initialize();
    const list = host.ask('tools/list');
    await house.opens(1);
    await house.consent();
    expect(faultIn(await list)?.code).toBe('server.refused');
    all = false;
    await house.world.clock.advance(1_000);
    expect((await host.ask('tools/list')).result).toBeDefined();
    expect((await host.ask('tools/list')).result).toBeDefined();
    await house.world.clock.advance(MINUTE);
    revoke(house);
    const call = host.ask('tools/call');
    await house.opens(2);
    await house.consent();
    expect((await call).result).toBeDefined();
  });
});
