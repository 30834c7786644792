import type { Check } from '../../check.ts';
import { AUTHORIZATION, rfc } from '../../references.ts';

export const check: Check = {
  code: 'CHL-11',
  name: 'bad-token-not-rejected',
  severity: 'unsafe',
  references: [AUTHORIZATION, rfc(6750, '3.1')],
  follows: ['CHL-10'],
  *find(view) {
    const [bad] = view.answers('bad-bearer');
    // A server that asks nobody for a token has none to reject.
    if (!bad || view.isOpen || !view.refusal) return;
    if (bad.status === 200 && bad.json?.error === undefined && !bad.isHtml)
      yield {
        title: 'The server takes a token that nobody issued.',
        detail:
          'Without a token it answers 401, with an invented one 200: it looks whether there is a token, and not whether it is valid. Anyone gets in.',
        remedy:
          'Check every token: signature or introspection, expiry, issuer, and that it was issued for this server (audience).',
        evidence: [view.refusal.id, bad.id],
      };
    // 403 is CHL-07's; what a gateway says tells nothing of the server.
    if ([400, 404, 405, 422, 500, 501].includes(bad.status))
      yield {
        title: `The server answers ${bad.status} to a token that is not valid; 401 is due.`,
        detail:
          'A client whose token has expired does not learn that, and neither renews it nor signs in again.',
        remedy: 'Answer 401 with WWW-Authenticate: Bearer error="invalid_token".',
        evidence: [bad.id],
        severity: 'broken',
      };
  },
};
