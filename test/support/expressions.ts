import { createRequire } from 'node:module';
import { parseSync } from 'rolldown/utils';
import { type HouseFile, type SyntaxNode, walk } from './house.ts';

/** A regular expression of the source. */
export interface Expression {
  source: string;
  flags: string;
  /** `src/base/text.ts:12` */
  places: string[];
}

/** Where an expression is made of something that is not written there. */
export interface MadeExpression {
  place: string;
  text: string;
}

/** How an analyzer builds a text that an expression takes long for. */
export interface Attack {
  pumps: readonly { prefix: string; pump: string }[];
  suffix: string;
}

export interface Verdict {
  status: 'safe' | 'vulnerable' | 'unknown';
  attack?: Attack;
}

export const written = ({ source, flags }: Pick<Expression, 'source' | 'flags'>) => `/${source}/${flags}`;

/** Every regular expression that stands in the files, each once, and those that are put together at run time. */
export function expressionsIn(files: readonly HouseFile[]): {
  expressions: Expression[];
  made: MadeExpression[];
} {
  const known = new Map<string, Expression>();
  const made: MadeExpression[] = [];
  for (const { path, text } of files) {
    walk(parseSync(path, text).program as unknown as SyntaxNode, node => {
      const [start, end] = [node.start as number, node.end as number];
      const place = () => `${path}:${text.slice(0, start).split('\n').length}`;
      const regex = node.regex as { pattern: string; flags: string } | undefined;
      if (node.type === 'Literal' && regex) {
        const each = { source: regex.pattern, flags: regex.flags, places: [] as string[] };
        const same = known.get(written(each)) ?? each;
        same.places.push(place());
        known.set(written(each), same);
      }
      const callee = node.callee as { name?: string } | undefined;
      if ((node.type === 'NewExpression' || node.type === 'CallExpression') && callee?.name === 'RegExp')
        made.push({ place: place(), text: text.slice(start, end) });
    });
  }
  return { expressions: [...known.values()], made };
}

/** The analyzer's build without a Java or native part. */
const { checkSync } = createRequire(import.meta.url)('recheck/lib/browser.js') as Pick<
  typeof import('recheck'),
  'checkSync'
>;

/** Milliseconds for one expression. */
const PATIENCE = 10_000;
/** A repeat of up to so many is as good as one without end. */
const ENDLESS = 1_000;

/** Whether an expression takes time that grows faster than the text. */
export function judgeExpression({ source, flags }: Pick<Expression, 'source' | 'flags'>): Verdict {
  const widened = source.replace(/\{(\d+),(\d+)\}/g, (whole, least, most) =>
    Number(most) >= ENDLESS ? `{${least},}` : whole,
  );
  const found = checkSync(widened, flags.replaceAll(/[dv]/g, ''), { timeout: PATIENCE });
  return { status: found.status, ...(found.status === 'vulnerable' ? { attack: found.attack } : {}) };
}

/** The attack in as many characters as it has room for. */
export function attackOf({ pumps, suffix }: Attack, size: number): string {
  const room = size / Math.max(1, pumps.length);
  const body = pumps.map(
    ({ prefix, pump }) => prefix + pump.repeat(Math.max(1, Math.floor(room / pump.length))),
  );
  return body.join('') + suffix;
}

const SIGNS = [...' a0-=:/."<>[{(%+_;&@\\,\n\u2028\ufffd'];

/**
 * Texts that a matcher may take long for, made of an expression's own words: each word and sign again and again,
 * words with runs of a sign behind them, and at the end something that does not fit.
 */
export function* strains(source: string, size: number): Generator<string> {
  const words = source
    .replace(/\\[a-zA-Z](?:\{[^}]*\})?|\{\d*,?\d*\}|\(\?[:=!<]+/g, '\0')
    .split(/[^\p{L}\p{N} _"=:<>/;@&-]+/u)
    .filter(word => word !== '')
    .slice(0, 6);
  const units = [...new Set([...words, ...SIGNS])];
  const runOf = (unit: string) => unit.repeat(Math.ceil(size / unit.length));
  for (const unit of units) yield `${runOf(unit)}\0`;
  for (const word of words) {
    for (const sign of SIGNS) {
      yield `${runOf(word + sign)}\0`;
      yield `${word}${runOf(sign)}\0`;
    }
  }
}

/** Matches as the source does: all of it for `g`, else once. */
export function matchAll({ source, flags }: Pick<Expression, 'source' | 'flags'>): (text: string) => void {
  const regex = new RegExp(source, flags);
  return text => {
    regex.lastIndex = 0;
    if (regex.global) text.replace(regex, '');
    else regex.test(text);
  };
}
