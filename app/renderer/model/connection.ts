import type { Port } from '../../../src/api/port.ts';
import { callApi } from '../../../src/api/rpc.ts';
import { type Change, type Snapshot, WINDOW, type WindowApi } from '../../../src/api/window.ts';
import { createStore, type Store } from './store.ts';

/** Milliseconds before another try, the longest last. */
const PAUSES = [250, 500, 1_000, 2_000];

export type Connection =
  | { state: 'connecting' }
  | { state: 'open'; api: WindowApi; snapshot: Snapshot }
  /** The last that was known is still shown. */
  | { state: 'lost'; since: number; snapshot?: Snapshot };

/** A snapshot with what has changed since. */
function fold(before: Snapshot, change: Change): Snapshot {
  return { ...before, ...change };
}

/**
 * Keeps a window connected: what there is and what changes goes into the store; once the connection is lost it
 * is made again, for as long as the window is open.
 */
export function connect(
  open: () => Promise<Port>,
  { now = Date.now, wait = pause }: { now?: () => number; wait?: (ms: number) => Promise<void> } = {},
): Store<Connection> {
  const store = createStore<Connection>({ state: 'connecting' });
  const live = async () => {
    const api = callApi<WindowApi>(await open(), WINDOW);
    for await (const item of api.watch()) {
      const before = store.get();
      const snapshot =
        before.state === 'open' && before.api === api ? fold(before.snapshot, item) : (item as Snapshot);
      store.set({ state: 'open', api, snapshot });
    }
  };
  const stay = async () => {
    for (let tries = 0; ; tries++) {
      await live().catch(() => {});
      const before = store.get();
      if (before.state === 'open') tries = 0;
      if (before.state !== 'lost') {
        const snapshot = before.state === 'open' ? { snapshot: before.snapshot } : {};
        store.set({ state: 'lost', since: now(), ...snapshot });
      }
      await wait(PAUSES[Math.min(tries, PAUSES.length - 1)] ?? 0);
    }
  };
  void stay();
  return store;
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms));
}
