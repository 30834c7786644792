/** The value below which the share `p` of them lies, between two neighbours in proportion. */
export function quantile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * p;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** A number as a table shows it: three digits that count. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}

/** The median of the rounds, and between which the middle half of them lies. */
export function spread(values: readonly number[], unit: string): string {
  const [low, high] = [figure(quantile(values, 0.25)), figure(quantile(values, 0.75))];
  return `${figure(median(values))} ${unit} (${low}–${high})`;
}

/** Element by element. */
export function each(
  a: readonly number[],
  b: readonly number[],
  combine: (a: number, b: number) => number,
): number[] {
  return a.map((value, index) => combine(value, b[index] ?? Number.NaN));
}
