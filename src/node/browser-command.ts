/** Programs of a list beyond which it is no list. */
const MOST = 20;

/**
 * The command lines that KEYBRIDGE_BROWSER or BROWSER names, best first, as xdg-open reads it: programs with
 * arguments, a colon between two of them, `%s` where the URL belongs, else behind the rest, and with it `%%` for
 * a percent sign. Beside that a path may have spaces in it, quotes keep words together, and one `&` at the end
 * means nothing here. No shell has a part in it. `isProgram`: whether there is a file of this name.
 */
export function browserCommands(
  named: string,
  url: URL,
  platform: string,
  isProgram: (path: string) => boolean,
): readonly (readonly string[])[] {
  // A whole path is one program, whatever its letters.
  if (isProgram(named)) return [[named, url.href]];
  // There the colon stands behind a drive.
  const parts = platform === 'win32' ? [named] : named.split(':');
  return parts
    .slice(0, MOST)
    .map(part => commandOf(part.trim(), url, isProgram))
    .filter(words => words.length > 1);
}

function commandOf(text: string, url: URL, isProgram: (path: string) => boolean): string[] {
  const words = wordsOf(text, isProgram);
  if (words.at(-1) === '&') words.pop();
  if (words.length === 0) return [];
  const [program = '', ...rest] = words;
  if (!rest.some(word => /%s/.test(word))) return [program, ...rest, url.href];
  const fill = (word: string) => word.replace(/%[%s]/g, sign => (sign === '%%' ? '%' : url.href));
  return [program, ...rest.map(fill)];
}

function wordsOf(text: string, isProgram: (path: string) => boolean): string[] {
  const bare = text.split(/\s+/).filter(word => word !== '');
  if (/^(?:[/\\]|[a-z]:[/\\])/i.test(text)) {
    // The longest path that is there: its spaces are its own.
    for (let count = Math.min(bare.length, MOST); count > 1; count--) {
      const path = bare.slice(0, count).join(' ');
      if (text.startsWith(path) && isProgram(path)) return [path, ...quoted(text.slice(path.length))];
    }
  }
  return quoted(text);
}

/** Words with white space between them, or in quotes. */
function quoted(text: string): string[] {
  const words = text.match(/(?:[^\s"']+|"[^"]*"|'[^']*'|["'])+/g) ?? [];
  return words.map(word =>
    word.replace(/"([^"]*)"|'([^']*)'/g, (_whole, one = '', other = '') => one + other),
  );
}
