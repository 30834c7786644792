import { asString } from '../../../base/json.ts';
import type { Check } from '../../check.ts';
import { rfc, thread } from '../../references.ts';
import { trialsOf } from '../../trials.ts';

export const check: Check = {
  code: 'REG-07',
  name: 'method-changed-in-response',
  severity: 'fragile',
  references: [rfc(7591, '3.2.1'), thread('openai/codex', 40928)],
  *find(view) {
    for (const { answer, asked, isTaken, issuer } of trialsOf(view)) {
      if (!isTaken || asked.token_endpoint_auth_method !== 'none') continue;
      const got = asString(answer.json?.token_endpoint_auth_method);
      const hasSecret = asString(answer.json?.client_secret) !== undefined;
      if (!hasSecret || got === 'none') continue;
      yield {
        title: `${issuer} gives a client a secret that asked to have none${got === undefined ? '' : `, and the method ${got}`}.`,
        detail:
          'It may: what the answer says counts. But a client that goes on as it asked sends no secret to the token endpoint and is refused with invalid_client.',
        remedy:
          'Let public clients have "none", and list it in token_endpoint_auth_methods_supported. A secret on every user’s machine is no secret.',
        evidence: [answer.id],
      };
      return;
    }
  },
};
