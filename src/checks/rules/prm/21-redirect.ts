import { quoteUrl } from '../../../oauth/identifier.ts';
import type { Check } from '../../check.ts';
import { rfc } from '../../references.ts';
import { describesResource } from '../../view.ts';

export const check: Check = {
  code: 'PRM-21',
  name: 'redirect-on-well-known',
  severity: 'fragile',
  references: [rfc(9728, '3.2'), rfc(9110, '15.4')],
  follows: ['NET-07', 'CHL-04', 'NET-10'],
  *find(view) {
    const seen = new Set<string>();
    for (const probe of view.examination.probes) {
      const isAsked = probe.kind === 'resource-named' || probe.kind === 'resource-path';
      if (!isAsked || seen.has(probe.url)) continue;
      seen.add(probe.url);
      const hops = view.hops(probe);
      const last = hops.at(-1);
      const redirects = hops.filter(({ isRedirect }) => isRedirect);
      // A page at the end is PRM-05.
      if (!last || redirects.length === 0 || (last.isHtml && last.status === 200)) continue;
      const way = redirects.map(
        ({ url, status, location }) =>
          `${quoteUrl(url)} → ${status} → ${location ? quoteUrl(location.href) : 'nowhere'}`,
      );
      const leaves = redirects.some(
        ({ url, location }) => location && location.origin !== new URL(url).origin,
      );
      const isGood = describesResource(last);
      yield {
        title: `The address of the resource metadata redirects: ${last.place}`,
        detail: `${way.join('; ')}${isGood ? '' : `; then ${last.isRedirect ? 'on and on' : last.status || 'no answer'}`}. ${isGood ? 'That works for clients that follow redirects; some do not' : 'No metadata stands at the end'}${leaves ? ', and more refuse to be led to another origin' : ''}.`,
        remedy: `Serve the document there with status 200. If a redirect must be, let it be 308 on the same origin; 301 and 302 let a client turn a POST into a GET, which makes no difference to the GET of a document.`,
        evidence: hops.map(({ id }) => id),
        severity: isGood || view.resourceDocuments.length > 0 ? 'fragile' : 'broken',
      };
    }
  },
};
