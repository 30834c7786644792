import { describe, expect, test } from 'vitest';
import type { FlowArrow, FlowEvent } from '../../src/api/window.ts';
import { Fault } from '../../src/base/fault.ts';
import { Flows } from '../../src/window/flows.ts';
import { calm, type Household, household, settings, until } from '../support/household.ts';

/** A window that walks, and leaves where it first waits before `last`. */
function walkTo(house: Household, last: FlowArrow['kind']) {
  const own = settings();
  const flows = new Flows(house, { settingsOf: async () => own });
  const events: FlowEvent[] = [];
  const stream = flows.signIn(own, 'step-by-step')[Symbol.asyncIterator]();
  let flow = '';
  const isThere = () => {
    const event = events.at(-1);
    return event?.kind === 'waiting' && event.before === last;
  };
  const end = (async () => {
    try {
      for (let next = await stream.next(); !next.done; next = await stream.next()) {
        events.push(next.value);
        if (next.value.kind === 'started') flow = next.value.flow;
        if (next.value.kind === 'waiting' && next.value.before !== last) await flows.goOn(flow);
      }
      return undefined;
    } catch (error) {
      return Fault.of(error);
    }
  })();
  return {
    events,
    end,
    comes: () => until(`it waits before ${last}`, isThere),
    goOn: () => flows.goOn(flow),
    leave: () => stream.return?.(),
  };
}

const STEPS: readonly FlowArrow['kind'][] = ['request', 'resource-metadata', 'authorization'];

describe('a walk that was called off', () => {
  test.each(STEPS)('before %s holds up no host that waits for the same sign-in', async last => {
    const house = household();
    const host = house.host();
    await host.initialize();
    await house.opens(1);
    const walk = walkTo(house, last);
    await walk.comes();
    await walk.leave();
    await calm();
    const page = house.consent();
    expect(await host.ask('tools/list')).toMatchObject({ result: {} });
    expect(await page).toMatchObject({ status: 200 });
    await host.leave();
  });

  test('while the code is exchanged holds up no host', async () => {
    const house = household();
    const host = house.host();
    await host.initialize();
    await house.opens(1);
    const walk = walkTo(house, 'token');
    // It waits before the browser only until somebody comes back from there.
    await until('it has joined', () => walk.events.some(({ kind }) => kind === 'note'));
    const page = house.consent();
    await walk.comes();
    await walk.leave();
    expect(await host.ask('tools/list')).toMatchObject({ result: {} });
    expect(await page).toMatchObject({ status: 200 });
    await host.leave();
  });

  // Before the first request nothing was begun that could be called off.
  test.each(STEPS.slice(1))('before %s ends a sign-in that no host waits for any more', async last => {
    const house = household();
    const host = house.host();
    await host.initialize();
    await house.opens(1);
    await host.leave();
    const walk = walkTo(house, last);
    await walk.comes();
    await walk.leave();
    await until('nothing is pending', () => !house.broker.signingIn);
    expect((await house.broker.status()).servers).toEqual([]);
  });
});

test('a walk that nobody moves on holds up no host for longer than its request waits', async () => {
  const house = household();
  const host = house.host();
  await host.initialize();
  await house.opens(1);
  const walk = walkTo(house, 'token');
  await until('it has joined', () => walk.events.some(({ kind }) => kind === 'note'));
  const page = house.consent();
  await walk.comes();
  expect(house.as.redeemed).toEqual([]);
  const answer = host.ask('tools/list');
  await house.world.clock.advance(21_000);
  expect(await answer).toMatchObject({ result: {} });
  expect(await page).toMatchObject({ status: 200 });
  await until('the walk is told', () => walk.events.some(({ kind }) => kind === 'going-on'));
  await walk.leave();
  await host.leave();
});

test('a walk that no host waits for is never moved on by the clock', async () => {
  const house = household();
  const walk = walkTo(house, 'token');
  await house.opens(1);
  const page = house.consent();
  await walk.comes();
  await house.world.clock.advance(10 * 60_000);
  await calm();
  expect(house.as.redeemed).toEqual([]);
  await walk.goOn();
  expect(await page).toMatchObject({ status: 200 });
  await walk.leave();
});
