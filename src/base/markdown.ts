import { plain } from './text.ts';

/**
 * A word that means nothing to Markdown or to a forge: letters and digits with everyday punctuation. What looks
 * like the hash of a commit, the number of an issue or an address is no such word.
 */
const PLAIN_WORD = /^[("'“‘]?\p{L}[\p{L}\p{N}]*(?:[-’',.;:/][\p{L}\p{N}]+)*[)"'”’]?[.,:;?!…]?[)"'”’]?$/u;
const REFERENCE = /(?<![\p{L}\p{N}])[\da-f]{7,64}(?![\p{L}\p{N}])|gh-\d|www\./iu;
const MARKS = new Set(['–', '—', '→', '←', '…']);

/**
 * A text that may have come from a server as Markdown in which it is only a text: whatever could be markup, a
 * mention, a reference or a link becomes code. Safe in a paragraph, a list and a heading, and in a table's cell.
 */
export function toMarkdownText(text: string, limit = 2_000): string {
  return plain(text, limit)
    .split(/\s+/u)
    .filter(word => word !== '')
    .map((word, index) => {
      const isNumber = /^\d+[.,:;?!]?$/.test(word) && word.length < 7;
      const isPlain =
        MARKS.has(word) || (isNumber && index > 0) || (PLAIN_WORD.test(word) && !REFERENCE.test(word));
      if (isPlain) return word;
      // The end of a sentence is no part of an address.
      const [, core = word, end = ''] = /^(.+?)([.,:;]?)$/u.exec(word) ?? [];
      return codeSpan(core) + end;
    })
    .join(' ');
}

/** A span of code in one line, whatever backticks are in it. In a table a bar would end the cell even there. */
export function codeSpan(text: string): string {
  const fence = '`'.repeat(longestRun(text) + 1);
  const inner = text.replaceAll('|', '¦');
  return fence.length > 1 ? `${fence} ${inner} ${fence}` : `${fence}${inner}${fence}`;
}

/** A block of code that no line of it can end, nor reorder; `language` is a word of ours. */
export function codeBlock(lines: readonly string[], language = ''): string[] {
  const shown = lines.flatMap(line =>
    line.split(/\r\n|[\r\n\u2028\u2029]/).map(each => {
      const [space = ''] = /^[ \t]*/.exec(each) ?? [];
      return space + plain(each.replaceAll('\t', '    '), Number.POSITIVE_INFINITY);
    }),
  );
  const fence = '`'.repeat(Math.max(2, ...shown.map(longestRun)) + 1);
  return [`${fence}${language}`, ...shown, fence];
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
}
