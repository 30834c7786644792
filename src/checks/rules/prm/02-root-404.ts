import type { Check } from '../../check.ts';
import { DISCOVERY_NEXT, thread } from '../../references.ts';
import { describesResource } from '../../view.ts';

export const check: Check = {
  code: 'PRM-02',
  name: 'root-404',
  severity: 'note',
  references: [DISCOVERY_NEXT, thread('PrefectHQ/fastmcp', 2077)],
  follows: ['CHL-01', 'CHL-02', 'CHL-05', 'CHL-16'],
  *find(view) {
    const path = view.finals('resource-path').find(describesResource);
    const root = view.final('resource-root');
    // Whoever reads the challenge does not need the root; where nobody is refused there is none to read.
    if (!path || root?.status !== 404 || !view.refusal || view.named !== undefined || view.isOpen) return;
    yield {
      title: 'The resource metadata is at its path only, and no challenge names it.',
      detail: `The specification is content with that. A few clients ask only at ${root.place}, which answers 404.`,
      remedy:
        'Name the address in the challenge. Where the host has one MCP server, serve the document at the root as well.',
      evidence: [path.id, root.id],
    };
  },
};
