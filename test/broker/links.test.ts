import { describe, expect, test } from 'vitest';
import { calm, faultIn, household, SHOWS_LINKS, settings, until } from '../support/household.ts';

const MINUTE = 60_000;

describe('the tab of a sign-in', () => {
  test('is one, however many hosts, requests and accounts of one server wait for it', async () => {
    const house = household();
    const hosts = Array.from({ length: 20 }, () => house.host());
    await Promise.all(hosts.map(host => host.initialize()));
    const lists = hosts.map(host => host.ask('tools/list'));
    await house.opens(1);
    await calm();
    expect(house.tabs()).toHaveLength(1);
    await house.consent();
    for (const list of lists) expect((await list).result).toBeDefined();
    expect(house.tabs()).toHaveLength(1);
    expect(house.as.registered).toHaveLength(1);
    expect(house.as.redeemed).toHaveLength(1);
  });

  test('is not opened again for a host that connects within a minute', async () => {
    const house = household();
    await house.host().initialize();
    await house.opens(1);
    await house.world.clock.advance(MINUTE - 1_000);
    await house.host().initialize();
    await calm();
    expect(house.tabs()).toHaveLength(1);
  });

  test('is opened again, with the same state, for one that connects later; three times in all', async () => {
    const house = household();
    for (const count of [1, 2, 3]) {
      await house.host().initialize();
      await house.opens(count);
      await house.world.clock.advance(MINUTE);
    }
    await house.host().initialize();
    await calm();
    expect(new Set(house.world.opened.map(({ href }) => href)).size).toBe(1);
    expect(house.tabs()).toHaveLength(3);
  });

  test('is opened for whoever asks for it, at once and whatever was before, and then counts anew', async () => {
    const house = household();
    for (const count of [1, 2, 3]) {
      await house.host().initialize();
      await house.opens(count);
      await house.world.clock.advance(MINUTE);
    }
    const login = house.broker.login(settings());
    expect(await login[Symbol.asyncIterator]().next()).toMatchObject({
      value: { kind: 'link', url: house.world.opened[0]?.href, opened: true },
    });
    await house.opens(4);
    await house.host().initialize();
    await calm();
    expect(house.tabs()).toHaveLength(4);
    await house.world.clock.advance(MINUTE);
    await house.host().initialize();
    await house.opens(5);
    expect(new Set(house.tabs()).size).toBe(1);
  });

  test('serves from any of its copies', async () => {
    const house = household();
    const host = house.host();
    await host.initialize();
    await house.opens(1);
    await house.world.clock.advance(MINUTE);
    const second = house.host();
    await second.initialize();
    await house.opens(2);
    await house.consent(house.world.opened[0]);
    expect((await host.ask('tools/list')).result).toBeDefined();
    expect((await second.ask('tools/list')).result).toBeDefined();
    const page = await house.consent(house.world.opened[1]);
    expect(page).toMatchObject({ status: 200, title: expect.stringMatching(/already/i) });
    expect(house.as.redeemed).toHaveLength(1);
  });

  test('serves the next host when the first was gone before the user consented', async () => {
    const house = household();
    const first = house.host();
    await first.initialize();
    await house.opens(1);
    await first.leave();
    const second = house.host();
    await second.initialize();
    const list = second.ask('tools/list');
    await calm();
    expect(house.tabs()).toHaveLength(1);
    await house.consent();
    expect((await list).result).toBeDefined();
  });

  test('serves the next host also when nobody was connected as the user consented', async () => {
    const house = household();
    const first = house.host();
    await first.initialize();
    await house.opens(1);
    await first.leave();
    expect((await house.consent()).title).toBe('You are signed in');
    await calm();
    const second = house.host();
    expect((await second.initialize()).result).toEqual(house.mcp.initialized);
    expect(house.tabs()).toHaveLength(1);
  });

  test('that cannot be opened is given as a link in the log and in the error', async () => {
    const house = household({ world: { openBrowser: () => Promise.reject(new Error('no display')) } });
    const host = house.host();
    await host.initialize();
    await until('the link is logged', () =>
      host.log.some(text => text.includes('https://as.example/authorize')),
    );
    const list = host.ask('tools/list');
    await calm();
    await house.world.clock.advance(45_000);
    const link = faultIn(await list)?.data?.signInUrl;
    expect(link).toContain('https://as.example/authorize');
    await house.world.browse(link ?? '');
    expect((await host.ask('tools/list')).result).toBeDefined();
  });

  test('that was followed to the end in a browser that says it failed is not given as a link any more', async () => {
    const house = household();
    house.world.openBrowser = async url => {
      await house.world.browse(url);
      throw new Error('exit code 1');
    };
    const host = house.host();
    await host.initialize();
    expect((await host.ask('tools/list')).result).toBeDefined();
    await calm();
    expect(host.log.join()).not.toContain('https://as.example/authorize');
  });

  test('is opened by the program the shim names', async () => {
    const programs: (string | undefined)[] = [];
    const house = household({
      world: { openBrowser: async (_url, program) => void programs.push(program) },
    });
    await house.host({ browser: '/usr/bin/other' }).initialize();
    await until('it was called', () => programs.length > 0);
    expect(programs).toEqual(['/usr/bin/other']);
  });
});

