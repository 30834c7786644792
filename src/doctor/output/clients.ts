import { plain, shownUrl } from '../../base/text.ts';
import type { ClientWalk, WalkResult } from '../walk.ts';
import { columns, pad, wrap } from './layout.ts';

export type Paint = (code: string, text: string) => string;

const RESULTS: Record<WalkResult, [string, string]> = {
  through: ['gets through', '32'],
  guesses: ['guesses', '33'],
  stops: ['stops', '31'],
  unknown: ['not known', '36'],
};

/**
 * Who will notice: a line for each client that does not get through, and one for all that do; with `verbose` a line
 * for each, with its whole reason and where that can be read.
 */
export function clientLines(
  walks: readonly ClientWalk[],
  width: number,
  verbose: boolean,
  paint: Paint,
): string[] {
  if (walks.length === 0) return [];
  const length = Math.max(...walks.map(({ title }) => columns(title)));
  const under = ' '.repeat(length + 4);
  const room = Math.max(30, width - length - 4);
  const line = (name: string, text: string, mark: string, colour: string): string[] => {
    const [first = '', ...rest] = wrap(text, room);
    const head = `  ${pad(name, length)}  ${first.replace(mark, paint(colour, mark))}`;
    return [head, ...rest.map(each => under + each)];
  };
  const one = (walk: ClientWalk): string[] => {
    const [word, colour] = RESULTS[walk.result];
    const lines = line(walk.title, verbose ? sentence(walk) : short(walk), word, colour);
    const sources = verbose ? walk.sources : [];
    return [...lines, ...sources.map(({ title, url }) => under + paint('2', `See ${title}: ${url}`))];
  };
  const others = (result: WalkResult): string[] => {
    const titles = walks.filter(each => each.result === result).map(({ title }) => title);
    const [word, colour] = RESULTS[result];
    return titles.length === 0
      ? []
      : wrap(`${word}: ${titles.join(', ')}`, width - 2).map(
          (each, index) => `  ${index === 0 ? each.replace(word, paint(colour, word)) : each}`,
        );
  };
  const notice = verbose ? walks : walks.filter(({ result }) => result === 'stops' || result === 'guesses');
  return [
    paint('1', 'Who will notice'),
    ...notice.flatMap(one),
    ...(verbose ? [] : [...others('through'), ...others('unknown')]),
    '',
  ];
}

/** The same in two columns: who, and what becomes of them; those who get through together. */
export function clientRows(walks: readonly ClientWalk[]): [string, string][] {
  const titles = (result: WalkResult) =>
    walks.filter(each => each.result === result).map(({ title }) => title);
  const together = (result: WalkResult): [string, string][] =>
    titles(result).length > 0 ? [[titles(result).join(', '), RESULTS[result][0]]] : [];
  const notice = walks.filter(({ result }) => result === 'stops' || result === 'guesses');
  return [
    ...notice.map((walk): [string, string] => [walk.title, short(walk)]),
    ...together('through'),
    ...together('unknown'),
  ];
}

/** The way of one client, step by step. */
export function walkText(
  walk: ClientWalk,
  target: string,
  width: number,
  paint: Paint,
  overridden?: string,
): string {
  const [word, colour] = RESULTS[walk.result];
  const head = `${walk.title} (${walk.version}) at ${plain(shownUrl(target), 1_000)}`;
  const steps = walk.steps.flatMap(({ url, because, verdict }, index) => [
    `${String(index + 1).padStart(3)}  ${plain(shownUrl(url), 1_000)}`,
    ...wrap(`${plain(because, 500)}`, width - 5).map(each => `     ${paint('2', each)}`),
    ...wrap(`→ ${plain(verdict, 500)}`, width - 5).map(each => `     ${each}`),
  ]);
  const end = wrap(sentence(walk), width).join('\n').replace(word, paint(colour, word));
  const sources = walk.sources.map(({ title, url }) => paint('2', `See ${title}: ${url}`));
  const said = overridden === undefined ? [] : wrap(overridden, width);
  return [
    paint('1', head),
    ...said,
    '',
    ...steps,
    ...(steps.length > 0 ? [''] : []),
    end,
    ...sources,
    '',
  ].join('\n');
}

/** `stops at the OAuth metadata (ASM-23)`: where, and not why. */
function short(walk: ClientWalk): string {
  const place = walk.steps.findLast(({ url }) => walk.reason.startsWith(`at ${url}:`));
  const where = place ? `at the ${place.because}` : whereOf(walk);
  return `${RESULTS[walk.result][0]} ${plain(where, 500)}${walk.code ? ` (${walk.code})` : ''}`;
}

function whereOf({ reason }: ClientWalk): string {
  const end = reason.search(/: | \(|, without | where nobody |\.$/);
  return end < 0 ? reason : reason.slice(0, end);
}

function sentence({ result, reason, code }: ClientWalk): string {
  const [word] = RESULTS[result];
  const text = plain(reason, 1_000);
  return `${word}${result === 'unknown' ? ': ' : ' '}${text}${code ? ` (${code})` : ''}`;
}
