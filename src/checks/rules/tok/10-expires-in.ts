import type { Check } from '../../check.ts';
import { tokenAnswer, tokenMembers } from '../../flow.ts';
import { rfc, thread } from '../../references.ts';

export const check: Check = {
  code: 'TOK-10',
  name: 'expires-in-missing-or-odd',
  severity: 'fragile',
  references: [rfc(6749, '5.1'), thread('QwenLM/qwen-code', 5355)],
  *find(view) {
    const answer = tokenAnswer(view);
    const members = tokenMembers(answer);
    if (!answer || members.access_token === undefined) return;
    const { expires_in: life } = members;
    if (typeof life === 'number' && life > 0) return;
    const isMissing = life === undefined || life === null;
    yield {
      title: isMissing
        ? 'The token comes without expires_in.'
        : `The token comes with expires_in ${JSON.stringify(life)}, which is not a positive number.`,
      detail: isMissing
        ? 'Clients cannot renew it ahead of time; they notice that it has ended when a call fails.'
        : 'Clients in strictly typed languages fail to read the answer, others take the token for dead at once.',
      remedy: 'Send the seconds the token is good for, as a JSON number.',
      evidence: [answer.id],
      // RFC 6749 only recommends it.
      severity: isMissing ? 'note' : 'fragile',
    };
  },
};
