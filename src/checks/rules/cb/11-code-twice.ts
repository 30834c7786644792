import type { Check } from '../../check.ts';
import { formOf, tokenAnswers } from '../../flow.ts';
import { rfc, thread } from '../../references.ts';

export const check: Check = {
  code: 'CB-11',
  name: 'code-used-twice',
  severity: 'broken',
  references: [rfc(6749, '4.1.2'), thread('Softeria/ms-365-mcp-server', 664)],
  *find(view) {
    const codes = new Map<string, string[]>();
    for (const answer of tokenAnswers(view, 'token')) {
      // What replaced a code tells equal codes apart from others.
      const code = formOf(answer).get('code');
      if (code === null) continue;
      const before = codes.get(code) ?? [];
      codes.set(code, [...before, answer.id]);
      if (before.length === 0 || answer.status < 400) continue;
      yield {
        title: 'The same code was redeemed a second time, and refused then.',
        detail:
          'A code is good for one try, also where that try failed. The error of the second try (invalid_grant, AADSTS501481) says nothing of the cause; the first one does.',
        remedy: 'Look at the answer to the first request; do not send a code again.',
        evidence: codes.get(code) ?? [],
      };
      return;
    }
  },
};
