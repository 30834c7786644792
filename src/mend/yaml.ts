/** What goes into a YAML document. Keys are plain words, or are quoted. */
export type Yaml = string | number | boolean | readonly Yaml[] | { readonly [key: string]: Yaml | undefined };

/** Values that read as what they are without quotes, and as nothing else in YAML 1.1 either. */
const BARE = /^(?!(?:y|n|yes|no|on|off|true|false|null)$)[a-z][\w./-]*$/i;

/** A YAML document in block style; every string that could be read as something else is in double quotes. */
export function toYaml(value: Yaml): string {
  return `${block(value).join('\n')}\n`;
}

function block(value: Yaml): string[] {
  if (Array.isArray(value)) {
    return (value as readonly Yaml[]).flatMap(each => {
      const [first = '', ...rest] = block(each);
      return [`- ${first}`, ...rest.map(line => `  ${line}`)];
    });
  }
  if (typeof value !== 'object') return [scalar(value as string | number | boolean)];
  return Object.entries(value).flatMap(([key, each]) => {
    if (each === undefined) return [];
    const name = BARE.test(key) ? key : JSON.stringify(key);
    if (typeof each !== 'object') return [`${name}: ${scalar(each)}`];
    if (Object.keys(each).length === 0) return [`${name}: ${Array.isArray(each) ? '[]' : '{}'}`];
    return [`${name}:`, ...block(each).map(line => `  ${line}`)];
  });
}

/** JSON's quotes are YAML's double quotes. */
const scalar = (value: string | number | boolean): string =>
  typeof value === 'string' && !BARE.test(value) ? JSON.stringify(value) : String(value);
