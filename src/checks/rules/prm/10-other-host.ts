import { difference, quoteUrl } from '../../../oauth/identifier.ts';
import type { Check } from '../../check.ts';
import { tellPublicUrl } from '../../proxies.ts';
import { rfc, thread } from '../../references.ts';
import { canonical, mismatches } from '../../resource.ts';

/** Whether only the port is another's. */
const isOwn = (resource: string, { hostname }: URL) => URL.parse(resource)?.hostname === hostname;

export const check: Check = {
  code: 'PRM-10',
  name: 'resource-other-host',
  severity: 'broken',
  references: [rfc(9728, '3.3'), thread('anthropics/claude-ai-mcp', 560), thread('BerriAI/litellm', 36803)],
  follows: ['NET-14', 'CHL-04'],
  *find(view) {
    for (const { document, resource, comparison } of mismatches(view, 'host'))
      yield {
        title: `The metadata is for another server: ${quoteUrl(resource)}`,
        detail: `${difference(resource, canonical(view.target))} Clients must not use it, because a stranger’s document would have them hand over tokens meant for someone else. Some then guess endpoints on this host and fail there. ${isOwn(resource, view.target) ? 'A server that takes the port it listens on for its address does this.' : 'A gateway that passes on the document of the server behind it does this.'}`,
        remedy: isOwn(resource, view.target)
          ? tellPublicUrl(view)
          : `Have the gateway publish a document of its own, with resource ${quoteUrl(canonical(view.target))}.`,
        evidence: [document.id],
        comparison,
      };
  },
};
