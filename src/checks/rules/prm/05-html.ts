import type { Check } from '../../check.ts';
import { rfc, thread } from '../../references.ts';

export const check: Check = {
  code: 'PRM-05',
  name: 'html-200',
  severity: 'broken',
  references: [rfc(9728, '3.2'), thread('outline/outline', 11572), thread('vincentmakes/turbo-ea', 761)],
  *find(view) {
    // A server without a sign-in that answers pages everywhere is CHL-17.
    if (view.isOpen) return;
    for (const kind of ['resource-named', 'resource-path', 'resource-root'] as const) {
      const answer = view.final(kind);
      if (answer?.status !== 200 || !answer.isHtml) continue;
      yield {
        title: `A web page stands where the resource metadata is due: ${answer.exchange.request.url}`,
        detail:
          'Something before the server, often a web application that answers every path, took the request.',
        remedy: 'Route /.well-known/oauth-protected-resource to the MCP server, or answer 404 there.',
        evidence: [answer.id],
      };
    }
  },
};
