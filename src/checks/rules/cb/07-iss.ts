import type { Check } from '../../check.ts';
import { ANOTHER } from '../../flow.ts';
import { AUTHORIZATION_NEXT, rfc } from '../../references.ts';

export const check: Check = {
  code: 'CB-07',
  name: 'iss-check',
  severity: 'broken',
  references: [AUTHORIZATION_NEXT, rfc(9207, '2.4')],
  *find(view) {
    const { callback, issuer } = view.examination.flow ?? {};
    if (!callback || callback.iss === undefined || callback.iss === issuer || issuer === undefined) return;
    yield {
      title: `The answer to the sign-in says that it comes from another issuer than ${issuer}.`,
      detail:
        'Clients must not use such an answer, and must show nothing of it: either somebody mixes up two authorization servers on purpose, or one of the two strings is wrong.',
      remedy: 'Send as iss, letter for letter, the issuer of the metadata.',
      evidence: [],
      ...(callback.iss === ANOTHER
        ? {}
        : {
            comparison: {
              seenIn: 'iss of the answer',
              seen: callback.iss,
              expectedFrom: 'issuer of the metadata',
              expected: issuer,
            },
          }),
    };
  },
};
