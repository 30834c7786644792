import { type Directive, type Parsed, parseNginx } from './parse.ts';

/** What the argument of an include leads to. */
export interface Included {
  files: readonly { path: string; text: string }[];
  /** What could not be read, each with the reason as a sentence. */
  unread: readonly { path: string; why: string }[];
}

/** Reads what an include names: a path, or a pattern of paths. Never throws. */
export type ReadIncluded = (pattern: string) => Included;

/** A place in one of several files; lines are counted from 1. */
export interface FileLine {
  file: string;
  line: number;
}

/** A configuration with everything it includes. */
export interface Whole {
  /** Includes that were followed have what they lead to in their place. Lines are counted through all files. */
  directives: readonly Directive[];
  problems: readonly (FileLine & { text: string })[];
  /** Every file that was read, in the order it was. */
  files: readonly string[];
  /** Includes that could not be followed, in whole or in part, and why. */
  unread: readonly (FileLine & { include: string; why: string })[];
  /** Where a line, counted through all files, really is. */
  placeOf(line: number): FileLine;
}

/** Files that are read, the same one as often as it is included. nginx itself knows no limit. */
const MOST_FILES = 1_000;
/** Characters of all of them. */
const MOST_TEXT = 16 * 1024 * 1024;
/** Files within files. */
const DEEPEST = 20;

/** Reads a configuration and follows its includes, as far as `read` and the limits go. Never throws. */
export function readWhole(file: string, text: string, read?: ReadIncluded): Whole {
  const starts: { file: string; from: number }[] = [];
  const problems: Whole['problems'][number][] = [];
  const unread: Whole['unread'][number][] = [];
  let next = 1;
  let size = 0;
  const placeOf = (line: number): FileLine => {
    const start = starts.findLast(({ from }) => from <= line) ?? { file, from: 1 };
    return { file: start.file, line: line - start.from + 1 };
  };
  const take = (path: string, content: string): readonly Directive[] => {
    const from = next;
    const parsed: Parsed = parseNginx(content, from);
    starts.push({ file: path, from });
    next += content.split('\n').length;
    size += content.length;
    for (const { line, text: what } of parsed.problems) problems.push({ ...placeOf(line), text: what });
    return parsed.directives;
  };
  const follow = (directive: Directive, stack: readonly string[]): Directive[] => {
    const [include = ''] = directive.args;
    const miss = (path: string, why: string) => {
      const what = path === '' || path === include ? why : `${path}: ${why}`;
      unread.push({ ...placeOf(directive.line), include, why: what });
    };
    if (!read) {
      miss('', 'Only what was given is read.');
      return [directive];
    }
    const { files, unread: lost } = read(include);
    for (const { path, why } of lost) miss(path, why);
    const found: Directive[] = [];
    let isWhole = lost.length === 0;
    for (const each of files) {
      const why = stack.includes(each.path)
        ? 'It includes itself.'
        : stack.length >= DEEPEST
          ? `Files within files go deeper than ${DEEPEST}.`
          : starts.length >= MOST_FILES || size + each.text.length > MOST_TEXT
            ? 'There is too much to read; the rest was left out.'
            : undefined;
      if (why === undefined) found.push(...expand(take(each.path, each.text), [...stack, each.path]));
      else {
        miss(each.path, why);
        isWhole = false;
      }
    }
    // What is missing may be anything: rules see that something is.
    return isWhole ? found : [directive, ...found];
  };
  const expand = (directives: readonly Directive[], stack: readonly string[]): Directive[] =>
    directives.flatMap(each => {
      if (each.block) return [{ ...each, block: expand(each.block, stack) }];
      return each.name === 'include' && each.args.length === 1 ? follow(each, stack) : [each];
    });
  const directives = expand(take(file, text), [file]);
  return { directives, problems, files: [...new Set(starts.map(each => each.file))], unread, placeOf };
}

/** Whether nginx takes the argument of an include for a pattern. */
export const isPattern = (text: string): boolean => /[*?[]/.test(text);

/**
 * One segment of a path pattern, as glob(3) reads it: `*` and `?` and sets in brackets; no dot at the beginning is
 * matched by them.
 */
export function segmentMatcher(segment: string): (name: string) => boolean {
  const parts: ('*' | ((sign: string) => boolean))[] = [];
  const signs = [...segment];
  for (let at = 0; at < signs.length; at++) {
    const sign = signs[at] ?? '';
    const end = sign === '[' ? signs.indexOf(']', at + 2) : -1;
    if (sign === '*') parts.push('*');
    else if (sign === '?') parts.push(() => true);
    else if (end > 0) {
      parts.push(setMatcher(signs.slice(at + 1, end)));
      at = end;
    } else parts.push(other => other === sign);
  }
  return name => (segment.startsWith('.') || !name.startsWith('.')) && isMatch(parts, [...name]);
}

/** `a-z0-9`, or with `!` or `^` in front all others. */
function setMatcher(signs: readonly string[]): (sign: string) => boolean {
  const isNegated = signs[0] === '!' || signs[0] === '^';
  const set = isNegated ? signs.slice(1) : signs;
  const has = (sign: string) => {
    for (let at = 0; at < set.length; at++) {
      const [from = '', dash, to] = set.slice(at, at + 3);
      if (dash === '-' && to !== undefined) {
        if (from <= sign && sign <= to) return true;
        at += 2;
      } else if (from === sign) return true;
    }
    return false;
  };
  return sign => has(sign) !== isNegated;
}

/** In a time that grows with the product of both lengths: only the last star is ever tried again. */
function isMatch(parts: readonly ('*' | ((sign: string) => boolean))[], name: readonly string[]): boolean {
  let [part, at] = [0, 0];
  let star: { part: number; at: number } | undefined;
  while (at < name.length) {
    const each = parts[part];
    if (each === '*') {
      star = { part, at };
      part++;
    } else if (each?.(name[at] ?? '')) {
      part++;
      at++;
    } else if (star) {
      star.at++;
      part = star.part + 1;
      at = star.at;
    } else return false;
  }
  return parts.slice(part).every(each => each === '*');
}

/** What `nginx -T` prints: each file behind a line that names it. */
const HEADING = /^# configuration file (.+):$/;

/**
 * The files of such a print, the main one first, and how its includes are followed within it; `undefined` for any
 * other text.
 */
export function readDump(text: string): { main: string; text: string; read: ReadIncluded } | undefined {
  const files = new Map<string, string[]>();
  let current: string[] | undefined;
  for (const line of text.split('\n')) {
    const name = HEADING.exec(line)?.[1];
    if (name === undefined) {
      current?.push(line);
      continue;
    }
    current = [];
    if (!files.has(name)) files.set(name, current);
  }
  const [main] = files.keys();
  if (main === undefined) return undefined;
  const base = main.slice(0, main.lastIndexOf('/') + 1);
  const contentOf = (path: string) => files.get(path)?.join('\n') ?? '';
  const read: ReadIncluded = include => {
    const pattern = include.startsWith('/') ? include : `${base}${include}`;
    const segments = pattern.split('/').map(segmentMatcher);
    const names = [...files.keys()].filter(name => {
      const parts = name.split('/');
      return (
        parts.length === segments.length && parts.every((part, at) => part === '' || segments[at]?.(part))
      );
    });
    const why = 'It is not in what nginx -T printed.';
    return {
      files: names.sort().map(path => ({ path, text: contentOf(path) })),
      unread: names.length > 0 || isPattern(include) ? [] : [{ path: pattern, why }],
    };
  };
  return { main, text: contentOf(main), read };
}
