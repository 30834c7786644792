import { describe, expect, it } from 'vitest';
import { Scheduler, type Turn } from '../../src/base/scheduler.ts';

const MUCH = 2_000_000;

/** A scheduler whose turns end when they are told to. */
function byHand() {
  const next: (() => void)[] = [];
  let time = 0;
  const scheduler = new Scheduler(
    work => next.push(work),
    () => time,
  );
  const turns: Turn[] = [];
  scheduler.onTurn = turn => turns.push(turn);
  return {
    scheduler,
    turns,
    compute: (ms: number) => {
      time += ms;
    },
    endTurn: async () => {
      next.shift()?.();
      for (let i = 0; i < 5; i++) await Promise.resolve();
    },
  };
}

describe('a turn of the event loop', () => {
  it('lets everybody go on until it has done enough', () => {
    const { scheduler } = byHand();
    expect(scheduler.account('a', 'messages', 10)).toBeUndefined();
    expect(scheduler.account('b', 'messages', 10)).toBeUndefined();
    expect(scheduler.account('a', 'messages', MUCH)).toBeInstanceOf(Promise);
    expect(scheduler.account('b', 'messages', 1)).toBeInstanceOf(Promise);
  });

  it('lets one of those who wait go on, each owner in its turn, however many one of them has waiting', async () => {
    const { scheduler, endTurn } = byHand();
    const order: string[] = [];
    const work = async (owner: string, name: string) => {
      await scheduler.account(owner, 'messages', MUCH);
      order.push(name);
    };
    void scheduler.account('a', 'messages', MUCH);
    const all = [work('a', 'a1'), work('a', 'a2'), work('a', 'a3'), work('b', 'b1'), work('c', 'c1')];
    for (let i = 0; i < 8; i++) await endTurn();
    await Promise.all(all);
    // The first to wait was the one whose promise nobody looks at.
    expect(order).toEqual(['b1', 'c1', 'a1', 'a2', 'a3']);
  });

  it('says afterwards for whom how much was done, and for how long it went on', async () => {
    const { scheduler, turns, compute, endTurn } = byHand();
    scheduler.note('a', 'reading', 5);
    void scheduler.account('a', 'messages', 7);
    scheduler.note('b', 'recording', 1);
    // The clock that is turned by hand; the real one has moved by less.
    compute(-1);
    await endTurn();
    expect(turns).toHaveLength(1);
    expect(turns[0]?.duration).toBe(-1);
    expect(turns[0]?.work).toEqual(
      new Map([
        [
          'a',
          new Map([
            ['reading', 5],
            ['messages', 7],
          ]),
        ],
        ['b', new Map([['recording', 1]])],
      ]),
    );
    scheduler.note('c', 'reading', 1);
    await endTurn();
    expect([...(turns[1]?.work.keys() ?? [])]).toEqual(['c']);
  });
});

it('an owner that is slowed waits after a little work, and the others do not', async () => {
  const { scheduler } = byHand();
  scheduler.slow('a', true);
  expect(scheduler.account('a', 'messages', 1_200_000)).toBeInstanceOf(Promise);
  expect(scheduler.account('b', 'messages', 1_000)).toBeUndefined();
  scheduler.slow('a', false);
  expect(scheduler.account('a', 'messages', 1)).toBeUndefined();
});
