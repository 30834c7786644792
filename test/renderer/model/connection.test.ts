import { expect, test } from 'vitest';
import { connect } from '../../../app/renderer/model/connection.ts';
import type { Port } from '../../../src/api/port.ts';
import { serveApi } from '../../../src/api/rpc.ts';
import { type Change, type Snapshot, WINDOW, type WindowApi } from '../../../src/api/window.ts';
import { Feed } from '../../../src/base/feed.ts';
import { until } from '../../support/keybridge.ts';

/** A core that can be lost: each connection has a port and a feed of its own. */
function core() {
  const feeds: Feed<Snapshot | Change>[] = [];
  const closings: (() => void)[] = [];
  let refuse = false;
  const open = async (): Promise<Port> => {
    if (refuse) throw new Error('Nobody answers.');
    const feed = new Feed<Snapshot | Change>();
    const heard = { near: new Set<(message: unknown) => void>(), far: new Set<(message: unknown) => void>() };
    const closed = new Set<() => void>();
    const side = (mine: 'near' | 'far', other: 'near' | 'far'): Port => ({
      post: message => queueMicrotask(() => heard[other].forEach(hear => void hear(message))),
      onMessage: listener => {
        heard[mine].add(listener);
        return () => heard[mine].delete(listener);
      },
      onClose: listener => {
        closed.add(listener);
        return () => closed.delete(listener);
      },
    });
    serveApi({ watch: () => feed } as unknown as WindowApi, side('far', 'near'), WINDOW);
    feeds.push(feed);
    closings.push(() => closed.forEach(hear => void hear()));
    return side('near', 'far');
  };
  return {
    open,
    feeds,
    lose: () => closings.at(-1)?.(),
    refuse: (now: boolean) => {
      refuse = now;
    },
  };
}

const snapshot = (version: string) => ({ seq: 1, broker: { version }, servers: [] }) as unknown as Snapshot;

test('A window folds changes into the snapshot, keeps the last one when the core is lost, and begins anew', async () => {
  const { open, feeds, lose, refuse } = core();
  const waits: number[] = [];
  const connection = connect(open, {
    now: () => 7,
    wait: async ms => {
      waits.push(ms);
      await new Promise(resolve => setImmediate(resolve));
    },
  });
  expect(connection.get()).toEqual({ state: 'connecting' });
  feeds[0]?.push(snapshot('1'));
  await until('a snapshot', () => connection.get().state === 'open');
  feeds[0]?.push({ seq: 2, lab: [{ id: 'a', name: 'right', url: 'http://127.0.0.1/' }] });
  await until('the change', () => JSON.stringify(connection.get()).includes('right'));
  expect(connection.get()).toMatchObject({ snapshot: { seq: 2, broker: { version: '1' } } });

  refuse(true);
  lose();
  await until('five tries', () => waits.length > 4);
  expect(connection.get()).toMatchObject({ state: 'lost', since: 7, snapshot: { seq: 2 } });
  expect(waits.slice(0, 5)).toEqual([250, 500, 1_000, 2_000, 2_000]);

  refuse(false);
  await until('a second connection', () => feeds.length === 2);
  feeds[1]?.push(snapshot('2'));
  await until('the second snapshot', () => connection.get().state === 'open');
  // Of what was known before nothing is left.
  expect(connection.get()).toMatchObject({ snapshot: { seq: 1, broker: { version: '2' } } });
  expect(JSON.stringify(connection.get())).not.toContain('right');
});
