/** A stretch of time that is shown as a bar: milliseconds. */
export interface Stretch {
  from: number;
  to: number;
}

/** Part of the axis' width that a pause takes, however long it was. */
const PAUSE = 0.04;
/** Milliseconds in which nothing happens before that is a pause. */
const LONG = 400;

/**
 * Where moments stand between 0 and 1 beside rows that are seen together. Pauses between bursts are shortened, or
 * a minute of nothing would make dots of all bars.
 */
export function createAxis(stretches: readonly Stretch[]): (moment: number) => number {
  const busy: Stretch[] = [];
  for (const { from, to } of stretches.toSorted((one, other) => one.from - other.from)) {
    const last = busy.at(-1);
    if (last && from - last.to < LONG) last.to = Math.max(last.to, to);
    else busy.push({ from, to });
  }
  const [first] = busy;
  if (!first) return () => 0;
  const pause = Math.min(PAUSE, 0.4 / Math.max(1, busy.length - 1));
  const work = busy.reduce((sum, { from, to }) => sum + (to - from), 0) || 1;
  const room = 1 - pause * (busy.length - 1);
  return moment => {
    let at = 0;
    let before = first;
    for (const [index, stretch] of busy.entries()) {
      if (index > 0) {
        if (moment < stretch.from) {
          const idle = stretch.from - before.to;
          return clamp(at + (idle > 0 ? ((moment - before.to) / idle) * pause : 0));
        }
        at += pause;
      }
      if (moment <= stretch.to) return clamp(at + ((moment - stretch.from) / work) * room);
      at += ((stretch.to - stretch.from) / work) * room;
      before = stretch;
    }
    return 1;
  };
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}
