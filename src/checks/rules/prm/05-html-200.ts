import type { Check } from '../../check.ts';
import { rfc, thread } from '../../references.ts';

export const check: Check = {
  code: 'PRM-05',
  name: 'html-200',
  severity: 'broken',
  references: [
    rfc(9728, '3.2'),
    thread('outline/outline', 11572),
    thread('vincentmakes/turbo-ea', 761),
    thread('lightdash/lightdash', 16618),
  ],
  follows: ['NET-05', 'NET-07', 'CHL-04', 'URL-04', 'URL-08'],
  *find(view) {
    // A server without a sign-in that answers pages everywhere is CHL-17.
    if (view.isOpen) return;
    const [document] = view.resourceDocuments;
    const pages = view
      .finals('resource-named', 'resource-path', 'resource-root')
      .filter(({ status, isHtml }) => status === 200 && isHtml);
    const [page] = pages;
    if (!page) return;
    // Nobody gets as far as the root where the document stands at its path.
    const isUnread = document !== undefined && pages.every(({ probe }) => probe.kind === 'resource-root');
    yield {
      title: `A web page stands where the resource metadata is due: ${page.place}`,
      detail: `Something before the server, often a web application that answers every path, took the request.${document ? ` The metadata is at ${document.place}; clients that ask for the page first stop there.` : ''}`,
      remedy: 'Route /.well-known/oauth-protected-resource to the MCP server, or answer 404 there.',
      evidence: [...new Set(pages.map(({ id }) => id))],
      severity: document === undefined ? 'broken' : isUnread ? 'note' : 'fragile',
    };
  },
};
