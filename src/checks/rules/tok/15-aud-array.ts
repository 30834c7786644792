import { pastable } from '../../../base/address.ts';
import type { Check } from '../../check.ts';
import { expectedResource, isTaken, tokenAnswer } from '../../flow.ts';
import { rfc } from '../../references.ts';

export const check: Check = {
  code: 'TOK-15',
  name: 'aud-array',
  severity: 'broken',
  references: [rfc(7519, '4.1.3')],
  *find(view) {
    const aud = view.examination.flow?.token?.claims?.aud;
    const resource = expectedResource(view);
    if (!Array.isArray(aud) || resource === undefined || !aud.includes(resource)) return;
    // An array is right; only a server that cannot read one is wrong.
    if (isTaken(view) !== false) return;
    const answer = tokenAnswer(view);
    const shown = pastable(resource, '<the server’s URL>');
    yield {
      title: 'The token names the server in a list of audiences, and the server refuses it.',
      detail: `aud is the JSON array ${JSON.stringify(aud)}. A server that compares it with one string finds them different.`,
      remedy: `Look for the server’s URL in the list. nginx: auth_jwt_require_claim .aud[0] eq "${shown}", or auth_jwt_require_claim aud any json=["${shown}"].`,
      evidence: answer ? [answer.id] : [],
    };
  },
};
