import type { Check } from '../../check.ts';
import { thread } from '../../references.ts';
import { softwareOf } from '../../software.ts';

export const check: Check = {
  code: 'NET-16',
  name: 'path-depth-edge',
  severity: 'fragile',
  references: [thread('anthropics/claude-ai-mcp', 315)],
  follows: ['NET-07'],
  *find(view) {
    const gate = softwareOf(view).find(({ place }) => place === 'gate');
    const deep = view.target.pathname.split('/').filter(part => part !== '').length > 1;
    const under = view.final('resource-path');
    const root = view.final('resource-root');
    const isThere = root?.status === 200 && root.json?.authorization_servers !== undefined;
    if (!gate || !deep || !under || !root || !isThere || under.status === 200) return;
    yield {
      title: `${gate.title} answers for the metadata of the host and not for that of ${view.target.pathname} (${under.status}).`,
      detail:
        'The gate does the discovery of the host as a whole and not of an address below a path. A client that asks under the path stops here. (This rests on a single report.)',
      remedy: 'Give the server a host name of its own, so that its address has no path before the endpoint.',
      evidence: [under.id, root.id],
    };
  },
};
