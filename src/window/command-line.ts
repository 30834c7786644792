import { Fault } from '../base/fault.ts';

/** A command of a text: the variables set before it, and its words. */
export interface Command {
  variables: Readonly<Record<string, string>>;
  words: readonly string[];
}

/** One piece of a line: what is quoted, a line's end, white space, or one other sign. */
const PIECE =
  /'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\(\r?\n|[\s"'\\$&|;<>()*?[\]#~=%!{}])|([\r\n]+|;(?=\s|$)|&&)|([^\S\r\n]+)|([\s\S])/g;

/**
 * The commands of a text, as a shell divides it: quotes, escapes, several lines, `NAME=value` before a
 * command. Nothing is expanded. A backslash before a letter stays, as in a path of Windows. Throws
 * `usage.flag` for a quote that is not closed.
 */
export function readCommands(text: string): Command[] {
  const commands: Command[] = [];
  let words: string[] = [];
  let word: string | undefined;
  const endWord = () => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  const endCommand = () => {
    endWord();
    if (words.length > 0) commands.push(toCommand(words));
    words = [];
  };
  for (const [, single, double, escaped, end, space, sign] of text.matchAll(PIECE)) {
    if (end !== undefined) endCommand();
    else if (space !== undefined) endWord();
    else if (escaped !== undefined && /\n/.test(escaped)) endWord();
    else if (sign === '"' || sign === "'") {
      throw new Fault('usage.flag', 'A quotation mark in this command is never closed.', {
        remedy: 'Paste the whole command, with the quotes at both ends.',
      });
    } else {
      word = (word ?? '') + (single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? sign);
    }
  }
  endCommand();
  return commands;
}

function toCommand(all: readonly string[]): Command {
  const variables: Record<string, string> = {};
  // What a terminal shows before the cursor is copied along.
  for (let at = all[0] === '$' || all[0] === '>' || all[0] === '%' ? 1 : 0; ; at++) {
    const [, name, value] = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(all[at] ?? '') ?? [];
    if (name === undefined) return { variables, words: all.slice(at) };
    variables[name] = value ?? '';
  }
}
