import type { Check } from '../../check.ts';
import { AUTHORIZATION, DISCOVERY_NEXT, rfc } from '../../references.ts';
import { strings } from '../../view.ts';

export const check: Check = {
  code: 'PRM-14',
  name: 'no-authorization-servers',
  severity: 'broken',
  references: [AUTHORIZATION, DISCOVERY_NEXT, rfc(9728, '2')],
  *find(view) {
    for (const document of view.readDocuments) {
      if (strings(document.json?.authorization_servers).length > 0) continue;
      yield {
        title: `The resource metadata names no authorization server: ${document.place}`,
        detail:
          'So clients do not know where to sign in. RFC 9728 leaves the field to the operator; MCP requires it, with one entry at least.',
        remedy: 'Add "authorization_servers": a list with the issuer of your authorization server.',
        evidence: [document.id],
      };
    }
  },
};
