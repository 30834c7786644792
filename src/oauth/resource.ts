import { isSecretName } from '../trace/names.ts';

/** Names of a query's parameters that servers take a key by, besides those that say so. */
const KEY_NAMES = /^(?:k|key|auth|access|api|pass|pwd|pw|sig|signature|code|hash|uuid|guid)$/i;
/** Values from this length on are taken for a key whatever they are called, unless they are words or addresses. */
const SHORTEST_KEY = 16;

/** Whether a parameter in a server's query carries a key: by its name, or by what its value looks like. */
export function looksSecret(name: string, value: string): boolean {
  if (isSecretName(name) || KEY_NAMES.test(name)) return true;
  return value.length >= SHORTEST_KEY && !/\s|:\/\//.test(value);
}

/**
 * The `resource` of a server that does not say it itself: its URL without a query. RFC 8707 §2 has it that a
 * resource should not include one; many servers take their key there, and a resource stands in the sign-in's
 * link, where the browser, its history and whoever is shown the link have it. The official SDK keeps the query.
 */
export function canonicalResource({ origin, pathname }: URL): string {
  return `${origin}${pathname === '/' ? '' : pathname}`;
}

/** A server's own word for itself, to the letter; without its query where that holds a key, and with a note then. */
export function withoutKey(resource: string): { resource: string; note?: string } {
  const url = URL.parse(resource);
  const hasKey = url !== null && [...url.searchParams].some(([name, value]) => looksSecret(name, value));
  if (!hasKey) return { resource };
  return {
    resource: resource.replace(/\?.*$/s, ''),
    note: 'The query of the resource is left out: it holds a key, and the resource stands in the link. --resource says otherwise.',
  };
}
