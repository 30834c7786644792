import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import type { Files } from '../../src/base/world.ts';
import { authorizationServer } from '../support/authorization-server.ts';
import { memoryFiles } from '../support/fake-world.ts';
import {
  calm,
  events,
  type FakeHost,
  faultIn,
  type Household,
  household,
  keychain,
  LOCKED,
  settings,
  signedIn,
  thrown,
} from '../support/household.ts';
import { mcpInMemory } from '../support/mcp-in-memory.ts';

/** A disk that can be full. */
function disk(): { files: Files; fill(full: boolean): void; names: Set<string> } {
  const files = memoryFiles();
  const names = new Set<string>();
  let isFull = false;
  return {
    names,
    fill: full => {
      isFull = full;
    },
    files: {
      read: files.read,
      replace: async (name, bytes) => {
        if (isFull) throw new Fault('store.unwritable', 'No space left on the device.');
        names.add(name);
        await files.replace(name, bytes);
      },
    },
  };
}

/** Ends a broker and starts another on what it left: its disk and its keychain. */
async function signedInBefore(): Promise<{ house: Household; keys: ReturnType<typeof keychain> }> {
  const keys = keychain();
  const house = household({ world: { vault: keys.vault } });
  await (await signedIn(house)).leave();
  await house.broker.close();
  return { house, keys };
}

const first = (host: FakeHost, id = 'first') => host.ask('tools/list', {}, id);

describe('a keychain that is locked', () => {
  test('leaves the host with an answer to initialize, its user told once, and no tab', async () => {
    const { house, keys } = await signedInBefore();
    keys.lock(true);
    const host = house.host({}, undefined, house.start());
    // What the server said is sealed with the key in that keychain, too.
    expect((await host.initialize()).result).toMatchObject({ serverInfo: { name: 'mcp.example' } });
    await house.world.clock.advance(20_000);
    expect(host.log).toEqual([LOCKED.sentence]);
    expect(house.tabs()).toHaveLength(1);
  });

  test('makes requests wait; they go on once it is unlocked, and nobody signs in', async () => {
    const { house, keys } = await signedInBefore();
    keys.lock(true);
    const host = house.host({}, undefined, house.start());
    await host.initialize();
    const list = first(host);
    await house.world.clock.advance(20_000);
    keys.lock(false);
    await house.world.clock.advance(2_000);
    expect((await list).result).toBeDefined();
    expect(house.tabs()).toHaveLength(1);
  });

  test('and stays so is the reason requests get, each after 45 seconds; later ones go on', async () => {
    const { house, keys } = await signedInBefore();
    keys.lock(true);
    const host = house.host({}, undefined, house.start());
    await host.initialize();
    const list = first(host);
    await calm();
    await house.world.clock.advance(45_000);
    expect(faultIn(await list)).toMatchObject({ code: 'vault.locked', remedy: LOCKED.remedy });
    keys.lock(false);
    const next = host.ask('tools/list');
    await calm();
    await house.world.clock.advance(2_000);
    expect((await next).result).toBeDefined();
    expect(house.tabs()).toHaveLength(1);
  });

  test('before anybody ever signed in is unlocked first, and the sign-in is kept', async () => {
    const keys = keychain();
    const house = household({ world: { vault: keys.vault } });
    keys.lock(true);
    const host = house.host();
    await host.initialize();
    await house.world.clock.advance(20_000);
    expect(house.tabs()).toHaveLength(0);
    keys.lock(false);
    await house.world.clock.advance(2_000);
    await house.opens(1);
    await house.consent();
    expect((await first(host)).result).toBeDefined();
    const next = house.host({}, undefined, house.start());
    expect((await next.initialize()).result).toEqual(house.mcp.initialized);
    expect((await first(next)).result).toBeDefined();
    expect(house.tabs()).toHaveLength(1);
  });

  test('and a slow disk, too, are one answer to initialize', async () => {
    const keys = keychain();
    const read = Promise.withResolvers<void>();
    const files = memoryFiles();
    const slow: Files = {
      ...files,
      read: async name => {
        if (name === 'facts.json') await read.promise;
        return files.read(name);
      },
    };
    const house = household({ world: { vault: keys.vault, files: slow } });
    keys.lock(true);
    await files.replace('grants.sealed', new Uint8Array(100));
    const host = house.host();
    const initialized = host.initialize();
    await calm();
    await house.world.clock.advance(10_000);
    read.resolve();
    await initialized;
    await calm();
    expect(host.heard).toHaveLength(1);
  });

  test('is said by a status, which has an answer all the same', async () => {
    const { house, keys } = await signedInBefore();
    keys.lock(true);
    const status = await house.start().status();
    expect(status.vault).toEqual({ kind: 'keychain', trouble: 'vault.locked', note: LOCKED.sentence });
  });
});

