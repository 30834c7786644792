import { difference, quoteUrl } from '../../../oauth/identifier.ts';
import type { Check } from '../../check.ts';
import { rfc, thread } from '../../references.ts';
import { canonical, mismatches } from '../../resource.ts';

export const check: Check = {
  code: 'PRM-10',
  name: 'resource-other-host',
  severity: 'broken',
  references: [rfc(9728, '3.3'), thread('anthropics/claude-ai-mcp', 560), thread('BerriAI/litellm', 36803)],
  follows: ['NET-14'],
  *find(view) {
    for (const { document, resource, comparison } of mismatches(view, 'host'))
      yield {
        title: `The metadata is for another server: ${quoteUrl(resource)}`,
        detail: `${difference(resource, canonical(view.target))} Clients must not use it, because a stranger’s document would have them hand over tokens meant for someone else. Some then guess endpoints on this host and fail there. A gateway that passes on the document of the server behind it does this.`,
        remedy: `Have the gateway publish a document of its own, with resource ${quoteUrl(canonical(view.target))}.`,
        evidence: [document.id],
        comparison,
      };
  },
};
