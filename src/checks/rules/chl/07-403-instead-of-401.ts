import type { Check } from '../../check.ts';
import { AUTHORIZATION, rfc, thread } from '../../references.ts';

export const check: Check = {
  code: 'CHL-07',
  name: '403-instead-of-401',
  severity: 'broken',
  references: [
    AUTHORIZATION,
    rfc(6750, '3.1'),
    thread('envoyproxy/ai-gateway', 2048),
    thread('latitude-dev/latitude-llm', 4335),
  ],
  follows: ['NET-18', 'NET-05', 'NET-06', 'NET-07', 'NET-08', 'NET-09'],
  *find(view) {
    const [bad] = view.answers('bad-bearer');
    const forbidden = view.refusal ? undefined : view.openings.find(({ status }) => status === 403);
    if (forbidden && !forbidden.isHtml && !view.isOpen) {
      // A firewall says 403 as well; the server's own refusal shows in a challenge, JSON or metadata.
      const isOwn =
        forbidden.challenges.length > 0 || forbidden.json !== undefined || view.resourceDocuments.length > 0;
      if (isOwn)
        yield {
          title: 'The server answers 403 where nobody is signed in; 401 is due.',
          detail: 'To a client 403 means that signing in would not help, so it never begins to.',
          remedy:
            'Answer 401 with a challenge to a missing or invalid token, and 403 only where the token lacks a scope (insufficient_scope).',
          evidence: [forbidden.id],
        };
    }
    if (bad?.status === 403 && !bad.isHtml && bad.bearer?.params.error !== 'insufficient_scope')
      yield {
        title: 'The server answers 403 to a token that is not valid; 401 is due.',
        detail:
          'A client whose token has expired is told "forbidden" and neither renews it nor signs in again.',
        remedy: 'Answer 401 with error="invalid_token", and 403 only where the token lacks a scope.',
        evidence: [bad.id],
      };
  },
};
