import { quoteUrl } from '../../../oauth/identifier.ts';
import type { Check } from '../../check.ts';
import { BEHIND_TLS, tellPublicUrl } from '../../proxies.ts';
import { rfc, thread } from '../../references.ts';
import { mismatches } from '../../resource.ts';

export const check: Check = {
  code: 'PRM-07',
  name: 'resource-http-scheme',
  severity: 'broken',
  references: [
    rfc(9728, '3.3'),
    thread('mesh/mesh-mcp', 20),
    thread('Mnexa-AI/e2a', 635),
    thread('Azure/aks-mcp', 364),
  ],
  // One cause: the server does not know its public URL.
  follows: ['NET-14', 'CHL-04'],
  *find(view) {
    for (const { document, resource, comparison } of mismatches(view, 'plain-http'))
      yield {
        title: `The metadata says http where the server is reached by https: ${quoteUrl(resource)}`,
        detail: `${BEHIND_TLS} Clients compare the resource with the URL they asked for and refuse.`,
        remedy: tellPublicUrl(view),
        evidence: [document.id],
        comparison,
      };
  },
};
