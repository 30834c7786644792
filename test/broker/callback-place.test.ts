import { describe, expect, test } from 'vitest';
import { openCallbackPlace } from '../../src/broker/callback-place.ts';
import { Facts } from '../../src/broker/facts.ts';
import { Callbacks } from '../../src/oauth/callback.ts';
import type { ClientOptions } from '../../src/oauth/client-options.ts';
import { fakeWorld } from '../support/fake-world.ts';
import { thrown } from '../support/household.ts';

function installation() {
  const world = fakeWorld();
  const facts = new Facts(world);
  const said: string[] = [];
  const place = (options: ClientOptions = {}, callbacks = new Callbacks(world)) =>
    openCallbackPlace(options, callbacks, facts, world, text => void said.push(text));
  return { world, facts, said, place };
}

describe('the place browsers come back to', () => {
  test('is one address for all sign-ins, in both spellings, on a port below the system’s own', async () => {
    const { place, world, facts } = installation();
    const callbacks = new Callbacks(world);
    const { redirectUris } = await place({}, callbacks);
    const port = Number(new URL(redirectUris[0] ?? '').port);
    expect(port).toBeGreaterThanOrEqual(20_000);
    expect(port).toBeLessThan(32_000);
    expect(redirectUris).toEqual([`http://127.0.0.1:${port}/callback`, `http://localhost:${port}/callback`]);
    expect(await place({}, callbacks)).toEqual({ redirectUris });
    expect(await facts.callbackPort()).toBe(port);
  });

  test('is where a registration names it, and then only in that spelling', async () => {
    const { place, facts } = installation();
    const callback = { host: 'localhost', port: 3334, path: '/oauth/callback' };
    expect(await place({ callback })).toEqual({ redirectUris: ['http://localhost:3334/oauth/callback'] });
    // It is that registration's, not the installation's.
    expect(await facts.callbackPort()).toBeUndefined();
  });

  test('keeps the installation’s port where only a path or a host is named', async () => {
    const { place, facts } = installation();
    await facts.rememberCallbackPort(21_000);
    expect(await place({ callback: { path: '/other' } })).toEqual({
      redirectUris: ['http://127.0.0.1:21000/other'],
    });
  });

  test('moves to another port when a stranger holds it, says so, and stays there', async () => {
    const { place, world, facts, said } = installation();
    await facts.rememberCallbackPort(21_000);
    world.occupy(21_000);
    const { redirectUris } = await place();
    const { port } = new URL(redirectUris[0] ?? '');
    expect(port).not.toBe('21000');
    expect(said).toEqual([
      'Port 21000 is in use.',
      `Using callback port ${port} instead, and registering anew for it.`,
    ]);
    expect(await facts.callbackPort()).toBe(Number(port));
  });

  test('says nothing of ports it only tried', async () => {
    const { place, world, said } = installation();
    const { redirectUris } = await installation().place();
    world.occupy(Number(new URL(redirectUris[0] ?? '').port));
    expect((await place()).redirectUris[0]).not.toBe(redirectUris[0]);
    expect(said).toEqual([]);
  });

  test('is given up when everything is held', async () => {
    const { place, world } = installation();
    for (let port = 20_000; port < 32_000; port++) world.occupy(port);
    expect((await thrown(place())).code).toBe('callback.port-in-use');
  });

  test('is known with what keeps it from being opened, until it is', async () => {
    const { place, world } = installation();
    const callbacks = new Callbacks(world);
    expect(callbacks.stable).toEqual({});
    for (let port = 20_000; port < 32_000; port++) world.occupy(port);
    await thrown(place({}, callbacks));
    expect(callbacks.stable).toMatchObject({ trouble: { code: 'callback.port-in-use' } });
    await place({ callback: { host: 'localhost', port: 3334, path: '/oauth/callback' } }, callbacks);
    expect(callbacks.stable.redirectUri).toBeUndefined();
    const { redirectUri } = await callbacks.open({ host: '127.0.0.1', port: 40_123, path: '/callback' });
    expect(callbacks.stable).toEqual({ redirectUri });
  });

  test('is not moved for a client somebody registered by hand', async () => {
    const { place, world } = installation();
    world.occupy(3334);
    const options = { staticClient: { clientId: 'by-hand' }, callback: { port: 3334 } };
    expect((await thrown(place(options))).code).toBe('callback.port-in-use');
  });
});
