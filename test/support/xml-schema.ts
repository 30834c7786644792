import type { Element } from './xml.ts';

/** What an element may have: attributes by type, children as an expression over their names, words or none. */
export type Dialect = Readonly<
  Record<string, { attributes: Readonly<Record<string, string>>; children: string; text?: boolean }>
>;

const TYPES: Record<string, RegExp> = {
  any: /^/,
  token: /\S/,
  integer: /^\d+$/,
  decimal: /^-?\d+(?:\.\d+)?$/,
  // Surefire's: thousands may be apart by commas.
  time: /^(?:(?:\d{0,3},)*\d{3}|\d{0,3})*(?:\.\d*)?$/,
  timestamp: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/,
};

/** Where a document is not as a dialect has it, each place with the reason. */
export function xmlViolations(element: Element, dialect: Dialect, place = ''): string[] {
  const at = `${place}/${element.name}`;
  const rule = dialect[element.name];
  if (!rule) return [`${at}: is not known`];
  const found: string[] = [];
  for (const [name, type] of Object.entries(rule.attributes)) {
    const value = element.attributes[name];
    if (value === undefined && !type.endsWith('?')) found.push(`${at}: lacks ${name}`);
    if (value !== undefined && !TYPES[type.replace('?', '')]?.test(value))
      found.push(`${at}: ${name} is no ${type}`);
  }
  for (const name of Object.keys(element.attributes))
    if (!(name in rule.attributes)) found.push(`${at}: has ${name}, which it may not`);
  const names = element.children.map(each => `${each.name} `).join('');
  if (!new RegExp(`^(?:${rule.children})$`).test(names))
    found.push(`${at}: has ${names}inside, not ${rule.children}`);
  if (!rule.text && element.text.trim() !== '') found.push(`${at}: has words inside`);
  return [...found, ...element.children.flatMap(each => xmlViolations(each, dialect, at))];
}
