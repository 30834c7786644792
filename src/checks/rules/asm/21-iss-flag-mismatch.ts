import type { Check } from '../../check.ts';
import { announced, idsOf, published } from '../../doors.ts';
import { rfc, SECURITY_NEXT } from '../../references.ts';

export const check: Check = {
  code: 'ASM-21',
  name: 'iss-flag-mismatch',
  severity: 'broken',
  references: [rfc(9207, '2.4'), SECURITY_NEXT],
  follows: ['CB-07'],
  *find(view) {
    const { flow } = view.examination;
    if (!flow?.callback) return;
    const { callback, issuer } = flow;
    const own = published(view).find(each => each.issuer === issuer || announced(each.document) === issuer);
    if (own?.document.authorization_response_iss_parameter_supported !== true) return;
    if (callback.iss === issuer) return;
    // What a response of another server says is not shown, its iss included. RFC 9207 §2.4.
    const isAbsent = !callback.parameters.includes('iss');
    yield {
      title: isAbsent
        ? `${issuer} promises iss in its answers, and sent the browser back without it.`
        : `${issuer} promises iss in its answers, and sent the browser back with the name of another issuer.`,
      detail:
        'With authorization_response_iss_parameter_supported a client must refuse an answer whose iss is missing or differs, since it may come from another server.',
      remedy: `Send iss=${issuer} with every answer, errors included, or take authorization_response_iss_parameter_supported out of the metadata.`,
      evidence: idsOf(own.door),
    };
  },
};
