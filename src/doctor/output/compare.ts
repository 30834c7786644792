import { visible } from '../../base/signs.ts';
import { plain } from '../../base/text.ts';
import type { Comparison } from '../../checks/check.ts';
import { columns, pad } from './layout.ts';

/** A sign as a sentence names it; where two look alike, the code point tells them apart. */
function name(sign: string | undefined, other: string | undefined): string {
  if (sign === undefined) return 'nothing';
  const isPlain = /^[\x21-\x7e]$/.test(sign) && (other === undefined || /^[\x20-\x7e]$/.test(other));
  return isPlain
    ? `"${sign}"`
    : `"${sign}" (U+${sign.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')})`;
}

/** Characters of a string that are looked at; what differs only behind them is shown as the same. */
const LONGEST = 8_000;

/**
 * Two strings that ought to be one, aligned line under line, the first difference marked and told: the lines
 * are `label  text`, `label  text`, and a mark below. Where they do not fit into `width` columns, the labels
 * stand on lines of their own and only the part around the difference is shown.
 */
export function compare({ seen, expected, ...from }: Comparison, width: number): string[] {
  const [seenIn, expectedFrom] = [plain(from.seenIn, 60), plain(from.expectedFrom, 60)];
  const [rawOne, rawOther] = [Array.from(seen.slice(0, LONGEST)), Array.from(expected.slice(0, LONGEST))];
  const [one, other] = [visible(rawOne.join('')), visible(rawOther.join(''))];
  let at = 0;
  while (at < one.length && at < other.length && rawOne[at] === rawOther[at]) at++;
  if (at === one.length && at === other.length) return [`${seenIn} and ${expectedFrom}: ${one.join('')}`];
  const label = Math.max(columns(seenIn), columns(expectedFrom)) + 2;
  const longest = Math.max(columns(one.join('')), columns(other.join('')));
  const beside = label + longest <= width;
  const room = beside ? longest : Math.max(20, width - 2);
  const cut = (signs: string[]) => window(signs, at, room, longest <= room);
  const indent = beside ? label : 2;
  const place = indent + columns(cut(one.slice(0, at).concat('x')).before);
  const told = `character ${at + 1}: ${name(one[at], other[at])} here, ${name(other[at], one[at])} there`;
  const mark = `${' '.repeat(place)}^`;
  const pointed =
    place + 2 + columns(told) <= width ? [`${mark} ${told}`] : [mark, `${' '.repeat(2)}${told}`];
  if (beside)
    return [
      `${pad(seenIn, label)}${one.join('')}`,
      `${pad(expectedFrom, label)}${other.join('')}`,
      ...pointed,
    ];
  return [`${seenIn}:`, `  ${cut(one).text}`, `${expectedFrom}:`, `  ${cut(other).text}`, ...pointed];
}

/** The part of a text around a place, with what stands before that place. */
function window(signs: string[], at: number, room: number, whole: boolean): { text: string; before: string } {
  if (whole) return { text: signs.join(''), before: signs.slice(0, at).join('') };
  const from = Math.max(0, at - Math.floor(room / 2));
  const lead = from > 0 ? '…' : '';
  const rest = signs.slice(from);
  let text = lead;
  for (const [index, sign] of rest.entries()) {
    if (columns(text) + columns(sign) + (index < rest.length - 1 ? 1 : 0) > room) {
      text += '…';
      break;
    }
    text += sign;
  }
  return { text, before: lead + signs.slice(from, at).join('') };
}
