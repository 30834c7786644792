import { Fault } from '../base/fault.ts';
import { asString, asStrings, isObject, type Json, type JsonObject } from '../base/json.ts';
import { plain } from '../base/text.ts';
import { type Command, readCommands } from './command-line.ts';
import { parseLenient } from './lenient-json.ts';
import { type ListedServer, toListed, type Values } from './listed.ts';
import type { Surroundings } from './surroundings.ts';

/** Characters of a pasted text, which is looked through several times in one turn, and servers it may name. */
const LONGEST = 32 * 1024;
const MOST = 100;

/** One server that a text names, or why what stands there is none. The values are secrets. */
export type Read = { name?: string } & (
  | { listed: ListedServer; values: Values; problem?: never }
  | { problem: Fault; listed?: never }
);

/** The words behind the program, and the variables they may name. */
interface Line extends Command {
  name?: string;
  problem?: Fault;
}

type Reader = Pick<Surroundings, 'readCommand' | 'sortWords'>;

/**
 * The servers of a text: a URL, a command line of mcp-remote's or of Keybridge's, a host's JSON or a part of
 * it. `profile` counts in place of the one it names. Throws `usage.*` for a text that is nothing of the kind;
 * no fault repeats a value, which may be a secret.
 */
export function readText(text: string, reader: Reader, profile?: string): Read[] {
  if (text.length > LONGEST)
    throw new Fault('usage.flag', 'This text is too long to be the entry of a server.');
  const trimmed = text.replace(/^\ufeff/, '').trim();
  const lines = isJson(trimmed) ? fromJson(trimmed) : fromText(trimmed);
  return lines.slice(0, MOST).map(line => read(line, reader, profile));
}

function read({ name, words, variables, problem }: Line, reader: Reader, profile: string | undefined): Read {
  const called = name === undefined ? {} : { name: plain(name, 80) };
  if (problem) return { ...called, problem };
  try {
    const all = profile === undefined ? words : [...words, '--as', profile];
    const { listed, values } = toListed(
      reader.readCommand(all, variables),
      reader.sortWords(all),
      called.name,
    );
    return { ...called, listed, values };
  } catch (error) {
    return { ...called, problem: Fault.of(error) };
  }
}

/** Whether it begins as JSON does; also a part of an object, `"name": …`. */
function isJson(text: string): boolean {
  return /^(?:\/[/*]|[{[]|["“][^"”\n]*["”]\s*:)/.test(text);
}

function fromText(text: string): Line[] {
  // A URL may hold signs that a shell would divide it at.
  if (/^https?:\S+$/i.test(text)) return [{ variables: {}, words: [text] }];
  return readCommands(text).slice(0, MOST).map(fromCommand);
}

function fromCommand({ variables, words }: Command): Line {
  const [first = ''] = words;
  if (/^https?:/i.test(first)) return { variables, words };
  const program = words.findIndex(each =>
    /(?:^|[\\/])(?:mcp-remote(?:@[\w.^~*-]+)?|keybridge(?:\.(?:js|cmd|exe))?|proxy\.js)$/i.test(each),
  );
  if (program < 0) return { variables, words, problem: unknown(first) };
  const rest = words.slice(program + 1);
  // `keybridge login URL` means the same server.
  return { variables, words: /^(?:login|doctor|logout|forget)$/.test(rest[0] ?? '') ? rest.slice(1) : rest };
}

function unknown(first: string): Fault {
  if (/^[\w-]+(?:\.[\w-]+)+(?:[/:]|$)/.test(first)) {
    return new Fault('usage.url', 'The address of a server begins with https://.', {
      remedy: 'Write https:// before it.',
    });
  }
  return new Fault('usage.flag', 'This is neither a URL nor a command of mcp-remote or Keybridge.', {
    remedy: 'Paste the URL of an MCP server, the command line, or the entry of the host’s configuration.',
  });
}

function fromJson(text: string): Line[] {
  const value = parseLenient(text);
  if (value === undefined) {
    throw new Fault(
      'usage.flag',
      'This looks like JSON and is none: a quotation mark, comma or brace is missing.',
      {
        remedy: 'Paste the whole entry of the host’s configuration, from its name to its last brace.',
      },
    );
  }
  const lines = Array.isArray(value)
    ? value.filter(isObject).flatMap(each => ofObject(each))
    : ofObject(value as JsonObject);
  if (lines.length > 0) return lines;
  throw new Fault('usage.flag', 'No server is named in this JSON.', {
    remedy: 'An entry has a "url", or a "command" with "args".',
  });
}

/** Where hosts keep their servers within their configuration. */
const SHELVES = ['mcpServers', 'servers', 'context_servers', 'mcp'];

function ofObject(value: JsonObject, depth = 0): Line[] {
  if (isEntry(value)) return [fromEntry(value, asString(value.name))];
  for (const shelf of SHELVES) {
    const inner = value[shelf];
    if (isObject(inner) && depth < SHELVES.length) return ofObject(inner, depth + 1);
  }
  return Object.entries(value).flatMap(([name, entry]) =>
    isObject(entry) && isEntry(entry) ? [fromEntry(entry, name)] : [],
  );
}

/** Members that name the address, as one host or another spells it. */
const ADDRESSES = ['url', 'serverUrl', 'httpUrl'];

function isEntry(value: JsonObject): boolean {
  return [...ADDRESSES, 'command'].some(member => isText(value[member]) || Array.isArray(value[member]));
}

function isText(value: Json | undefined): value is string {
  return typeof value === 'string';
}

function fromEntry(entry: JsonObject, name: string | undefined): Line {
  const called = name === undefined ? {} : { name };
  const variables = texts(entry.env);
  const address = ADDRESSES.map(member => entry[member]).find(isText);
  if (address !== undefined) {
    const headers = Object.entries(texts(entry.headers)).flatMap(([header, value]) => [
      '--header',
      `${header}:${ofEnvironment(value)}`,
    ]);
    const kind = asString(entry.type) ?? asString(entry.transport) ?? '';
    const transport = /sse/i.test(kind) ? ['--transport', 'sse-first'] : [];
    return { ...called, variables, words: [address, ...headers, ...transport] };
  }
  // Some hosts have the whole command as a list, or as one line.
  const [command = '', ...more] = asStrings(entry.command) ?? [asString(entry.command) ?? ''];
  const args = [...more, ...(asStrings(entry.args) ?? [])];
  const words = args.length === 0 ? (readCommands(command)[0]?.words ?? []) : [command, ...args];
  const line = fromCommand({ variables, words: words.map(ofEnvironment) });
  if (!line.problem) return { ...called, ...line };
  return {
    ...called,
    ...line,
    problem: new Fault(
      'usage.flag',
      'This entry starts a program of its own, not a bridge to a remote server.',
      {
        remedy: 'Keybridge is for servers that have a URL. Leave this one in the host’s configuration.',
      },
    ),
  };
}

/** `${env:NAME}`, as some hosts write it, is `${NAME}`. */
function ofEnvironment(text: string): string {
  return text.replaceAll('${env:', '${');
}

function texts(value: Json | undefined): Record<string, string> {
  const members = Object.entries(isObject(value) ? value : {});
  return Object.fromEntries(members.filter((member): member is [string, string] => isText(member[1])));
}
