import { describe, expect, test } from 'vitest';
import type { Change, Snapshot } from '../../src/api/window.ts';
import { Fault } from '../../src/base/fault.ts';
import { Desk } from '../../src/window/desk.ts';
import { surroundings } from '../support/desk.ts';
import { fakeWorld } from '../support/fake-world.ts';

/** A desk, and the stream of a window that reads nothing by itself. */
function watched() {
  const world = fakeWorld();
  const around = surroundings(world);
  const desk = new Desk(around);
  const stream = desk.watch()[Symbol.asyncIterator]();
  const next = async (): Promise<Snapshot | Change> => {
    const result = await stream.next();
    if (result.done) throw new Error('The stream is over.');
    return result.value;
  };
  return { world, around, desk, stream, next };
}

describe('a window that watches', () => {
  test('and does not read has waiting for it what counts now, and not every step to it', async () => {
    const { world, desk, stream, next } = watched();
    expect((await next()).preferences?.theme).toBe('system');
    for (const theme of ['dark', 'light', 'dark', 'light'] as const) {
      await desk.changePreferences({ theme });
      await world.clock.advance(5_000);
    }
    await desk.changePreferences({ language: 'he' });
    await world.clock.advance(5_000);
    const unheard = await next();
    expect(unheard.preferences).toMatchObject({ theme: 'light', language: 'he' });
    let isMore = false;
    const more = stream.next().then(({ done }) => {
      isMore = done !== true;
    });
    await world.clock.advance(5_000);
    expect(isMore).toBe(false);
    await stream.return?.();
    await more;
    expect(isMore).toBe(false);
  });

  test('hears of what comes after something could not be looked at', async () => {
    const { world, around, desk, stream, next } = watched();
    await next();
    const { status } = around.broker;
    around.broker.status = () => Promise.reject(new Fault('store.unwritable', 'The disk is gone.'));
    await world.clock.advance(10_000);
    around.broker.status = status;
    await desk.changePreferences({ theme: 'dark' });
    await world.clock.advance(10_000);
    expect((await next()).preferences?.theme).toBe('dark');
    await stream.return?.();
  });

  test('and is closed before it has seen anything costs nothing more', async () => {
    const { world, around, stream } = watched();
    await stream.return?.();
    await world.clock.advance(10_000);
    let looks = 0;
    const { status } = around.broker;
    around.broker.status = () => {
      looks++;
      return status.call(around.broker);
    };
    await world.clock.advance(60_000);
    expect(looks).toBe(0);
  });
});
