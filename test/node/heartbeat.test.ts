import { describe, expect, test } from 'vitest';
import { Heartbeat } from '../../src/node/heartbeat.ts';

/** A watch under a clock that is turned by hand. */
function watch() {
  let time = 0;
  let tick: (() => void) | undefined;
  let wakes = 0;
  let isDeaf = false;
  /** When the broker was asked, and when it was given up. */
  const asked: number[] = [];
  const silent: number[] = [];
  const heartbeat = new Heartbeat(
    { ask: () => asked.push(time), isDeaf: () => isDeaf, silent: () => silent.push(time) },
    {
      now: () => time,
      every: (_ms, look) => {
        tick = look;
        return () => {
          tick = undefined;
        };
      },
    },
  );
  return {
    heartbeat,
    asked,
    silent,
    wakes: () => wakes,
    deafen: (yes: boolean) => {
      isDeaf = yes;
    },
    /** So many seconds pass, while the broker says something every so often, if at all. */
    pass(seconds: number, says = Number.POSITIVE_INFINITY) {
      for (let second = 1; second <= seconds; second++) {
        time += 1_000;
        if (second % says === 0) heartbeat.heard();
        if (time % 5_000 !== 0 || !tick) continue;
        wakes++;
        tick();
      }
    },
    /** The process is stopped; what was due meanwhile comes once, afterwards. */
    sleep(seconds: number) {
      time += seconds * 1_000;
      tick?.();
    },
  };
}

describe('a broker', () => {
  test('that says nothing is given up between 30 and 40 seconds after it was last heard', () => {
    for (let last = 0; last < 10; last++) {
      const { heartbeat, silent, pass } = watch();
      heartbeat.watch(true);
      pass(last);
      heartbeat.heard();
      pass(60);
      expect(silent).toHaveLength(1);
      const after = (silent[0] ?? 0) / 1_000 - last;
      expect(after).toBeGreaterThanOrEqual(30);
      expect(after).toBeLessThanOrEqual(40);
    }
  });

  test('that answers when it is asked is never given up, however long a call takes', () => {
    const { heartbeat, asked, silent, pass } = watch();
    heartbeat.watch(true);
    for (let minute = 0; minute < 600; minute++) pass(60, 29);
    expect(silent).toEqual([]);
    expect(asked.length).toBeGreaterThan(100);
  });

  test('that does not read is asked once, so that nothing piles up before it', () => {
    const { heartbeat, asked, pass } = watch();
    heartbeat.watch(true);
    pass(60);
    expect(asked).toEqual([5_000]);
  });

  test('costs nothing while nobody waits for it', () => {
    const { heartbeat, asked, silent, wakes, pass } = watch();
    pass(600);
    heartbeat.watch(true);
    pass(2);
    heartbeat.watch(false);
    pass(600);
    expect([asked, silent, wakes()]).toEqual([[], [], 0]);
    // What was silent before does not count.
    heartbeat.watch(true);
    pass(25);
    heartbeat.watch(false);
    heartbeat.watch(true);
    pass(30);
    expect(silent).toEqual([]);
  });

  test('has all its time again after this process has slept', () => {
    const { heartbeat, silent, pass, sleep } = watch();
    heartbeat.watch(true);
    pass(30);
    sleep(8 * 3_600);
    pass(29);
    expect(silent).toEqual([]);
    pass(10);
    expect(silent).toHaveLength(1);
  });

  test('is not given up while we do not listen, because the host does not', () => {
    const { heartbeat, silent, pass, deafen } = watch();
    heartbeat.watch(true);
    deafen(true);
    pass(300);
    expect(silent).toEqual([]);
    deafen(false);
    pass(29);
    expect(silent).toEqual([]);
    pass(10);
    expect(silent).toHaveLength(1);
  });
});
