import { visible } from '../../../src/base/signs.ts';

/** A stretch of one of two texts that ought to be one. A gap is where the other has more. */
export interface Stretch {
  kind: 'same' | 'differs' | 'gap';
  text: string;
}

/** Characters of a text that are shown. */
const LONGEST = 8_000;

/** Two texts sign by sign, of one length: what is the same stands at the same place, gaps fill up. */
export function align(seen: string, expected: string): { seen: Stretch[]; expected: Stretch[] } {
  const [one, other] = [Array.from(seen.slice(0, LONGEST)), Array.from(expected.slice(0, LONGEST))];
  let from = 0;
  while (from < one.length && from < other.length && one[from] === other[from]) from++;
  let behind = 0;
  const most = Math.min(one.length, other.length) - from;
  while (behind < most && one[one.length - 1 - behind] === other[other.length - 1 - behind]) behind++;
  const stretches = (signs: string[], length: number): Stretch[] => {
    const shown = (start: number, end: number) => visible(signs.slice(start, end).join('')).join('');
    const middle = shown(from, signs.length - behind);
    const gap = length - Array.from(middle).length;
    const all: Stretch[] = [
      { kind: 'same', text: shown(0, from) },
      { kind: 'differs', text: middle },
      { kind: 'gap', text: ' '.repeat(Math.max(0, gap)) },
      { kind: 'same', text: shown(signs.length - behind, signs.length) },
    ];
    return all.filter(({ text }) => text !== '');
  };
  const longest = Math.max(
    ...[one, other].map(
      signs => Array.from(visible(signs.slice(from, signs.length - behind).join('')).join('')).length,
    ),
  );
  return { seen: stretches(one, longest), expected: stretches(other, longest) };
}
