import { isIP } from 'node:net';

/** A JSON Schema as far as {@link violations} understands it; a keyword it does not know is an error. */
export interface Schema {
  readonly [keyword: string]: unknown;
}

const SILENT = new Set([
  '$schema',
  '$id',
  '$defs',
  'definitions',
  'title',
  'description',
  'default',
  'examples',
  '$comment',
]);

const TYPES: Record<string, (value: unknown) => boolean> = {
  object: value => typeof value === 'object' && value !== null && !Array.isArray(value),
  array: Array.isArray,
  string: value => typeof value === 'string',
  number: value => typeof value === 'number',
  integer: Number.isInteger,
  boolean: value => typeof value === 'boolean',
  null: value => value === null,
};

const FORMATS: Record<string, (text: string) => boolean> = {
  uri: text => URL.canParse(text) && !/[\s<>"{}|\\^`]/.test(text),
  'uri-reference': text => URL.canParse(text, 'https://base.example/') && !/[\s<>"{}|\\^`]/.test(text),
  ipv4: text => isIP(text) === 4,
  ipv6: text => isIP(text) === 6,
  'date-time': text => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(text),
};

/** Where a value breaks a schema, each place with the reason. */
export function violations(value: unknown, schema: Schema, root: Schema = schema, place = ''): string[] {
  const found: string[] = [];
  const record = TYPES.object?.(value) ? (value as Record<string, unknown>) : undefined;
  const list = Array.isArray(value) ? value : undefined;
  const say = (text: string) => found.push(`${place || '/'}: ${text}`);
  const deeper = (each: unknown, under: unknown, at: string | number) =>
    found.push(...violations(each, under as Schema, root, `${place}/${at}`));
  const choices = (of: unknown) =>
    (of as Schema[]).filter(each => violations(value, each, root, place).length === 0).length;
  /** What is wrong with the value as the one of them that it was most likely meant to be. */
  const nearest = (of: unknown) => {
    const here = (found: string[]) => found.filter(each => each.startsWith(`${place || '/'}: `)).length;
    const all = (of as Schema[]).map(each => violations(value, each, root, place));
    return all.toSorted((one, other) => here(one) - here(other) || one.length - other.length)[0] ?? [];
  };
  for (const [keyword, rule] of Object.entries(schema)) {
    switch (keyword) {
      case '$ref':
        found.push(...violations(value, resolve(root, String(rule)), root, place));
        break;
      case 'type':
        if (![rule].flat().some(type => TYPES[String(type)]?.(value))) say(`is no ${rule}`);
        break;
      case 'const':
        if (value !== rule) say(`is not ${JSON.stringify(rule)}`);
        break;
      case 'enum':
        if (!(rule as unknown[]).includes(value)) say(`${JSON.stringify(value)} is not one of ${rule}`);
        break;
      case 'pattern':
        if (typeof value === 'string' && !new RegExp(String(rule), 'u').test(value))
          say(`${JSON.stringify(value)} does not match ${rule}`);
        break;
      case 'format':
        if (!FORMATS[String(rule)]) throw new Error(`Unknown format ${rule}`);
        if (typeof value === 'string' && !FORMATS[String(rule)]?.(value)) say(`${value} is no ${rule}`);
        break;
      case 'minimum':
        if (typeof value === 'number' && value < Number(rule)) say(`is less than ${rule}`);
        break;
      case 'maximum':
        if (typeof value === 'number' && value > Number(rule)) say(`is more than ${rule}`);
        break;
      case 'minLength':
        if (typeof value === 'string' && value.length < Number(rule)) say('is too short');
        break;
      case 'minItems':
        if (list && list.length < Number(rule)) say('has too few items');
        break;
      case 'maxItems':
        if (list && list.length > Number(rule)) say('has too many items');
        break;
      case 'uniqueItems':
        if (list && new Set(list.map(each => JSON.stringify(each))).size < list.length)
          say('has an item twice');
        break;
      case 'items':
        for (const [at, each] of list?.entries() ?? []) deeper(each, rule, at);
        break;
      case 'required':
        for (const name of rule as string[]) if (record && !(name in record)) say(`lacks ${name}`);
        break;
      case 'properties':
        for (const [name, under] of Object.entries(rule as object))
          if (record && name in record) deeper(record[name], under, name);
        break;
      case 'additionalProperties':
        for (const [name, each] of Object.entries(record ?? {})) {
          if (name in ((schema.properties as object | undefined) ?? {})) continue;
          if (rule === false) say(`has ${name}, which it may not`);
          else deeper(each, rule, name);
        }
        break;
      case 'anyOf':
        if (choices(rule) === 0) {
          say('is none of what it may be');
          found.push(...nearest(rule));
        }
        break;
      case 'oneOf':
        if (choices(rule) !== 1) {
          say('is not exactly one of what it may be');
          found.push(...nearest(rule));
        }
        break;
      default:
        if (!SILENT.has(keyword)) throw new Error(`Unknown keyword ${keyword}`);
    }
  }
  return found;
}

function resolve(root: Schema, reference: string): Schema {
  const found = reference
    .replace(/^#\/?/, '')
    .split('/')
    .filter(part => part !== '')
    .reduce<unknown>((node, part) => (node as Record<string, unknown> | undefined)?.[part], root);
  if (found === undefined) throw new Error(`Nothing at ${reference}`);
  return found as Schema;
}
