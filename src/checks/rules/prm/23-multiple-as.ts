import { quoteUrl } from '../../../oauth/identifier.ts';
import type { Check } from '../../check.ts';
import { DISCOVERY_NEXT, rfc } from '../../references.ts';
import { listedIssuers } from '../../resource.ts';

export const check: Check = {
  code: 'PRM-23',
  name: 'multiple-as',
  severity: 'note',
  references: [rfc(9728, '7.6'), DISCOVERY_NEXT],
  *find(view) {
    const [document] = view.readDocuments;
    const issuers = listedIssuers(view).filter(each => each.document.id === document?.id);
    if (!document || issuers.length < 2) return;
    yield {
      title: `The metadata names ${issuers.length} authorization servers.`,
      detail: `The client chooses: ${issuers.map(({ issuer }) => quoteUrl(issuer)).join(', ')}. Many take the first without looking at the others. Registrations and tokens of one are of no use at another.`,
      remedy: 'Put the one you prefer first; name only one where you can.',
      evidence: [document.id],
    };
  },
};
