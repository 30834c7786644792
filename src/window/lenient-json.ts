import { type Json, parseJson } from '../base/json.ts';

/**
 * JSON as people paste it: with comments and trailing commas, cut out of a larger file, without the outer
 * braces or with some of them too many. `undefined` for what is none all the same.
 */
export function parseLenient(text: string): Json | undefined {
  const clean = tidy(text);
  const ways = [
    () => clean,
    () => tidy(balanced(clean)),
    () => tidy(`{${clean}}`),
    () => tidy(balanced(`{${clean}`)),
  ];
  for (const way of ways) {
    const value = parseJson(way());
    if (value !== undefined && typeof value === 'object') return value;
  }
  return undefined;
}

/** A string, a comment, signs that mean nothing here, or one other sign. What is never closed goes to the end, so that each sign is read once. */
const PIECE = /"(?:[^"\\]|\\[\s\S])*(?:"|\\?$)|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|[^\s"/,{}[\]]+|[\s\S]/g;

/** Without comments, and without a comma before what ends an object, a list or the text. */
function tidy(text: string): string {
  let tidied = '';
  let comma = '';
  for (const [piece] of text.replaceAll(/[“”]/g, '"').matchAll(PIECE)) {
    if (/^\/[/*]/.test(piece)) continue;
    if (piece === ',') {
      comma = ',';
    } else if (comma !== '' && /^\s$/.test(piece)) {
      comma += piece;
    } else {
      tidied += piece === '}' || piece === ']' ? comma.slice(1) : comma;
      tidied += piece;
      comma = '';
    }
  }
  return tidied.trim();
}

/** What is not closed is closed, what closes nothing is left out. */
function balanced(text: string): string {
  let kept = '';
  const open: string[] = [];
  for (const [piece] of text.matchAll(PIECE)) {
    if (piece === '{') open.push('}');
    if (piece === '[') open.push(']');
    if ((piece === '}' || piece === ']') && open.pop() === undefined) continue;
    kept += piece;
  }
  return kept + open.reverse().join('');
}
