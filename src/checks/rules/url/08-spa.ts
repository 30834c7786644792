import type { Check } from '../../check.ts';
import { looksLikeApplication } from '../../gate.ts';
import { TRANSPORTS, thread } from '../../references.ts';
import { remedyFor } from '../../software.ts';

export const check: Check = {
  code: 'URL-08',
  name: 'spa-shadows-stream',
  severity: 'fragile',
  references: [TRANSPORTS, thread('asyncdotengineering/plandesk', 13)],
  follows: ['NET-05', 'NET-07', 'NET-15', 'URL-04', 'PRM-05'],
  *find(view) {
    const get = view.answer('get');
    const works = view.openings.some(({ status, json }) => status === 401 || json?.jsonrpc === '2.0');
    if (!get || !works || !looksLikeApplication(view, get)) return;
    yield {
      title: `GET of the endpoint is answered by the web application (${get.status}), POST by the server.`,
      detail:
        'The handler for static files and pages comes before the one for MCP and takes every GET. Clients that open a stream get a page, and cannot tell that there is none.',
      remedy: remedyFor(
        view,
        {
          express:
            'In Express mount the MCP router for all methods before express.static and the catch-all route.',
        },
        'Register the MCP route, for all methods, before static files and the catch-all route.',
      ),
      evidence: [get.id],
    };
  },
};
