import { asString } from '../base/json.ts';
import { shownUrl } from '../base/text.ts';
import type { Comparison } from './check.ts';
import { isInternalHost } from './internal-host.ts';
import { type Answer, strings, type View } from './view.ts';

/**
 * How a `resource` stands to the URL that was asked. `spelling`: one URL written in two ways. `plain-http`:
 * http where https was asked. `prefix`: the origin or a part of the path. `path`: another path of the same
 * origin. `internal`: a host no one reaches from outside. `host`: another host or port. `not-web`: no http
 * or https URL, or one with a fragment.
 */
export type Relation =
  | 'same'
  | 'spelling'
  | 'plain-http'
  | 'prefix'
  | 'path'
  | 'internal'
  | 'host'
  | 'not-web';

/** The server's URL as its identifier: no query, no fragment, no slash that stands for nothing. RFC 8707 §2. */
export function canonical(target: URL): string {
  return target.pathname === '/' ? target.origin : `${target.origin}${target.pathname}`;
}

/** Compares a `resource` with the server's URL as strings first and then as URLs. RFC 9728 §3.3. */
export function relation(resource: string, target: URL): Relation {
  const url = URL.parse(resource);
  if (!url || !/^https?:$/.test(url.protocol) || resource.includes('#')) return 'not-web';
  const same = [target.href, canonical(target), `${target.origin}${target.pathname}`];
  if (same.includes(resource)) return 'same';
  if (url.hostname !== target.hostname) {
    return isInternalHost(url.hostname) && !isInternalHost(target.hostname) ? 'internal' : 'host';
  }
  if (url.protocol === 'http:' && target.protocol === 'https:') return 'plain-http';
  const path = (each: URL) => each.pathname.replace(/\/$/, '');
  const isOtherScheme = url.protocol !== target.protocol;
  if (url.port !== target.port && !isOtherScheme) return 'host';
  if (path(url).toLowerCase() === path(target).toLowerCase()) return 'spelling';
  return `${path(target)}/`.startsWith(`${path(url)}/`) ? 'prefix' : 'path';
}

/** A document whose `resource` stands in this relation to the server's URL, and the two side by side. */
export interface Mismatch {
  document: Answer;
  resource: string;
  comparison: Comparison;
}

/** The documents clients read whose `resource` stands in one relation; each `resource` once. */
export function mismatches(view: View, wanted: Relation): Mismatch[] {
  const found = view.readDocuments.flatMap(document => {
    const resource = asString(document.json?.resource);
    if (resource === undefined || relation(resource, view.target) !== wanted) return [];
    const comparison = {
      seenIn: 'resource in the metadata',
      seen: shownUrl(resource),
      expectedFrom: 'URL of the server',
      expected: canonical(view.target),
    };
    return [{ document, resource, comparison }];
  });
  return found.filter(
    ({ resource }, index) => found.findIndex(other => other.resource === resource) === index,
  );
}

/** The authorization servers that the documents clients read name, each once. */
export function listedIssuers(view: View): { issuer: string; document: Answer }[] {
  const listed = view.readDocuments.flatMap(document =>
    strings(document.json?.authorization_servers).map(issuer => ({ issuer, document })),
  );
  const known = new Set<string>();
  return listed.filter(({ issuer }) => !known.has(issuer) && known.add(issuer));
}
