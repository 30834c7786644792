import type { Check } from '../../check.ts';
import { rfc } from '../../references.ts';
import { quoted, refusedBecauseOf, trialsOf } from '../../trials.ts';

export const check: Check = {
  code: 'REG-18',
  name: 'client-name-wanted',
  severity: 'fragile',
  references: [rfc(7591, '2')],
  *find(view) {
    for (const { answer, issuer, said } of refusedBecauseOf(trialsOf(view), 'client_name')) {
      yield {
        title: `${issuer} does not register a client that sends no client_name.`,
        detail: `RFC 7591 makes it optional, and some clients leave it out: they are refused.${quoted(said)}`,
        remedy: 'Show the client’s ID, or the host of its redirect URI, where there is no name.',
        evidence: [answer.id],
      };
    }
  },
};
