import { describe, expect, test } from 'vitest';
import type { Fault } from '../../src/base/fault.ts';
import type { CallbackArrival } from '../../src/base/world.ts';
import { Callbacks } from '../../src/oauth/callback.ts';
import { fakeWorld } from '../support/fake-world.ts';

const ADDRESS = { host: '127.0.0.1', port: 4000, path: '/callback' };
const back = (state: string) => `http://127.0.0.1:4000/callback?code=the-code&state=${state}`;
const PAGE = { status: 200, title: 'Title', text: 'Text.' };

async function open() {
  const world = fakeWorld();
  const callbacks = new Callbacks(world);
  const abort = new AbortController();
  await callbacks.open(ADDRESS);
  return { world, callbacks, abort };
}

describe('a callback', () => {
  test('reaches the sign-in that waits for its state, and no other', async () => {
    const { world, callbacks, abort } = await open();
    const arrivals = ['one', 'two'].map(state => callbacks.expect(state, abort.signal));
    const page = world.browse(back('two'));
    const arrival = await arrivals[1];
    expect(arrival?.url.href).toBe(back('two'));
    arrival?.answer(PAGE);
    expect(await page).toEqual(PAGE);
    const first = await Promise.race([arrivals[0], world.clock.settle().then(() => 'still waiting')]);
    expect(first).toBe('still waiting');
  });

  test.each(['unknown', 'tw', 'twoo', 'TWO', '', '__proto__', 'constructor'])(
    'with the state "%s" gets a page that says that nothing waits for it',
    async state => {
      const { world, callbacks, abort } = await open();
      let arrived = false;
      void callbacks.expect('two', abort.signal).then(() => {
        arrived = true;
      });
      const page = await world.browse(back(state));
      expect(page).toMatchObject({ status: 404, title: 'No sign-in is waiting for this page' });
      expect(JSON.stringify(page)).not.toMatch(/the-code|two/i);
      await world.clock.settle();
      expect(arrived).toBe(false);
    },
  );

  test('counts once: whatever comes with its state again gets a page that says so', async () => {
    const { world, callbacks, abort } = await open();
    const arrival = callbacks.expect('one', abort.signal);
    void world.browse(back('one'));
    await arrival;
    for (const _ of [1, 2]) {
      const page = await world.browse(back('one'));
      expect(page).toMatchObject({ status: 200, title: 'This sign-in has already come back' });
      expect(JSON.stringify(page)).not.toContain('the-code');
    }
  });

  test('a second time says how the first one ended, once it has, and is sent nowhere', async () => {
    const { world, callbacks, abort } = await open();
    const ended = { status: 502, title: 'The sign-in did not succeed', text: 'Nothing was stored.' };
    const signedIn = {
      status: 200,
      title: 'You are signed in',
      text: 'All is well.',
      location: 'https://a.example/',
    };
    for (const [state, page] of [
      ['one', ended],
      ['two', signedIn],
    ] as const) {
      const arrival = callbacks.expect(state, abort.signal);
      const first = world.browse(back(state));
      const arrived = await arrival;
      expect((await world.browse(back(state))).text).toContain('still under way');
      arrived.answer(page);
      expect(await first).toEqual(page);
      for (const _ of [1, 2]) {
        expect(await world.browse(back(state))).toEqual({
          status: 200,
          title: 'This sign-in has already come back',
          text: `${page.title}, in another tab. ${page.text}`,
        });
      }
    }
  });

  test('of a sign-in that was given up finds nobody', async () => {
    const { world, callbacks, abort } = await open();
    const arrival = callbacks.expect('one', abort.signal);
    abort.abort(new Error('Enough.'));
    await expect(arrival).rejects.toThrow('Enough.');
    expect((await world.browse(back('one'))).status).toBe(404);
    await expect(callbacks.expect('two', abort.signal)).rejects.toThrow('Enough.');
    expect((await world.browse(back('two'))).status).toBe(404);
  });

  test('that came is not taken back when its sign-in is given up', async () => {
    const { world, callbacks, abort } = await open();
    const arrival = callbacks.expect('one', abort.signal);
    void world.browse(back('one'));
    abort.abort(new Error('Enough.'));
    expect((await arrival).url.href).toBe(back('one'));
    expect((await world.browse(back('one'))).title).toBe('This sign-in has already come back');
  });

  test('is remembered for a while, not for ever', async () => {
    const { world, callbacks, abort } = await open();
    for (let each = 0; each < 60; each++) {
      const arrival = callbacks.expect(`state-${each}`, abort.signal);
      void world.browse(back(`state-${each}`));
      await arrival;
    }
    expect((await world.browse(back('state-0'))).status).toBe(404);
    expect((await world.browse(back('state-59'))).status).toBe(200);
  });
});

