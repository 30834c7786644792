import { quoteUrl } from '../../../oauth/identifier.ts';
import type { Check } from '../../check.ts';
import { rfc, thread } from '../../references.ts';
import { canonical, mismatches } from '../../resource.ts';

export const check: Check = {
  code: 'PRM-12',
  name: 'resource-not-https-url',
  severity: 'fragile',
  references: [rfc(9728, '1.2'), rfc(9728, '3.3'), thread('MCPJam/inspector', 2119)],
  *find(view) {
    for (const { document, resource, comparison } of mismatches(view, 'not-web'))
      yield {
        title: `The resource in the metadata is not an https URL that a client could compare: ${quoteUrl(resource)}`,
        detail:
          'RFC 9728 wants a URL with https and without a fragment. An identifier such as api://… or urn:… may be what the authorization server calls the audience, but clients compare it with the server’s URL and refuse.',
        remedy: `Set resource to ${quoteUrl(canonical(view.target))}, and have the authorization server issue its own audience for that.`,
        evidence: [document.id],
        comparison,
      };
  },
};
