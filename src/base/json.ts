/** JSON as it may come from anyone. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** Whether a value is a JSON object, and not an array or null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Parses text that anyone may have written. Objects come without a prototype, so that a key named
 * `__proto__` is data like any other. `undefined` for what is not JSON.
 */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text, (_key, value) =>
      isObject(value) ? Object.assign(Object.create(null), value) : value,
    ) as Json;
  } catch {
    return undefined;
  }
}

/** The value as a string, when it is one. */
export function asString(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Any value as a text: a string as it is, anything else as JSON. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
}

/** The value as a list of strings, when it is an array; members that are no strings are left out. */
export function asStrings(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : undefined;
}
