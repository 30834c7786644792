import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import type { SecretVault } from '../../src/base/world.ts';
import { exchangeableVault } from '../../src/tokens/exchangeable-vault.ts';
import { ServerList } from '../../src/window/server-list.ts';
import { surroundings } from '../support/desk.ts';
import { type FakeWorld, fakeWorld } from '../support/fake-world.ts';

const SERVER = 'https://mcp.example/mcp';
const HERE = { server: SERVER, profile: 'default' };
const CANARY = 'canary-0123456789';
const WITH_HEADER = `npx mcp-remote ${SERVER} --header "X-Key: ${CANARY}"`;

function listIn(world: FakeWorld): ServerList {
  return new ServerList(surroundings(world), () => {});
}

/** A keychain that can be locked; what it holds is there for the next process. */
function keychain() {
  const secrets = new Map<string, Uint8Array>();
  let isLocked = false;
  const open = () => {
    if (isLocked) throw new Fault('vault.locked', 'The keychain is locked.');
  };
  const vault: SecretVault = {
    kind: 'keychain',
    get: async name => {
      open();
      return secrets.get(name)?.slice();
    },
    set: async (name, secret) => {
      open();
      secrets.set(name, secret.slice());
    },
    delete: async name => {
      open();
      secrets.delete(name);
    },
  };
  const lock = (locked: boolean) => {
    isLocked = locked;
  };
  return { vault, lock };
}

/** A machine: each call is another process on it. */
function machine(vault?: SecretVault) {
  const first = fakeWorld();
  let seed = 1;
  return () => {
    const world = fakeWorld();
    // What one process has used as a nonce no other may use.
    for (let skip = seed++ * 100; skip > 0; skip--) world.random(1);
    return { ...world, files: first.files, vault: vault ?? world.vault };
  };
}

