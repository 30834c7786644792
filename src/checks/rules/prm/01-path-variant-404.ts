import type { Check } from '../../check.ts';
import { AUTHORIZATION, DISCOVERY_NEXT, rfc, thread } from '../../references.ts';
import { describesResource } from '../../view.ts';

export const check: Check = {
  code: 'PRM-01',
  name: 'path-variant-404',
  severity: 'broken',
  references: [
    rfc(9728, '3.1'),
    AUTHORIZATION,
    DISCOVERY_NEXT,
    thread('akutishevsky/nutrition-mcp', 51),
    thread('epam/ai-dial-core', 1498),
  ],
  *find(view) {
    const paths = view.finals('resource-path');
    const root = view.final('resource-root');
    const [path] = paths;
    if (!path || !root || !describesResource(root) || paths.some(describesResource)) return;
    // What is locked, slow or a page has a rule of its own.
    if (path.status < 400 || [401, 403, 429].includes(path.status)) return;
    const isNamed = view.finals('resource-named').some(describesResource);
    const stops = path.status >= 500;
    yield {
      title: `The resource metadata is at the root of the host and not at its path: ${path.place} answers ${path.status}.`,
      detail: isNamed
        ? 'Clients that follow the challenge find it. RFC 9728 puts the path of the server’s URL behind the well-known part; MCP allows the root as well.'
        : `RFC 9728 puts the path of the server’s URL behind the well-known part; MCP allows the root as well and has clients ask there next. Clients that keep to RFC 9728 stop${stops ? ', and so do those of the TypeScript SDK, which go on after a 404 and not after a failure' : ''}.`,
      remedy: stops
        ? 'See why that address fails; the same document belongs there.'
        : 'Serve the same document at the address with the path. A proxy must pass that address on with its full path.',
      evidence: [path.id, root.id],
      severity: isNamed ? 'note' : stops ? 'broken' : 'fragile',
    };
  },
};
