/** One directive: `listen 443 ssl;`, or with a block: `location /mcp { … }`. */
export interface Directive {
  name: string;
  /** Without their quotes. */
  args: readonly string[];
  /** Line it begins on, from 1; of several files that are read as one, counted through all of them. */
  line: number;
  block?: readonly Directive[];
}

/** A configuration as far as it could be read, and what could not be. */
export interface Parsed {
  directives: readonly Directive[];
  problems: readonly { line: number; text: string }[];
}

interface Token {
  kind: 'word' | ';' | '{' | '}';
  text: string;
  line: number;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '\\': '\\',
  t: '\t',
  r: '\r',
  n: '\n',
};

/** Blocks within blocks beyond which nothing is read: nginx itself has no use for a dozen. */
const DEEPEST = 100;

/**
 * Reads nginx's configuration language: words, quotes, escapes, comments, blocks. Never throws; what is wrong is in
 * `problems`, and the rest is read all the same. Included files are named by their directives and not followed.
 * `firstLine` is what the first line counts as.
 */
export function parseNginx(text: string, firstLine = 1): Parsed {
  const problems: { line: number; text: string }[] = [];
  const top: Directive[] = [];
  const open: { line: number; into: Directive[] }[] = [{ line: firstLine, into: top }];
  let words: Token[] = [];
  const finish = (block?: Directive[]) => {
    const [name, ...args] = words;
    words = [];
    if (!name) return false;
    const directive = { name: name.text, args: args.map(each => each.text), line: name.line };
    open.at(-1)?.into.push(block ? { ...directive, block } : directive);
    return true;
  };
  const reader = readTokens(text, problems, firstLine);
  for (let token = reader.next(); token; token = reader.next()) {
    if (token.kind === 'word') {
      words.push(token);
    } else if (token.kind === ';') {
      if (!finish()) problems.push({ line: token.line, text: 'A semicolon ends nothing.' });
    } else if (token.kind === '{') {
      const [name] = words;
      const block: Directive[] = [];
      if (!finish(block)) problems.push({ line: token.line, text: 'A block has no name.' });
      if (name && /_by_lua_block$/.test(name.text)) reader.skipBlock();
      else open.push({ line: token.line, into: block });
      if (open.length > DEEPEST) {
        problems.push({ line: token.line, text: 'Blocks within blocks go too deep; the rest is not read.' });
        return { directives: top, problems };
      }
    } else {
      const [first] = words;
      if (first) {
        problems.push({ line: first.line, text: `There is no semicolon behind "${first.text}".` });
        finish();
      }
      if (open.length > 1) open.pop();
      else problems.push({ line: token.line, text: 'A brace closes nothing.' });
    }
  }
  const [first] = words;
  if (first) {
    problems.push({ line: first.line, text: `There is no semicolon behind "${first.text}".` });
    finish();
  }
  for (const { line } of open.slice(1)) problems.push({ line, text: 'A block is not closed.' });
  return { directives: top, problems };
}

function readTokens(text: string, problems: { line: number; text: string }[], firstLine: number) {
  let at = 0;
  let line = firstLine;
  const step = () => {
    if (text[at] === '\n') line++;
    return text[at++] ?? '';
  };
  /** A quoted word, the opening quote already read; or a bare one up to what ends it. */
  const word = (quote: string): string => {
    let value = '';
    const begin = line;
    while (at < text.length) {
      const sign = text[at] ?? '';
      if (quote === '' ? /[\s;{}]/.test(sign) : sign === quote) {
        // A variable may be written ${name}.
        if (!(quote === '' && sign === '{' && text[at - 1] === '$')) break;
        while (at < text.length && text[at] !== '}' && !/\s/.test(text[at] ?? '')) value += step();
        if (text[at] !== '}') continue;
      }
      step();
      if (sign !== '\\' || at >= text.length) {
        value += text[at - 1];
        continue;
      }
      const next = step();
      value += ESCAPES[next] ?? `\\${next}`;
    }
    if (quote !== '' && at >= text.length) problems.push({ line: begin, text: 'A quote is not closed.' });
    if (quote !== '') at++;
    return value;
  };
  return {
    next(): Token | undefined {
      for (;;) {
        while (at < text.length && /[\s\ufeff]/.test(text[at] ?? '')) step();
        if (text[at] !== '#') break;
        while (at < text.length && text[at] !== '\n') step();
      }
      if (at >= text.length) return undefined;
      const begin = line;
      const sign = text[at] ?? '';
      if (sign === ';' || sign === '{' || sign === '}') {
        at++;
        return { kind: sign, text: sign, line: begin };
      }
      const isQuoted = sign === '"' || sign === "'";
      if (isQuoted) at++;
      return { kind: 'word', text: word(isQuoted ? sign : ''), line: begin };
    },
    /** Lua in a block is another language; only its braces count. */
    skipBlock() {
      for (let depth = 1; depth > 0 && at < text.length; ) {
        const sign = step();
        if (sign === '{') depth++;
        if (sign === '}') depth--;
      }
    },
  };
}

/** Directives in nginx's language; reading them again gives the same, but for lines. */
export function printNginx(directives: readonly Directive[], indent = ''): string {
  return directives
    .map(({ name, args, block }) => {
      const words = [name, ...args].map(quoted).join(' ');
      if (!block) return `${indent}${words};\n`;
      return `${indent}${words} {\n${printNginx(block, `${indent}    `)}${indent}}\n`;
    })
    .join('');
}

const quoted = (word: string): string =>
  /^[\w$./:=@~^-]+$/.test(word) ? word : `"${word.replace(/["\\]/g, '\\$&')}"`;
