/** What plain data weighs in memory, in characters: all its text, and something for its bones. */
export function weigh(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  let sum = 16;
  if (Array.isArray(value)) for (const member of value) sum += weigh(member);
  // Plain data, so there is nothing inherited in it; a list of its values would cost more than all the rest.
  else for (const name in value) sum += weigh(value[name as keyof typeof value]);
  return sum;
}
