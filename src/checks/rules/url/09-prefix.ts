import { quoteUrl } from '../../../oauth/identifier.ts';
import type { Check } from '../../check.ts';
import { speaksMcp } from '../../gate.ts';
import { rfc } from '../../references.ts';
import { relation } from '../../resource.ts';

/** `/mcp-o365/mcp` is `/mcp-o365` and `/mcp`. */
function parts(pathname: string): { prefix: string; inner: string } | undefined {
  const match = /^(\/[^/]+)(\/.+)$/.exec(pathname.replace(/\/$/, ''));
  return match ? { prefix: match[1] ?? '', inner: match[2] ?? '' } : undefined;
}

export const check: Check = {
  code: 'URL-09',
  name: 'ingress-strips-prefix-wrong',
  severity: 'broken',
  references: [rfc(9728, '3.1')],
  follows: ['NET-15'],
  *find(view) {
    const { openings, target } = view;
    const path = parts(target.pathname);
    if (!path || openings.length === 0 || !openings.every(({ status }) => status === 404)) return;
    const { prefix, inner } = path;
    const elsewhere = view.answers('endpoint-elsewhere').filter(speaksMcp);
    const at = (pathname: string) => elsewhere.find(({ url }) => new URL(url).pathname === pathname);
    const twice = at(`${prefix}${target.pathname}`);
    const without = at(inner);
    const named = view.resourceDocuments.find(
      ({ json }) => typeof json?.resource === 'string' && relation(json.resource, target) === 'same',
    );
    const sign = twice ?? without ?? named;
    if (!sign) return;
    const what = twice
      ? `the server answers at ${quoteUrl(twice.url)}: the prefix is taken off on the way, and the server expects it`
      : without
        ? `the server answers at ${quoteUrl(without.url)}, without the prefix`
        : `its own metadata names this very address, so the server is there and does not see its path`;
    yield {
      title: `${target.pathname} is answered 404, but ${what}.`,
      detail: `The rule that rewrites paths before the server takes off or leaves on the wrong part: what comes in as ${target.pathname} has to reach the server as the path it serves, usually ${inner}.`,
      remedy: twice
        ? `Pass ${prefix} on unchanged, or serve ${inner} without the prefix.`
        : `Rewrite ${prefix}(/|$)(.*) to /$2 for this route, and for this route only; with ingress-nginx that is rewrite-target /$2 in an Ingress of its own, because it holds for all paths of one.`,
      evidence: [...openings.slice(0, 1), sign].map(({ id }) => id),
    };
  },
};
