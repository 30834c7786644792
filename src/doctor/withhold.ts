import { fieldText, shownUrl } from '../base/text.ts';
import type { HeaderList } from '../base/world.ts';

/** Shorter values are words of everyday texts. */
const SHORTEST = 8;

/** Everything of a request of the user's own that may be a secret: header values, and values in the URL's query. */
export function secretsOf(target: URL, headers: HeaderList): string[] {
  const fields = headers
    .flatMap(([, value]) => [value, fieldText(value)])
    .flatMap(value => [value, value.replace(/^\S+\s+/, '')]);
  const query = [...target.searchParams.values(), ...target.search.slice(1).split(/[&=]/)];
  const names = new Set(target.searchParams.keys());
  // What stands in the address anyway, such as an Origin of the server's own, is no secret.
  const open = target.origin + target.pathname;
  return [...new Set([...fields, ...query])].filter(
    each => each.length >= SHORTEST && !names.has(each) && !open.includes(each),
  );
}

/**
 * Plain data with each secret struck out of every string, as it is and as URLs and JSON have it, and with the
 * target as it may be shown. What was recorded is redacted already; this is for what was derived from it.
 */
export function withhold<T>(value: T, target: URL, secrets: readonly string[]): T {
  const forms = [
    ...new Set(secrets.flatMap(each => [each, encodeURIComponent(each), JSON.stringify(each).slice(1, -1)])),
  ];
  if (forms.length === 0 && target.search === '') return value;
  // The longest first, or what a shorter one leaves of it would stay.
  forms.sort((one, other) => other.length - one.length);
  const clean = (text: string): string => {
    const shown = target.search === '' ? text : text.replaceAll(target.href, shownUrl(target.href));
    return forms.reduce((rest, form) => rest.replaceAll(form, '…'), shown);
  };
  const walk = (each: unknown): unknown => {
    if (typeof each === 'string') return clean(each);
    if (Array.isArray(each)) return each.map(walk);
    if (typeof each !== 'object' || each === null) return each;
    return Object.fromEntries(Object.entries(each).map(([name, of]) => [clean(name), walk(of)]));
  };
  return walk(value) as T;
}
