import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import {
  calm,
  type FakeHost,
  faultIn,
  type Household,
  household,
  settings,
  until,
} from '../support/household.ts';

const SECOND = 1_000;

/** A server without a sign-in. */
function open(): Household {
  const house = household();
  house.mcp.open = true;
  return house;
}

/** From now on the server cannot be reached; resolves with what brings the network back, and when it was dialled. */
function cutOff(house: Household, why: () => Fault | Promise<never> = dns, origin = 'https://mcp.example') {
  const at: number[] = [];
  house.world.mount(origin, () => {
    at.push(house.world.now());
    const fault = why();
    if (fault instanceof Fault) throw fault;
    return fault;
  });
  return { at, back: () => house.world.mount(origin, house.mcp.handle) };
}

const dns = () => new Fault('net.dns', 'The name mcp.example does not resolve.');
const unreachable = () => new Fault('net.failed', 'There is no route.', { data: { phase: 'connect' } });
const late = () => new Fault('net.timeout', 'There was no connection.', { data: { phase: 'connect' } });
const behindProxy = () =>
  new Fault('net.dns', 'The proxy does not resolve.', {
    data: { proxy: 'http://proxy.example:3128', phase: 'connect' },
  });
const refusedThere = () => new Fault('net.refused', 'mcp.example refuses connections on port 443.');

/** A household whose server has been seen. */
async function known(): Promise<Household> {
  const house = open();
  const first = house.host();
  await first.initialize();
  await first.ask('tools/list');
  await first.leave();
  return house;
}

const starts = (host: FakeHost) => host.heard.filter(text => text.includes('"r1"'));

describe.each([
  ['whose name does not resolve', dns],
  ['to which there is no route', unreachable],
  ['that does not take a connection', late],
  ['that refuses connections', refusedThere],
  ['behind a proxy that is not there yet', behindProxy],
] as const)('a server %s when a host starts', (_what, why) => {
  test('is answered for from what is known of it, and the rest follows when it is there', async () => {
    const house = await known();
    const { at, back } = cutOff(house, why);
    const host = house.host();
    const initialized = host.initialize();
    await until('it was tried', () => at.length > 0);
    await house.world.clock.advance(SECOND);
    expect((await initialized).result).toEqual(house.mcp.initialized);
    const list = host.ask('tools/list');
    await house.world.clock.advance(20 * SECOND);
    expect(host.heard).toHaveLength(1);
    back();
    await house.world.clock.advance(6 * SECOND);
    expect((await list).result).toBeDefined();
    expect(host.told()).toContain('notifications/tools/list_changed');
    expect(starts(host)).toHaveLength(1);
    expect(house.mcp.methods().filter(method => method === 'notifications/initialized')).toHaveLength(2);
  });

  test('is waited for where nothing is known of it, and then its own answer is passed on', async () => {
    const house = open();
    const { at, back } = cutOff(house, why);
    const host = house.host();
    const initialized = host.initialize();
    await until('it was tried', () => at.length > 0);
    await house.world.clock.advance(44 * SECOND);
    expect(host.heard).toEqual([]);
    back();
    await house.world.clock.advance(6 * SECOND);
    expect((await initialized).result).toEqual(house.mcp.initialized);
    expect((await host.ask('tools/list')).result).toBeDefined();
    expect(host.told()).toEqual([]);
    expect(host.trouble.at(-1)).toBe(null);
  });

  test('and stays away is said shortly before hosts give up, once, and found when it comes back', async () => {
    const house = open();
    const { at, back } = cutOff(house, why);
    const host = house.host();
    const initialized = host.initialize();
    await until('it was tried', () => at.length > 0);
    // On stderr it is said at once.
    await house.world.clock.advance(SECOND);
    expect(host.log).toHaveLength(1);
    await house.world.clock.advance(48 * SECOND);
    expect(host.heard).toEqual([]);
    await house.world.clock.advance(2 * SECOND);
    expect(faultIn(await initialized)?.code).toBe(why().code);
    await house.world.clock.advance(60 * SECOND);
    expect(host.heard).toHaveLength(1);
    expect(host.log).toHaveLength(1);
    expect(host.trouble.at(-1)?.code).toBe(why().code);
    back();
    expect((await host.ask('tools/list')).result).toBeDefined();
  });
});