describe('the list of servers', () => {
  test('is there for the next process, with settings and secrets, none of which is on disk in the clear', async () => {
    const process = machine(keychain().vault);
    await listIn(process()).add(WITH_HEADER);
    await listIn(process()).change(HERE, {
      name: 'Mine',
      clientId: 'me',
      clientSecret: CANARY,
      scopes: ['a', 'b'],
    });
    const world = process();
    const list = listIn(world);
    expect(await list.known([])).toMatchObject([
      {
        ...HERE,
        listed: true,
        name: 'Mine',
        state: 'signed-out',
        settings: { scopes: ['a', 'b'], clientId: 'me', hasClientSecret: true, headers: ['X-Key'] },
      },
    ]);
    const { headers, client } = await list.settingsOf(HERE);
    expect(headers).toEqual([['X-Key', CANARY]]);
    expect(client).toMatchObject({
      staticClient: { clientId: 'me', clientSecret: CANARY },
      clientMetadata: { scope: 'a b' },
    });
    for (const file of ['servers.json', 'servers.sealed']) {
      expect(new TextDecoder('latin1').decode(await world.files.read(file))).not.toContain(CANARY);
    }
  });

  test('never answers with a secret', async () => {
    const list = listIn(fakeWorld());
    const read = await list.readPasted(WITH_HEADER);
    await list.add(WITH_HEADER);
    await list.change(HERE, { clientId: 'me', clientSecret: CANARY });
    const answers = [read, await list.known([]), await list.hostEntry(HERE)];
    expect(JSON.stringify(answers)).not.toContain(CANARY);
  });

  test('is there without its secrets after a process whose vault was its memory, and says so', async () => {
    const process = machine();
    await listIn(process()).add(`${WITH_HEADER}\nhttps://other.example/mcp`);
    const list = listIn(process());
    expect(await list.known([])).toMatchObject([
      { server: SERVER, settings: { headers: ['X-Key'], secretsMissing: true } },
      { server: 'https://other.example/mcp', settings: { headers: [] } },
    ]);
    await expect(list.settingsOf(HERE)).rejects.toMatchObject({ code: 'usage.flag' });
    expect(await list.signOut(HERE)).toBe(false);
    await list.forget(HERE);
    await list.change(HERE, { headers: { 'X-Key': 'again' } });
    expect((await list.settingsOf(HERE)).headers).toEqual([['X-Key', 'again']]);
    expect((await list.known([]))[0]?.settings.secretsMissing).toBeUndefined();
  });

  test('keeps what is sealed while the keychain is locked, and says that it is', async () => {
    const { vault, lock } = keychain();
    const process = machine(vault);
    await listIn(process()).add(WITH_HEADER);
    lock(true);
    const world = process();
    const sealed = await world.files.read('servers.sealed');
    const list = listIn(world);
    expect(await list.known([], 'unknown')).toMatchObject([
      { state: 'unknown', settings: { headers: ['X-Key'] } },
    ]);
    for (const attempt of [
      () => list.settingsOf(HERE),
      () => list.change(HERE, { headers: { 'X-Other': 'value' } }),
      () => list.remove(HERE),
      () => list.add(`keybridge ${SERVER} --as work --header "X-Key:other"`),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'vault.locked' });
    }
    expect(await world.files.read('servers.sealed')).toEqual(sealed);
    await list.add('https://plain.example/mcp');
    lock(false);
    expect((await list.settingsOf(HERE)).headers).toEqual([['X-Key', CANARY]]);
    expect(await list.known([])).toHaveLength(2);
  });

  test('goes along to another vault, sealed anew, and stays where it is when that fails', async () => {
    const first = machine()();
    const vault = exchangeableVault(first.vault);
    const world = { ...first, vault };
    const list = listIn(world);
    await list.add(WITH_HEADER);
    const failed = list.moveSecrets(() => Promise.reject(new Fault('vault.unavailable', 'There is none.')));
    await expect(failed).rejects.toMatchObject({ code: 'vault.unavailable' });
    expect(await world.files.read('servers.sealed')).toBeUndefined();
    const chain = keychain();
    await list.moveSecrets(async also => {
      vault.exchange(chain.vault);
      await also();
    });
    expect((await list.settingsOf(HERE)).headers).toEqual([['X-Key', CANARY]]);
    const next = listIn({ ...machine()(), files: world.files, vault: chain.vault });
    expect((await next.settingsOf(HERE)).headers).toEqual([['X-Key', CANARY]]);
  });

  test('keeps a sealed file under another name that its key does not open any more', async () => {
    const process = machine(keychain().vault);
    await listIn(process()).add(WITH_HEADER);
    const world = { ...process(), vault: keychain().vault };
    const sealed = await world.files.read('servers.sealed');
    await listIn(world)
      .change(HERE, { headers: { 'X-Key': 'again' } })
      .catch(() => {});
    const name = `servers.sealed.${new Date(world.now()).toISOString().replaceAll(':', '-')}.unreadable`;
    expect(await world.files.read(name)).toEqual(sealed);
    expect((await listIn({ ...process(), vault: world.vault }).settingsOf(HERE)).headers[0]?.[1]).toBe(
      'again',
    );
  });

  test('seals an address that has a query, where many servers take their key', async () => {
    const process = machine(keychain().vault);
    const server = `https://keyed.example/mcp?api_key=${CANARY}`;
    await listIn(process()).add(server);
    const world = process();
    expect(new TextDecoder().decode(await world.files.read('servers.json'))).not.toContain(CANARY);
    const list = listIn(world);
    const [known] = await list.known([]);
    if (!known) throw new Error('The list is empty.');
    await list.change(known, { name: 'Keyed', headers: { 'X-A': '1' } });
    expect(await list.settingsOf(known)).toMatchObject({ server, headers: [['X-A', '1']] });
    await list.remove(known);
    expect(await listIn(process()).known([])).toEqual([]);
  });

  test('shows an address without the values of its query, and knows which is meant', async () => {
    const list = listIn(fakeWorld());
    const servers = ['one', 'two'].map(each => `https://keyed.example/mcp?key=${CANARY}-${each}`);
    const read = await list.readPasted(servers.join('\n'));
    const added = await list.add(servers.join('\n'));
    const known = await list.known([]);
    const entries = await Promise.all(added.map(each => list.hostEntry(each)));
    expect(JSON.stringify([read, added, known, entries])).not.toContain(CANARY);
    expect(added.map(({ server }) => server)).toEqual([
      'https://keyed.example/mcp?key=…',
      'https://keyed.example/mcp?key=…#2',
    ]);
    expect(known.map(({ server }) => server)).toEqual(added.map(({ server }) => server));
    const meant = await Promise.all(added.map(each => list.settingsOf(each)));
    expect(meant.map(({ server }) => server)).toEqual(servers);
    expect(added.map(({ server }) => list.meant(server))).toEqual(servers);
  });

  test('leaves a server as it is that is added a second time, and takes another profile of it', async () => {
    const list = listIn(fakeWorld());
    await list.add(WITH_HEADER);
    expect(await list.readPasted(SERVER)).toMatchObject([{ known: true }]);
    expect(await list.readPasted(SERVER, 'work')).toMatchObject([{ known: false }]);
    expect(await list.add(SERVER)).toEqual([HERE]);
    expect(await list.add(SERVER, 'work')).toEqual([{ server: SERVER, profile: 'work' }]);
    expect((await list.known([])).map(({ settings }) => settings.headers)).toEqual([['X-Key'], []]);
  });

  test('names servers of hosts after its own, and takes one that somebody changes', async () => {
    const list = listIn(fakeWorld());
    await list.add(SERVER);
    const other = { server: 'https://used.example/mcp', profile: 'default' };
    const status = { ...other, state: 'signed-in' as const, hosts: ['host'] };
    const here = { ...HERE, state: 'signed-in' as const, hosts: [] };
    expect(await list.known([status, here])).toMatchObject([
      { ...here, listed: true },
      { ...status, listed: false },
    ]);
    await list.change(other, { name: 'Used' });
    expect(await list.known([status])).toMatchObject([
      { listed: true },
      { ...status, listed: true, name: 'Used' },
    ]);
  });

  test('is not lost to a file that cannot be read', async () => {
    const world = fakeWorld();
    const bytes = new TextEncoder().encode('{"version": 99, "servers": []}');
    await world.files.replace('servers.json', bytes);
    const list = listIn(world);
    expect(await list.known([])).toEqual([]);
    await list.add(SERVER);
    const name = `servers.json.${new Date(world.now()).toISOString().replaceAll(':', '-')}.unreadable`;
    expect(await world.files.read(name)).toEqual(bytes);
  });
});

test('two servers under one host are told apart in the list and in a host’s configuration, in whatever order', async () => {
  const list = listIn(fakeWorld());
  const urls = [
    'http://127.0.0.1:17010/mcp-o365/mcp',
    'http://127.0.0.1:17030/mcp',
    'http://127.0.0.1:17030/sse',
  ];
  const targets = await list.add(urls.map(url => `npx mcp-remote ${url}`).join('\n'));
  const known = await list.known([]);
  expect(known.map(({ title }) => title)).toEqual([
    '127.0.0.1:17010/mcp-o365',
    '127.0.0.1:17030',
    '127.0.0.1:17030/sse',
  ]);
  const names: string[] = [];
  for (const target of [...targets, ...targets.toReversed()])
    names.push(...Object.keys(JSON.parse(await list.hostEntry(target)).mcpServers));
  expect(new Set(names).size).toBe(3);
  expect(names.slice(3).toReversed()).toEqual(names.slice(0, 3));
});
