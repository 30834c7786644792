/** What our own YAML means: block style, plain and double-quoted scalars, comments on lines of their own. */
export function readYaml(text: string): unknown[] {
  return text.split(/^---$/m).map(part => {
    const lines = part
      .split('\n')
      .filter(line => line.trim() !== '' && !line.trim().startsWith('#'))
      .map(line => ({ indent: line.search(/\S/), text: line.trim() }));
    const value = readBlock(lines);
    if (lines.length > 0) throw new Error(`left over: ${lines[0]?.text}`);
    return value;
  });
}

interface Line {
  indent: number;
  text: string;
}

function readBlock(lines: Line[]): unknown {
  const indent = lines[0]?.indent ?? 0;
  if (lines[0]?.text.startsWith('- ')) {
    const list: unknown[] = [];
    while (lines[0]?.indent === indent && lines[0].text.startsWith('- ')) {
      // What follows the hyphen is a block of its own, two columns further in.
      lines[0] = { indent: indent + 2, text: lines[0].text.slice(2) };
      list.push(readBlock(lines));
    }
    return list;
  }
  if (!/^(?:"[^"]*"|[^":]+):(?: |$)/.test(lines[0]?.text ?? '')) return scalar(lines.shift()?.text ?? '');
  const map: Record<string, unknown> = {};
  while (lines[0]?.indent === indent) {
    const [, name = '', value = ''] = /^("[^"]*"|[^":]+):(?: (.*))?$/.exec(lines.shift()?.text ?? '') ?? [];
    const key = String(scalar(name));
    if (name === '' || key in map) throw new Error(`a key that is none, or is there twice: ${key}`);
    map[key] = value === '' ? readBlock(lines) : scalar(value);
  }
  return map;
}

function scalar(text: string): unknown {
  if (text === '{}') return {};
  if (/^(?:true|false|\d+)$/.test(text)) return JSON.parse(text);
  if (text.startsWith('"')) return JSON.parse(text);
  if (/^[&*!|>'%@`[{?-]|: | #/.test(text)) throw new Error(`wants quotes: ${text}`);
  return text;
}
