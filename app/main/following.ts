import type { Change, Preferences, Snapshot } from '../../src/api/window.ts';

/** What the shell shows of what the window shows. */
export interface Shown {
  theme: Preferences['theme'];
  language: Preferences['language'];
  /** Sign-ins that wait for a person. */
  waiting: number;
}

/** Before the broker has said anything. */
export const AT_FIRST: Shown = { theme: 'system', language: 'system', waiting: 0 };

/** Follows what windows follow, and says whenever something of it matters to the shell. Ends with the broker. */
export async function followShown(
  changes: AsyncIterable<Snapshot | Change>,
  changed: (now: Shown, before: Shown) => void,
): Promise<void> {
  let shown = AT_FIRST;
  for await (const { preferences, servers } of changes) {
    const now: Shown = {
      theme: preferences?.theme ?? shown.theme,
      language: preferences?.language ?? shown.language,
      waiting: servers?.filter(({ state }) => state === 'sign-in-pending').length ?? shown.waiting,
    };
    const before = shown;
    shown = now;
    if ((Object.keys(now) as (keyof Shown)[]).some(key => now[key] !== before[key])) changed(now, before);
  }
}
