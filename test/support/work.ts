/** Milliseconds of processor time of this thread: what else the machine does is not in it. */
function spent(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** Milliseconds of one run, the least of several; no more runs once it is `enough`. */
export function costOf(run: () => unknown, runs: number, enough = 0): number {
  let least = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < runs && least > enough; turn++) {
    const begun = spent();
    run();
    least = Math.min(least, spent() - begun);
  }
  return least;
}

/** So little that nothing is held up by it, whatever it grows with; what matters takes far more for 64 KiB. */
const LITTLE = 20;
/** Milliseconds that can be compared, though the clock ticks in single ones. */
const COMPARABLE = 40;
/** The whole may take so many times as long as its four quarters: caches and garbage do not grow evenly. */
const GROWTH = 2.5;
/** Milliseconds of one turn. */
const TURN = 50;

/** The characters of the longer of two texts that are compared. */
export const WHOLE = 64 * 1024;

/**
 * What is wrong with how a function's time grows with its text, `undefined` when nothing is: four times as much of it
 * takes more than ten times as long, or `size` characters take more than `turn` milliseconds. The text is made longer
 * bit by bit from `from` characters on, so that what doubles with every character is noticed as well.
 */
export function growthOf(
  run: (text: string) => unknown,
  make: (size: number) => string,
  { size = WHOLE, from = 16, turn = TURN }: { size?: number; from?: number; turn?: number | undefined } = {},
): string | undefined {
  for (let length = from; ; length = Math.min(size, Math.ceil(length * 1.12))) {
    const text = make(length);
    const long = costOf(() => run(text), 4, LITTLE);
    if (long > LITTLE) {
      const quarter = make(length / 4);
      const times = Math.ceil(COMPARABLE / long);
      const whole = costOf(() => repeat(times, () => run(text)), 2);
      const four = costOf(() => repeat(times * 4, () => run(quarter)), 2);
      if (whole > four * GROWTH)
        return `${(four / times / 4).toFixed(2)} ms become ${(whole / times).toFixed(2)} ms for ${text.length} characters, four times as many`;
      if (long > turn) return `${long.toFixed(1)} ms for ${text.length} characters`;
    }
    if (length === size) return undefined;
  }
}

function repeat(times: number, run: () => unknown): void {
  for (let turn = 0; turn < times; turn++) run();
}
