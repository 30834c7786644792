import type { Check } from '../../check.ts';
import { rfc, thread } from '../../references.ts';
import { describesResource } from '../../view.ts';

const WELL_KNOWN = '/.well-known/oauth-protected-resource';

export const check: Check = {
  code: 'PRM-03',
  name: 'doubled-suffix',
  severity: 'broken',
  references: [rfc(9728, '3.1'), thread('PrefectHQ/fastmcp', 4197)],
  *find(view) {
    const path = view.target.pathname.replace(/\/$/, '');
    const twice = `${view.target.origin}${WELL_KNOWN}${path}${path}`;
    const [right] = view.finals('resource-path');
    if (path === '' || !right || describesResource(right)) return;
    const found = view
      .finals('resource-named', 'resource-elsewhere')
      .find(answer => answer.probe.url === twice && describesResource(answer));
    if (!found) return;
    const isNamed = found.probe.kind === 'resource-named';
    yield {
      title: `The resource metadata has the path twice in its address: ${twice}`,
      detail: isNamed
        ? 'Clients that follow the challenge find it there; those that form the address themselves do not.'
        : 'No client looks there. The path of the server was added to a base URL that had it already.',
      remedy: `Give the server a base URL without the path of the MCP endpoint (in FastMCP base_url, or resource_base_url beside it). The document belongs at ${right.place}.`,
      evidence: [found.id, right.id],
      comparison: {
        seenIn: 'address of the metadata',
        seen: twice,
        expectedFrom: 'well-known address of the server',
        expected: right.place,
      },
      severity: isNamed ? 'fragile' : 'broken',
    };
  },
};
