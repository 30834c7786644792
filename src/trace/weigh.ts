/** Characters from which it is looked at how many bytes each takes. */
const LONG = 256;

/** What plain data weighs in memory, in bytes and about: all its text, and something for its bones. */
export function weigh(value: unknown): number {
  if (typeof value === 'string') return 24 + (isWide(value) ? 2 : 1) * value.length;
  if (typeof value !== 'object' || value === null) return 12;
  let sum = 48;
  if (Array.isArray(value)) for (const member of value) sum += weigh(member);
  // Plain data, so there is nothing inherited in it; a list of its values would cost more than all the rest.
  else for (const name in value) sum += weigh(value[name as keyof typeof value]);
  return sum;
}

/** One letter beyond Latin-1 makes a text of two bytes a letter. */
function isWide(text: string): boolean {
  return text.length >= LONG && /[\u0100-\uffff]/.test(text);
}
