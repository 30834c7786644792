import { Fault } from '../base/fault.ts';
import { isObject, type JsonObject, parseJson } from '../base/json.ts';
import { plain } from '../base/text.ts';

/** What a command line reads from its surroundings; passed in so that parsing is a pure function. */
export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  /** Reads a text file named on the command line. May throw. */
  readFile(path: string): string;
  platform: string;
}

/** The words of a command line, sorted: a flag that takes a value may be there several times. */
export interface Words {
  places: readonly string[];
  values: ReadonlyMap<string, readonly string[]>;
  flags: ReadonlySet<string>;
}

export const QUOTES =
  'The URL and a port; a value with a space in it, such as a header, wants quotes around it.';

/** A command line that is wrong. Code `usage.flag`. */
export function usage(message: string, remedy = '`keybridge --help` lists them all.'): Fault {
  return new Fault('usage.flag', message, { remedy });
}

/**
 * `${VAR}` becomes the variable's value, so that secrets stay out of argument lists. Throws `usage.flag`,
 * which names `where`, when one is not set.
 */
export function expand(text: string, env: Surroundings['env'], where: string): string {
  return text.replace(/\$\{([^{}]+)\}/g, (_whole, name: string) => {
    const value = env[name];
    // Not `undefined`: an environment has properties of every object too, such as toString.
    if (typeof value !== 'string') {
      throw new Fault(
        'usage.flag',
        `The environment variable ${plain(name, 80)}, named in ${where}, is not set.`,
        { remedy: 'Set it in the "env" of the host\'s configuration.' },
      );
    }
    return value;
  });
}

/** The text of a file named on the command line. Throws `usage.flag`. */
export function readNamed(flag: string, path: string, { readFile }: Surroundings): string {
  try {
    // Editors on Windows put a byte order mark first.
    return readFile(path).replace(/^\ufeff/, '');
  } catch (error) {
    throw new Fault(
      'usage.flag',
      `${flag}: the file ${plain(path, 300)} cannot be read (${(error as { code?: string }).code ?? 'error'}).`,
      {
        remedy: 'Check the path and its permissions.',
      },
    );
  }
}

/** The JSON object a value is, or `@file` holds. Throws `usage.flag`. */
export function readObject(flag: string, text: string, surroundings: Surroundings): JsonObject {
  const content = text.startsWith('@') ? readNamed(flag, text.slice(1), surroundings) : text;
  const value = parseJson(content);
  // The content may hold a secret, so it is not shown.
  if (!isObject(value)) throw usage(`${flag} wants a JSON object or @file.`);
  return { ...value };
}

/** Seconds beyond which a timer of Node's would go off at once. */
const MOST_SECONDS = 2_147_483;

/**
 * A number of seconds, mcp-remote's unit, as milliseconds: at least one of them, or none at all where 0 says
 * that there is no limit. Throws `usage.flag`.
 */
export function readSeconds(flag: string, text: string | undefined, mayBeZero = false): number | undefined {
  if (text === undefined) return undefined;
  const seconds = text.trim() === '' ? Number.NaN : Number(text);
  if (mayBeZero && seconds === 0) return 0;
  if (seconds > 0 && seconds <= MOST_SECONDS) return Math.max(1, Math.round(seconds * 1000));
  const none = mayBeZero ? ', or 0 for no limit' : '';
  throw usage(`${flag} wants a number of seconds${none}.`, `For example: ${flag} 30`);
}
