import type { Check } from '../../check.ts';
import { entraMeaning } from '../../entra.ts';
import { refreshes } from '../../history.ts';
import { rfc, thread } from '../../references.ts';

export const check: Check = {
  code: 'LIFE-05',
  name: 'refresh-revoked',
  severity: 'fragile',
  references: [rfc(6749, '5.2'), thread('openai/codex', 27165)],
  follows: ['TOK-21', 'TOK-22', 'LIFE-01', 'LIFE-02'],
  *find(view) {
    const refused = refreshes(view).find(({ isRefused }) => isRefused);
    if (!refused) return;
    yield {
      title: 'A refresh token is no longer accepted (invalid_grant): the sign-in is over.',
      detail: `It has ended, was revoked, or was rotated away.${entraMeaning(refused.answer.text)} If that happens to many users at the same time, the authorization server has lost its grants.`,
      remedy:
        'Users: sign in again. Operators: let refresh tokens live for weeks while they are used, and keep them through restarts.',
      evidence: [refused.answer.id],
    };
  },
};
