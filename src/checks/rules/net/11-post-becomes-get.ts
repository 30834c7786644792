import { quoteUrl } from '../../../oauth/identifier.ts';
import type { Check } from '../../check.ts';
import { leadsToLogin } from '../../gate.ts';
import { rfc, thread } from '../../references.ts';

export const check: Check = {
  code: 'NET-11',
  name: 'post-becomes-get',
  severity: 'broken',
  references: [rfc(9110, '15.4'), thread('modelcontextprotocol/modelcontextprotocol', 2755)],
  follows: ['NET-07', 'NET-10', 'URL-01', 'URL-02'],
  *find(view) {
    const changed = view.openings.filter(
      each => [301, 302, 303].includes(each.status) && !leadsToLogin(each),
    );
    const [first] = changed;
    if (!first?.location) return;
    yield {
      title: `A POST is redirected with ${first.status} to ${quoteUrl(first.location.href)}, which turns it into a GET.`,
      detail:
        'Clients that follow 301, 302 or 303 ask again with GET and without the message, and get 405 or a page. 307 and 308 keep method and body.',
      remedy:
        'Serve the address that people enter itself. Where a redirect cannot be avoided, use 308 and stay on the same origin.',
      evidence: changed.map(({ id }) => id),
    };
  },
};