describe('a host that can show links', () => {
  const asked = (house: ReturnType<typeof household>, host = house.host()) =>
    host
      .initialize(SHOWS_LINKS)
      .then(() => host.hears(({ method }) => method === 'elicitation/create'))
      .then(question => ({ host, question, id: question.id as string }));

  test('is asked to, with the whole link, the server and the page’s host; no tab opens', async () => {
    const house = household();
    const { question } = await asked(house);
    await calm();
    expect(house.world.opened).toEqual([]);
    expect(question).toEqual({
      jsonrpc: '2.0',
      id: expect.any(String),
      method: 'elicitation/create',
      params: {
        mode: 'url',
        elicitationId: expect.stringMatching(/^[\w-]{22}$/),
        url: expect.stringMatching(/^https:\/\/as\.example\/authorize\?.*state=/),
        message: 'Sign in to mcp.example. The page is at as.example.',
      },
    });
  });

  test('is asked only once it has said `initialized`', async () => {
    const house = household();
    const host = house.host();
    const { result } = await host.ask('initialize', {
      protocolVersion: '2025-11-25',
      ...SHOWS_LINKS,
    });
    expect(result).toBeDefined();
    await calm();
    expect(host.told()).toEqual([]);
    host.say({ jsonrpc: '2.0', method: 'notifications/initialized' });
    await host.hears(({ method }) => method === 'elicitation/create');
    expect(house.world.opened).toEqual([]);
  });

  test('and never says `initialized` has a tab opened after five seconds', async () => {
    const house = household();
    const host = house.host();
    await host.ask('initialize', { protocolVersion: '2025-11-25', ...SHOWS_LINKS });
    await calm();
    await house.world.clock.advance(5_000);
    await house.opens(1);
    expect(host.told()).toEqual([]);
  });

  test('is told when the sign-in it showed is over, whether or not it had answered', async () => {
    for (const answers of [true, false]) {
      const house = household();
      const { host, question, id } = await asked(house);
      if (answers) host.say({ jsonrpc: '2.0', id, result: { action: 'accept' } });
      const params = question.params as { url: string; elicitationId: string };
      await house.world.browse(params.url);
      const complete = await host.hears(({ method }) => method === 'notifications/elicitation/complete');
      expect(complete.params).toEqual({ elicitationId: params.elicitationId });
      expect((await host.ask('tools/list')).result).toBeDefined();
      expect(house.world.opened).toEqual([]);
      // Its answer was for us.
      expect(house.mcp.received.some(({ text }) => text.includes('accept'))).toBe(false);
    }
  });

  test('and declines ends the sign-in: who waits is told, and no tab opens', async () => {
    for (const action of ['decline', 'cancel']) {
      const house = household();
      const { host, id } = await asked(house);
      const list = host.ask('tools/list');
      host.say({ jsonrpc: '2.0', id, result: { action } });
      expect(faultIn(await list)).toMatchObject({
        code: 'sign-in.denied',
        message: expect.stringContaining('declined in the app'),
      });
      await calm();
      expect(host.told()).not.toContain('notifications/elicitation/complete');
      expect(house.world.opened).toEqual([]);
    }
  });

  test('and turns out not to has one tab opened, and is told of nothing later', async () => {
    const house = household();
    const { host, id } = await asked(house);
    host.say({ jsonrpc: '2.0', id, error: { code: -32601, message: 'Method not found' } });
    await house.opens(1);
    await house.consent();
    expect((await host.ask('tools/list')).result).toBeDefined();
    expect(house.tabs()).toHaveLength(1);
    expect(host.told()).not.toContain('notifications/elicitation/complete');
  });

  test('and has no answer until after the sign-in was done elsewhere has no dead tab opened', async () => {
    const house = household();
    const { host, question, id } = await asked(house);
    await house.world.browse((question.params as { url: string }).url);
    await host.ask('tools/list');
    host.say({ jsonrpc: '2.0', id, error: { code: -32601, message: 'Method not found' } });
    await calm();
    expect(house.world.opened).toEqual([]);
  });

  test('and leaves before it can be asked has no tab opened; the next host has', async () => {
    const house = household();
    const host = house.host();
    await host.ask('initialize', { protocolVersion: '2025-11-25', ...SHOWS_LINKS });
    await calm();
    await host.leave();
    await calm();
    expect(house.world.opened).toEqual([]);
    await house.host().initialize();
    await house.opens(1);
  });

  test('and leaves with the question open passes it to the next host', async () => {
    const house = household();
    const { host } = await asked(house);
    await host.leave();
    const second = house.host();
    await second.initialize();
    await house.opens(1);
    expect(house.tabs()).toHaveLength(1);
  });

  test('and leaves with the question open passes it to a host that was waiting already', async () => {
    const house = household();
    const { host, question } = await asked(house);
    const second = house.host();
    await second.initialize(SHOWS_LINKS);
    await calm();
    expect(second.told()).toEqual([]);
    await host.leave();
    const again = await second.hears(({ method }) => method === 'elicitation/create');
    const url = (each: typeof again) => (each.params as { url: string }).url;
    expect(url(again)).toBe(url(question));
  });

  test('and left long after another was asked undoes nothing of that', async () => {
    const house = household();
    const { host } = await asked(house);
    await house.world.clock.advance(MINUTE);
    await house.host().initialize();
    await house.opens(1);
    await host.leave();
    await house.host().initialize();
    await calm();
    expect(house.tabs()).toHaveLength(1);
  });

  test('and accepted counts as somebody who acted', async () => {
    const house = household();
    for (const count of [1, 2]) {
      await house.host().initialize();
      await house.opens(count);
      await house.world.clock.advance(MINUTE);
    }
    const { host, id } = await asked(house);
    host.say({ jsonrpc: '2.0', id, result: { action: 'accept' } });
    await calm();
    await house.host().initialize();
    await calm();
    expect(house.tabs()).toHaveLength(2);
    await house.world.clock.advance(MINUTE);
    await house.host().initialize();
    await house.opens(3);
  });

  test('in forms only is not asked: it has a tab', async () => {
    const house = household();
    const host = house.host();
    await host.initialize({ capabilities: { elicitation: { form: {} } } });
    await house.opens(1);
    await calm();
    expect(host.told()).toEqual([]);
  });
});
