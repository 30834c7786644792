import { quoteUrl } from '../../../oauth/identifier.ts';
import type { Check } from '../../check.ts';
import { rfc, thread } from '../../references.ts';
import { canonical, mismatches } from '../../resource.ts';

export const check: Check = {
  code: 'PRM-08',
  name: 'resource-is-origin',
  severity: 'fragile',
  references: [rfc(9728, '3.3'), thread('modelcontextprotocol/python-sdk', 1264)],
  *find(view) {
    for (const { document, resource, comparison } of mismatches(view, 'prefix'))
      yield {
        title: `The metadata is for ${quoteUrl(resource)}, which is only the beginning of the server’s URL.`,
        detail:
          'RFC 9728 wants the very URL that was asked for. Clients that compare exactly (VS Code) refuse; those built on the TypeScript SDK accept a beginning of the path on the same origin.',
        remedy: `Set resource to ${quoteUrl(canonical(view.target))}.`,
        evidence: [document.id],
        comparison,
      };
  },
};
