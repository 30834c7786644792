import type { Place } from './place.ts';

/** Where the second key after G leads. */
const PLACES: Readonly<Record<string, Place>> = {
  s: { screen: 'servers' },
  d: { screen: 'doctor', url: '' },
  t: { screen: 'trace' },
  l: { screen: 'lab' },
  p: { screen: 'settings' },
};

/** Milliseconds between two keys that belong together. */
const TOGETHER = 1_200;

export type Stroke = { key: string; at: number; control: boolean; other: boolean; typing: boolean };

export type Act = { kind: 'commands' } | { kind: 'go'; place: Place };

/**
 * What keys mean that no field takes: Control or Command with K opens the commands, G and a letter goes to a
 * screen. One listener for each window, since it remembers the key before.
 */
export function keyReader(): (stroke: Stroke) => Act | undefined {
  let before: { key: string; at: number } | undefined;
  return ({ key, at, control, other, typing }) => {
    const lower = key.toLowerCase();
    if (control && !other && lower === 'k') return { kind: 'commands' };
    if (control || other || typing) {
      before = undefined;
      return undefined;
    }
    const isSecond = before?.key === 'g' && at - before.at <= TOGETHER;
    before = { key: lower, at };
    const place = isSecond ? PLACES[lower] : undefined;
    if (!place) return undefined;
    before = undefined;
    return { kind: 'go', place };
  };
}

/** The keys that lead to a place, to be shown beside it. */
export function keysOf(screen: Place['screen']): readonly string[] {
  const found = Object.entries(PLACES).find(([, place]) => place.screen === screen);
  return found ? ['G', found[0].toUpperCase()] : [];
}
