import { quoteUrl } from '../../../oauth/identifier.ts';
import type { Check } from '../../check.ts';
import { rfc, thread } from '../../references.ts';
import { mismatches } from '../../resource.ts';
import { describesResource } from '../../view.ts';

const REMEDY =
  'Give each endpoint its own document, whose resource has the path that stands behind the well-known part of the address asked for; answer 404 for paths without an endpoint.';

export const check: Check = {
  code: 'PRM-09',
  name: 'resource-hardcoded-path',
  severity: 'fragile',
  references: [rfc(9728, '3.3'), thread('exa-labs/exa-mcp-server', 387)],
  *find(view) {
    const others = mismatches(view, 'path');
    for (const { document, resource, comparison } of others)
      yield {
        title: `The metadata is for another path of this host: ${quoteUrl(resource)}`,
        detail:
          'Clients must not use metadata whose resource is not the URL they asked for. If that is the address of the MCP server, it is the one to enter.',
        remedy: REMEDY,
        evidence: [document.id],
        comparison,
        severity: 'broken',
      };
    const nowhere = view.final('resource-other-path');
    const [document] = view.readDocuments.filter(({ probe }) => probe.kind !== 'resource-root');
    if (others.length > 0 || !nowhere || !document || !describesResource(nowhere)) return;
    if (nowhere.json?.resource !== document.json?.resource) return;
    yield {
      title: 'The server has one document for every path, even for paths that do not exist.',
      detail: `Harmless while it has one endpoint. A second endpoint would get a resource that is not its own, and clients would refuse it.`,
      remedy: REMEDY,
      evidence: [document.id, nowhere.id],
      severity: 'note',
    };
  },
};