describe('a listener', () => {
  test('is opened once for all sign-ins with the same address', async () => {
    const { callbacks } = await open();
    const again = await Promise.all([callbacks.open(ADDRESS), callbacks.open({ ...ADDRESS })]);
    expect(again[0]).toBe(again[1]);
    expect(again[0]?.redirectUri).toBe('http://127.0.0.1:4000/callback');
  });

  test('is one of several where the addresses differ, and states are known on all of them', async () => {
    const { world, callbacks, abort } = await open();
    await callbacks.open({ ...ADDRESS, port: 4001 });
    const arrival = callbacks.expect('one', abort.signal);
    void world.browse('http://127.0.0.1:4001/callback?state=one');
    expect((await arrival).url.port).toBe('4001');
  });

  test('that could not be opened is tried anew', async () => {
    const world = fakeWorld();
    const callbacks = new Callbacks(world);
    const holder = await world.listenForCallback(ADDRESS, () => {});
    const code = (error: Fault) => error.code;
    const both = [callbacks.open(ADDRESS), callbacks.open(ADDRESS)];
    expect(await Promise.all(both.map(each => each.catch(code)))).toEqual([
      'callback.port-in-use',
      'callback.port-in-use',
    ]);
    await holder.close();
    expect((await callbacks.open(ADDRESS)).port).toBe(4000);
  });

  test('is closed with the others at the end', async () => {
    const { world, callbacks } = await open();
    await callbacks.open({ ...ADDRESS, port: 4001 });
    await callbacks.close();
    for (const port of [4000, 4001]) await world.listenForCallback({ ...ADDRESS, port }, () => {});
  });
});

describe('a pasted callback URL', () => {
  test('is taken for the browser, white space around it or not', async () => {
    const { callbacks, abort } = await open();
    const arrival = callbacks.expect('one', abort.signal);
    const page = callbacks.deliver(`\n ${back('one')} \r\n`);
    (await arrival).answer(PAGE);
    expect(await page).toEqual(PAGE);
  });

  test.each([
    ['nothing', ''],
    ['no URL', 'code=the-code&state=one'],
    ['the link itself, without a state of ours', 'https://as.example/authorize?state=other'],
    ['no state', 'http://127.0.0.1:4000/callback?code=the-code'],
    ['another state', back('two')],
    ['the state elsewhere', 'http://127.0.0.1:4000/callback#state=one'],
    ['a script', 'javascript:alert(1)'],
  ])('that is %s is refused without repeating it', async (_what, text) => {
    const { callbacks, abort } = await open();
    void callbacks.expect('one', abort.signal);
    await expect(callbacks.deliver(text)).rejects.toMatchObject({
      code: 'callback.invalid',
      message: 'This is not the address of a sign-in that is waiting.',
      remedy: 'Paste the whole address from the browser, from http:// to the end.',
    });
  });

  test('counts once', async () => {
    const { callbacks, abort } = await open();
    const arrivals: CallbackArrival[] = [];
    void callbacks.expect('one', abort.signal).then(arrival => arrivals.push(arrival));
    void callbacks.deliver(back('one'));
    await expect(callbacks.deliver(back('one'))).rejects.toMatchObject({
      code: 'callback.invalid',
    });
    expect(arrivals).toHaveLength(1);
  });

  test('that is the link that was opened is refused and leaves the sign-in waiting', async () => {
    const { callbacks, abort, world } = await open();
    const arrival = callbacks.expect('one', abort.signal);
    const link = 'https://as.example/authorize?client_id=c&redirect_uri=http%3A%2F%2F127.0.0.1&state=one';
    await expect(callbacks.deliver(link)).rejects.toMatchObject({
      code: 'callback.invalid',
    });
    void world.browse(back('one'));
    expect((await arrival).url.href).toBe(back('one'));
  });
});
