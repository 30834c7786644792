import type { Since } from '../baseline.ts';

/** What has changed, a line each with a sign: what is there now, what is gone, what is another. */
export function sinceLines({ added, gone, changes }: Since): ['+' | '-' | '~', string][] {
  return [
    ...added.map(({ code, title }): ['+', string] => ['+', `${code} ${title}`]),
    ...gone.map(({ code, title }): ['-', string] => ['-', `${code} ${title}`]),
    ...changes.map(({ what, where, pointer, before, after }): ['+' | '-' | '~', string] => {
      const place = `${where}${pointer === '' ? '' : ` ${pointer}`}`;
      if (what === 'added') return ['+', `${place}: ${after}`];
      if (what === 'removed') return ['-', `${place}: ${before}`];
      return ['~', `${place}: ${before} → ${after}`];
    }),
  ];
}
