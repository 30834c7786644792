import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import { calm, faultIn, household, signedIn, until } from '../support/household.ts';
import { resume } from '../support/resume.ts';

const refused = () => {
  throw new Fault('net.refused', 'The server refuses connections.');
};

describe('a host that came back to a server that is out', () => {
  test('is connected again without asking for anything, ever more rarely tried, told of it once', async () => {
    const house = household();
    house.mcp.open = true;
    house.world.mount('https://mcp.example', refused);
    const host = house.host({}, resume());
    await house.world.clock.advance(600);
    expect(host.log).toHaveLength(1);
    const tries = async (ms: number) => {
      const before = house.world.dials.length;
      await house.world.clock.advance(ms);
      // Each is made twice, since nothing was sent.
      return (house.world.dials.length - before) / 2;
    };
    expect(await tries(10_000)).toBeGreaterThanOrEqual(2);
    expect(await tries(60_000)).toBeLessThanOrEqual(4);
    expect(host.log.filter(line => line.includes('refuses connections'))).toHaveLength(1);
    house.world.mount('https://mcp.example', house.mcp.handle);
    await house.world.clock.advance(40_000);
    expect(house.mcp.methods()).toEqual(['initialize', 'notifications/initialized']);
    expect(host.told()).toContain('notifications/tools/list_changed');
    expect(host.trouble.at(-1)).toBeNull();
  });

  test('opens no tab by itself when the server is back and wants a sign-in', async () => {
    const house = household();
    house.world.mount('https://mcp.example', refused);
    const other = house.host({}, resume());
    await house.world.clock.advance(2_000);
    const first = other.ask('tools/call');
    await house.world.clock.advance(600);
    expect(faultIn(await first)?.code).toBe('net.refused');
    house.world.mount('https://mcp.example', house.mcp.handle);
    await house.world.clock.advance(60_000);
    await calm();
    expect(house.tabs()).toEqual([]);
    const call = other.ask('tools/call');
    await house.opens(1);
    await house.consent();
    expect((await call).result).toBeDefined();
  });
});

test('a server that takes the connection and never answers `initialize` is given up after a minute', async () => {
  const house = household();
  const host = await signedIn(house);
  await host.leave();
  const silent = new Set<Request>();
  house.world.mount('https://mcp.example', request => {
    silent.add(request);
    return new Promise<Response>(() => {});
  });
  const other = house.host({}, resume());
  await until('the server was asked', () => silent.size === 1);
  const call = other.ask('tools/call');
  await house.world.clock.advance(50_000);
  // Whoever waits has a reason in time.
  expect((await call).error?.message).toContain('has not answered yet');
  await house.world.clock.advance(10_000);
  expect(other.trouble.at(-1)?.code).toBe('net.timeout');
  house.world.mount('https://mcp.example', house.mcp.handle);
  await house.world.clock.advance(2_000);
  expect((await other.ask('tools/call')).result).toBeDefined();
});
