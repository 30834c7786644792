import { Work } from '../base/work.ts';

/**
 * A text with some escapes taken off, and where each of its characters stood in the recorded text. Secrets
 * are looked for in every layer, so it does not matter how often a value was escaped on its way.
 */
export interface Layer {
  text: string;
  /** How many layers of escapes are off; 0 for the text as it is recorded. */
  depth: number;
  /** The place in the recorded text of the character at `index`, or of the end. */
  place(index: number): number;
  /** Where the last character before `index` ended in the recorded text. */
  placeAfter(index: number): number;
}

/** Percent-encoding (RFC 3986 §2.1), JSON escapes (RFC 8259 §7) and what HTML needs for `"`, `'`, `&`, `<`, `>`. */
const ESCAPE = /%[0-9a-f]{2}|\\(?:u[0-9a-f]{4}|[^u])|&(?:quot|apos|amp|lt|gt|#\d{2}|#x[0-9a-f]{2});/gi;
/** An escape that the end of a cut text has broken in two. */
const BROKEN_ESCAPE = /(?:%[0-9a-f]?|\\(?:u[0-9a-f]{0,3})?|&[a-z#0-9]{0,4})$/i;
const LETTERS: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  quot: '"',
  apos: "'",
  amp: '&',
  lt: '<',
  gt: '>',
};

/** Work for an escape that is taken off: two places, a character and what the search for it costs. */
const ESCAPE_COST = 60;

/** Escapes are taken off at most so often: a URL in a parameter in JSON in JSON needs four. */
const DEEPEST = 4;

function unescaped(sequence: string): string {
  if (sequence[0] === '%') return String.fromCharCode(Number.parseInt(sequence.slice(1), 16));
  if (sequence[0] === '\\') {
    if (sequence[1] === 'u') return String.fromCharCode(Number.parseInt(sequence.slice(2), 16));
    return LETTERS[sequence[1] as string] ?? sequence.slice(1);
  }
  const name = sequence.slice(1, -1).toLowerCase();
  if (name.startsWith('#x')) return String.fromCharCode(Number.parseInt(name.slice(2), 16));
  if (name[0] === '#') return String.fromCharCode(Number(name.slice(1)));
  return LETTERS[name] ?? sequence;
}

function peel(outer: Layer, cut: boolean, work: Work): Layer | undefined {
  // A character is looked at, joined and copied.
  if (!work.spend(2 * outer.text.length)) return undefined;
  const source = cut ? outer.text.replace(BROKEN_ESCAPE, '') : outer.text;
  let text = '';
  let from = 0;
  // Between two escapes both texts run in step, so it is enough to keep where each step begins.
  const here: number[] = [0];
  const there: number[] = [0];
  for (const match of source.matchAll(ESCAPE)) {
    if (!work.spend(ESCAPE_COST)) return undefined;
    text += source.slice(from, match.index);
    here.push(text.length);
    there.push(match.index);
    text += unescaped(match[0]);
    from = match.index + match[0].length;
    here.push(text.length);
    there.push(from);
  }
  if (here.length === 1 && source.length === outer.text.length) return undefined;
  text += source.slice(from);
  const outerIndex = (index: number): number => {
    let low = 0;
    let high = here.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((here[middle] as number) <= index) low = middle;
      else high = middle - 1;
    }
    return (there[low] as number) + index - (here[low] as number);
  };
  return {
    text,
    depth: outer.depth + 1,
    place: index => outer.place(outerIndex(index)),
    placeAfter: index => {
      // The end of a cut text belongs to what stands before it, broken escape and all.
      if (index >= text.length) return outer.placeAfter(outer.text.length);
      return outer.placeAfter(outerIndex(index));
    },
  };
}

/**
 * The text as it is, and then with one layer of escapes after the other taken off. Ends early, with layers
 * missing, once `work` is spent.
 */
export function* layers(text: string, cut: boolean, work = new Work(Infinity)): Generator<Layer> {
  let layer: Layer | undefined = { text, depth: 0, place: index => index, placeAfter: index => index };
  while (layer && layer.depth <= DEEPEST) {
    yield layer;
    layer = peel(layer, cut, work);
  }
}