test('a known server that stays away for half a minute: what waits for it is told why, and it is tried again', async () => {
  const house = await known();
  const { at, back } = cutOff(house);
  const host = house.host();
  const initialized = host.initialize();
  await until('it was tried', () => at.length > 0);
  await house.world.clock.advance(SECOND);
  expect((await initialized).result).toBeDefined();
  const list = host.ask('tools/list');
  await house.world.clock.advance(30 * SECOND);
  expect(faultIn(await list)?.code).toBe('net.dns');
  back();
  await house.world.clock.advance(31 * SECOND);
  await until('it is found', () => host.told().includes('notifications/tools/list_changed'));
  expect((await host.ask('tools/list')).result).toBeDefined();
});

test('it is asked politely: never twice within a second but for the second try of one request', async () => {
  const house = open();
  const { at } = cutOff(house);
  const host = house.host();
  void host.initialize();
  await until('it was tried', () => at.length > 0);
  await house.world.clock.advance(55 * SECOND);
  const gaps = at.slice(1).map((time, index) => time - (at[index] ?? 0));
  expect(gaps.filter(gap => gap < 500)).toEqual([]);
  // Each try is two requests, half a second apart.
  expect(gaps.filter((_gap, index) => index % 2 === 1).every(gap => gap >= SECOND)).toBe(true);
  expect(at.length).toBeLessThan(30);
});

test('a connection that hangs does not make it longer, and its late end is no second answer', async () => {
  const house = open();
  let tries = 0;
  const { at } = cutOff(house, () => (tries++ < 2 ? dns() : new Promise<never>(() => {})));
  const host = house.host();
  const initialized = host.initialize();
  await until('it was tried', () => at.length > 0);
  await house.world.clock.advance(51 * SECOND);
  expect(faultIn(await initialized)?.code).toBe('net.dns');
  await house.world.clock.advance(120 * SECOND);
  expect(host.heard).toHaveLength(1);
});

test.each([
  ['a certificate that is not trusted', () => new Fault('net.tls', 'The certificate is not trusted.')],
  ['a connection that breaks off later', () => new Fault('net.failed', 'It broke off.')],
  [
    'a proxy that wants a password',
    () =>
      new Fault('net.failed', 'Who?', {
        data: { proxy: 'http://proxy.example:3128', status: '407', phase: 'connect' },
      }),
  ],
  [
    'a proxy on this machine that is not there',
    () => new Fault('net.refused', 'No.', { data: { proxy: 'http://127.0.0.1:1', phase: 'connect' } }),
  ],
] as const)('%s is said at once', async (_what, why) => {
  const house = open();
  cutOff(house, why);
  const host = house.host();
  const initialized = host.initialize();
  await calm();
  await house.world.clock.advance(SECOND);
  expect((await initialized).error).toBeDefined();
});

test('a server on this machine that was never seen needs no network, and is not waited for', async () => {
  const house = open();
  cutOff(house, refusedThere, 'http://127.0.0.1:9');
  const host = house.host(settings({ server: 'http://127.0.0.1:9/mcp' }));
  const initialized = host.initialize();
  await calm();
  await house.world.clock.advance(SECOND);
  expect(faultIn(await initialized)?.code).toBe('net.refused');
});

test('a host that leaves meanwhile leaves nothing behind', async () => {
  const house = open();
  const { at } = cutOff(house);
  const host = house.host();
  void host.initialize();
  await until('it was tried', () => at.length > 0);
  await house.world.clock.advance(5 * SECOND);
  await host.leave();
  const count = at.length;
  await house.world.clock.advance(120 * SECOND);
  expect(at).toHaveLength(count);
  expect(house.world.clock.sleepers()).toBe(0);
});

test('a host that begins anew meanwhile has one answer to each', async () => {
  const house = open();
  const { at, back } = cutOff(house);
  const host = house.host();
  const first = host.initialize();
  await until('it was tried', () => at.length > 0);
  await house.world.clock.advance(5 * SECOND);
  const second = host.initialize();
  await house.world.clock.advance(5 * SECOND);
  back();
  await house.world.clock.advance(50 * SECOND);
  expect((await second).result).toBeDefined();
  expect(await Promise.race([first, calm()])).toBeDefined();
  for (const id of ['"r1"', '"r2"']) expect(host.heard.filter(text => text.includes(id))).toHaveLength(1);
});
