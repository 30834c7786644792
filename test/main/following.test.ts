import { expect, test } from 'vitest';
import { followShown, type Shown } from '../../app/main/following.ts';
import type { Change, Snapshot } from '../../src/api/window.ts';

async function* say(...changes: unknown[]): AsyncIterable<Snapshot | Change> {
  yield* changes as (Snapshot | Change)[];
}

const server = (state: string) => ({ state });

test('what the shell shows follows the window, and is said only when it is other than before', async () => {
  const said: Shown[] = [];
  const changes = say(
    { seq: 1, preferences: { theme: 'system', language: 'system' }, servers: [server('signed-in')] },
    { seq: 2, preferences: { theme: 'dark', language: 'he', welcomed: true } },
    { seq: 3, preferences: { theme: 'dark', language: 'he', welcomed: false } },
    { seq: 4, servers: [server('sign-in-pending'), server('signed-out'), server('sign-in-pending')] },
    { seq: 5, lab: [] },
    { seq: 6, servers: [] },
  );
  await followShown(changes, now => said.push(now));
  expect(said).toEqual([
    { theme: 'dark', language: 'he', waiting: 0 },
    { theme: 'dark', language: 'he', waiting: 2 },
    { theme: 'dark', language: 'he', waiting: 0 },
  ]);
});
