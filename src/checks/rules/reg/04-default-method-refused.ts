import type { Check } from '../../check.ts';
import { rfc, thread } from '../../references.ts';
import { quoted, refusedBecauseOf, trialsOf } from '../../trials.ts';

export const check: Check = {
  code: 'REG-04',
  name: 'default-auth-method-refused',
  severity: 'broken',
  references: [rfc(7591, '2'), thread('obot-platform/mcp-oauth-proxy', 52)],
  *find(view) {
    for (const trial of refusedBecauseOf(trialsOf(view), 'token_endpoint_auth_method')) {
      if ('token_endpoint_auth_method' in trial.asked) continue;
      yield {
        title: `${trial.issuer} refuses a client that does not say how it authenticates.`,
        detail: `The default is client_secret_basic. The server puts it in and then does not accept it: it contradicts itself.${quoted(trial.said)}`,
        remedy:
          'Give a client that names no token_endpoint_auth_method one that is supported ("none" for a public client), and say so in the answer.',
        evidence: [trial.answer.id],
      };
    }
  },
};
