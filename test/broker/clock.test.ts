import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import { faultIn, type Household, household, signedIn } from '../support/household.ts';
import { resume } from '../support/resume.ts';

const HOUR = 3_600_000;

/** Sets the machine's clock, which is not the time that passes. */
function setClock({ world }: Household, by: number): void {
  const before = world.now;
  world.now = () => before() + by;
}

describe.each([
  ['ahead', HOUR],
  ['back', -HOUR],
])('a clock that is set an hour %s', (_direction, by) => {
  test('signs nobody out: what the server refuses is renewed, again and again, without a tab', async () => {
    const house = household();
    const host = await signedIn(house);
    setClock(house, by);
    for (let count = 0; count < 4; count++) {
      expect((await host.ask('tools/call')).result).toBeDefined();
      // To the server the tokens end when they should, whatever our clock says.
      for (const secret of house.as.secrets) house.mcp.revoked.add(secret);
      await house.world.clock.advance(HOUR / 4);
      expect((await host.ask('tools/call')).result).toBeDefined();
      await house.world.clock.advance(HOUR / 4);
    }
    expect(house.tabs()).toHaveLength(1);
  });

  test('and set right again does no harm either', async () => {
    const house = household();
    setClock(house, by);
    const host = await signedIn(house);
    setClock(house, -by);
    for (const secret of house.as.secrets) house.mcp.revoked.add(secret);
    for (let count = 0; count < 4; count++) expect((await host.ask('tools/call')).result).toBeDefined();
    expect(house.tabs()).toHaveLength(1);
  });

  test('does not make a failure of a moment ago last', async () => {
    const house = household();
    house.mcp.open = true;
    house.world.mount('https://mcp.example', () => {
      throw new Fault('net.failed', 'It broke off.');
    });
    const host = house.host({}, resume());
    expect(faultIn(await host.ask('tools/call'))?.code).toBe('net.failed');
    house.world.mount('https://mcp.example', house.mcp.handle);
    setClock(house, by);
    expect((await host.ask('tools/call')).result).toBeDefined();
  });
});

test('a clock that is put back keeps no tab shut that a refused sign-in had closed', async () => {
  const house = household({
    quirks: {
      callback: back => {
        back.delete('code');
        back.set('error', 'access_denied');
      },
    },
  });
  const host = house.host();
  await host.initialize();
  const call = host.ask('tools/call');
  await house.opens(1);
  await house.consent();
  expect(faultIn(await call)?.code).toBe('sign-in.denied');
  setClock(house, -HOUR);
  await house.world.clock.advance(1_000);
  void host.ask('tools/call');
  await house.opens(2);
});