describe('a disk that is full', () => {
  test('costs nothing while the broker lives, and nothing at all once there is room', async () => {
    const { vault } = keychain();
    const { files, fill, names } = disk();
    const house = household({ world: { vault, files } });
    fill(true);
    const host = await signedIn(house);
    await house.world.clock.advance(2 * 3_600_000);
    expect((await host.ask('tools/call')).result).toBeDefined();
    expect(house.tabs()).toHaveLength(1);
    expect(names.size).toBe(0);
    await host.leave();
    expect(await house.broker.mayEnd()).toBe(false);
    fill(false);
    expect(await house.broker.mayEnd()).toBe(true);
    const next = house.host({}, undefined, house.start());
    await next.initialize();
    expect((await first(next)).result).toBeDefined();
    expect(house.tabs()).toHaveLength(1);
  });

  test('does not stop a sign-in that replaces a grant, nor keep a dead one alive', async () => {
    const { vault } = keychain();
    const { files, fill } = disk();
    const house = household({ world: { vault, files } });
    const host = await signedIn(house);
    fill(true);
    for (const secret of house.as.secrets) house.mcp.revoked.add(secret);
    house.world.mount(house.as.issuer, (request, dialled) =>
      request.url.endsWith('/token') && house.world.opened.length < 2
        ? Response.json({ error: 'invalid_grant' }, { status: 400 })
        : house.as.handle(request, dialled),
    );
    const call = host.ask('tools/call');
    await house.opens(2);
    await house.consent();
    expect((await call).result).toBeDefined();
  });

  test('is said by a logout, which has ended the grant at the server by then', async () => {
    const { vault } = keychain();
    const { files, fill } = disk();
    const house = household({ world: { vault, files } });
    await signedIn(house);
    fill(true);
    expect((await thrown(house.broker.logout(settings()))).code).toBe('store.unwritable');
    fill(false);
    expect(await house.broker.logout(settings())).toBe(false);
    expect((await house.broker.status()).servers.map(({ state }) => state)).toEqual(['signed-out']);
  });
});

describe('a callback port that another program holds', () => {
  const place = (house: Household) =>
    new URL(house.world.opened.at(-1)?.searchParams.get('redirect_uri') ?? '');

  test('is named, another is taken, and the client is registered anew for it', async () => {
    const house = household({ world: { vault: keychain().vault } });
    await (await signedIn(house)).leave();
    const { port } = place(house);
    await house.broker.logout(settings());
    await house.broker.close();
    house.world.occupy(Number(port));
    const host = house.host({}, undefined, house.start());
    await host.initialize();
    await house.opens(2);
    const other = place(house).port;
    expect(other).not.toBe(port);
    expect(host.log).toEqual([
      `Port ${port} is in use.`,
      `Using callback port ${other} instead, and registering anew for it.`,
      expect.stringContaining('Sign in to mcp.example'),
    ]);
    expect(house.as.registered[1]?.redirect_uris).toContain(place(house).href);
    await house.consent();
    expect((await first(host)).result).toBeDefined();
  });

  test('and that belongs to a client registered by hand is an error, before anything is opened', async () => {
    const house = household();
    house.world.occupy(4711);
    const seen = await events(
      house.broker.login(
        settings({ client: { staticClient: { clientId: 'by-hand' }, callback: { port: 4711 } } }),
      ),
    );
    expect(seen.at(-1)).toMatchObject({ code: 'callback.port-in-use', message: 'Port 4711 is in use.' });
    expect(house.tabs()).toEqual([]);
  });

  test('stays the same from one sign-in and one broker to the next when it is free', async () => {
    const house = household({ world: { vault: keychain().vault } });
    await (await signedIn(house)).leave();
    const before = place(house).href;
    await house.broker.logout(settings());
    await house.broker.close();
    const host = house.host({}, undefined, house.start());
    await host.initialize();
    await house.opens(2);
    expect(place(house).href).toBe(before);
    expect(house.as.registered).toHaveLength(1);
  });
});

describe('a client the user gives', () => {
  const client = { staticClient: { clientId: 'by-hand', clientSecret: 'the-secret-of-the-user' } };

  test('is used as it is, and nothing is registered', async () => {
    const house = household();
    const host = await signedIn(house, { client });
    expect(house.as.registered).toEqual([]);
    expect(house.world.opened[0]?.searchParams.get('client_id')).toBe('by-hand');
    expect((await host.ask('tools/call')).result).toBeDefined();
  });

  test('is not shown to another issuer than the first, unless the server was forgotten', async () => {
    const house = household();
    await (await signedIn(house, { client })).leave();
    await house.broker.logout(settings({ client }));
    const other = authorizationServer({}, 'https://other.example');
    house.world.mount('https://mcp.example', mcpInMemory({ issuer: other.issuer }).handle);
    house.world.mount(other.issuer, other.handle);
    const [fault] = await events(house.broker.login(settings({ client })));
    expect(fault).toMatchObject({
      code: 'registration.mismatch',
      message:
        'The client id you gave was used with https://as.example, and mcp.example now names https://other.example.',
    });
    expect(house.tabs()).toHaveLength(1);
    await house.broker.forget(settings({ client }));
    const login = house.broker.login(settings({ client }))[Symbol.asyncIterator]();
    expect(await login.next()).toMatchObject({ value: { kind: 'link' } });
    expect(house.world.opened.at(-1)?.origin).toBe('https://other.example');
  });
});
