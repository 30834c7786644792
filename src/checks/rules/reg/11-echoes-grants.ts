import { asStrings } from '../../../base/json.ts';
import type { Check } from '../../check.ts';
import { rfc, thread } from '../../references.ts';
import { trialsOf } from '../../trials.ts';

export const check: Check = {
  code: 'REG-11',
  name: 'echoes-unsupported-grants',
  severity: 'note',
  references: [rfc(7591, '3.2.1'), thread('InsForge/insforge-mcp', 104)],
  *find(view) {
    for (const { answer, asked, isTaken, issuer } of trialsOf(view)) {
      if (!isTaken) continue;
      const supported = asStrings(view.serverDocuments(issuer)[0]?.json?.grant_types_supported);
      const wanted = asStrings(asked.grant_types) ?? ['authorization_code'];
      const got = asStrings(answer.json?.grant_types) ?? [];
      const odd = got.filter(each => (supported ? !supported.includes(each) : !wanted.includes(each)));
      if (odd.length === 0) continue;
      yield {
        title: `${issuer} promises a client grant types that ${supported ? 'its metadata does not list' : 'the client did not ask for'}: ${odd.join(', ')}.`,
        detail: odd.includes('refresh_token')
          ? 'The client counts on a refresh token and may never get one; then users sign in again and again.'
          : 'What was promised is refused later, when it is used.',
        remedy: 'Answer with the grant types the client really has.',
        evidence: [answer.id],
      };
      return;
    }
  },
};
