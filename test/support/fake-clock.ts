import type { World } from '../../src/base/world.ts';

/** A clock that stands still until it is turned. */
export interface FakeClock {
  now(): number;
  sleep: World['sleep'];
  /** Lets everything that is ready run, without turning the clock. */
  settle(): Promise<void>;
  /** Turns the clock on, waking sleepers in their order and letting each one's consequences run. */
  advance(ms: number): Promise<void>;
  /** How many sleep. */
  sleepers(): number;
}

export function fakeClock(start = Date.UTC(2026, 0, 1)): FakeClock {
  let time = start;
  const sleeping = new Set<{ until: number; wake: () => void }>();

  // Promises settle in microtasks, streams and AbortSignals in a few turns of the event loop.
  async function settle(): Promise<void> {
    for (let turn = 0; turn < 5; turn++) await new Promise(resolve => setImmediate(resolve));
  }

  async function advance(ms: number): Promise<void> {
    const end = time + ms;
    await settle();
    for (;;) {
      const due = [...sleeping].filter(({ until }) => until <= end).sort((a, b) => a.until - b.until)[0];
      if (!due) break;
      time = Math.max(time, due.until);
      due.wake();
      await settle();
    }
    time = end;
  }

  const sleep: World['sleep'] = (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = () => {
        sleeping.delete(sleeper);
        reject(signal?.reason);
      };
      const sleeper = {
        until: time + ms,
        wake: () => {
          sleeping.delete(sleeper);
          signal?.removeEventListener('abort', stop);
          resolve();
        },
      };
      sleeping.add(sleeper);
      signal?.addEventListener('abort', stop, { once: true });
    });

  return { now: () => time, sleep, settle, advance, sleepers: () => sleeping.size };
}
