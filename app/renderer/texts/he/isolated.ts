/** A measure as it is written from left to right, its unit behind the figure, in a line that runs the other way. */
export function isolated(measure: string): string {
  return `\u2066${measure}\u2069`;
}
