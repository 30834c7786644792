import { asString } from '../../../base/json.ts';
import { quoteUrl } from '../../../oauth/identifier.ts';
import type { Check } from '../../check.ts';
import { rfc } from '../../references.ts';
import { canonical } from '../../resource.ts';
import { describesServer } from '../../view.ts';

export const check: Check = {
  code: 'PRM-13',
  name: 'resource-missing',
  severity: 'broken',
  references: [rfc(9728, '2'), rfc(9728, '3.3')],
  follows: ['CHL-13'],
  *find(view) {
    const read = view.readDocuments;
    // Other JSON counts only where nothing better is, and not on a server without a sign-in.
    const candidates =
      read.length > 0 || view.isOpen
        ? read
        : view
            .finals('resource-named', 'resource-path')
            .filter(answer => answer.status === 200 && answer.json && !describesServer(answer));
    for (const document of candidates) {
      if (asString(document.json?.resource) !== undefined) continue;
      yield {
        title: `The resource metadata has no resource: ${document.place}`,
        detail: 'The field is required: by it clients see that the document speaks for this very server.',
        remedy: `Add "resource": ${quoteUrl(canonical(view.target))}.`,
        evidence: [document.id],
      };
    }
  },
};
