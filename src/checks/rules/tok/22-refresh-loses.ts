import type { Check } from '../../check.ts';
import { formOf } from '../../flow.ts';
import { recorded } from '../../history.ts';
import { rfc, thread } from '../../references.ts';

export const check: Check = {
  code: 'TOK-22',
  name: 'refresh-loses-resource/scope',
  severity: 'broken',
  references: [rfc(8707, '2.2'), thread('anthropics/claude-code', 73460), thread('punkpeye/mcp-remote', 217)],
  *find(view) {
    const signIn = recorded(view, 'token').find(({ status }) => status === 200);
    for (const answer of recorded(view, 'refresh')) {
      if (answer.status < 400 || answer.status >= 500) continue;
      const asked = signIn ? formOf(signIn) : undefined;
      const lost = asked?.has('resource') === true && !formOf(answer).has('resource');
      const isEntra = /AADSTS(?:650053|9010010|70011)\b/.test(answer.text);
      if (!isEntra && !(lost && answer.json?.error === 'invalid_target')) continue;
      yield {
        title: 'A renewal fails because it does not say what the sign-in said about resource and scope.',
        detail: `The first token was issued for a resource; the renewal ${lost ? 'leaves resource out' : 'names another'}, and the authorization server no longer knows what the token is for.`,
        remedy: 'Send the same resource with every refresh, and the same scope or none.',
        evidence: [...(signIn ? [signIn.id] : []), answer.id],
      };
      return;
    }
  },
};
