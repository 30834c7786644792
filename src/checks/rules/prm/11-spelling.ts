import { difference, quoteUrl } from '../../../oauth/identifier.ts';
import type { Check } from '../../check.ts';
import { AUTHORIZATION_NEXT, rfc, thread } from '../../references.ts';
import { canonical, mismatches } from '../../resource.ts';

export const check: Check = {
  code: 'PRM-11',
  name: 'resource-slash-port-case',
  severity: 'fragile',
  references: [AUTHORIZATION_NEXT, rfc(8707, '2'), thread('anthropics/claude-code', 52871)],
  follows: ['NET-10'],
  *find(view) {
    const url = canonical(view.target);
    for (const { document, resource, comparison } of mismatches(view, 'spelling')) {
      // The slash, or the plain http, may be that of whoever typed the address.
      const isTyped = url === `${resource}/` || url.replace(/^http:/, 'https:') === resource;
      yield {
        title: `The resource in the metadata is not written like the server’s URL: ${quoteUrl(resource)}`,
        detail: `${difference(resource, url)} Clients, the authorization server and the check of a token’s audience compare these as strings, so one spelling must hold in all of them.`,
        remedy: isTyped
          ? `Give users the address as the metadata has it: ${quoteUrl(resource)}.`
          : `Write it everywhere as ${quoteUrl(url)}: lower case, no port that the scheme implies, no slash at the end unless it means something. That holds for the metadata, for the audience the authorization server issues, and for the one the server checks.`,
        evidence: [document.id],
        comparison,
        severity: isTyped ? 'note' : 'fragile',
      };
    }
  },
};
