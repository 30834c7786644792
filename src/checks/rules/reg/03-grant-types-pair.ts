import { asStrings } from '../../../base/json.ts';
import type { Check } from '../../check.ts';
import { rfc, thread } from '../../references.ts';
import { quoted, refusedBecauseOf, trialsOf } from '../../trials.ts';

export const check: Check = {
  code: 'REG-03',
  name: 'grant-types-pair-required',
  severity: 'broken',
  references: [rfc(7591, '2'), thread('PrefectHQ/fastmcp', 2460)],
  *find(view) {
    for (const trial of refusedBecauseOf(trialsOf(view), 'grant_types')) {
      const asked = asStrings(trial.asked.grant_types) ?? [];
      yield {
        title: `${trial.issuer} refuses a client that asks for ${asked.join(' and ')} alone.`,
        detail: `With refresh_token beside it the same registration is taken. A client that wants no refresh token, or leaves grant_types out, cannot register.${quoted(trial.said)}`,
        remedy:
          'Accept any part of the grant types that are supported; authorization_code alone is the default of RFC 7591.',
        evidence: [trial.answer.id],
      };
    }
  },
};
