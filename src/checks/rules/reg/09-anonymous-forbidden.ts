import type { Check } from '../../check.ts';
import { rfc, thread } from '../../references.ts';
import { remedyFor } from '../../software.ts';
import { quoted, trialsOf } from '../../trials.ts';

export const check: Check = {
  code: 'REG-09',
  name: 'anonymous-dcr-forbidden',
  severity: 'broken',
  references: [rfc(7591, '3'), thread('owncloud/ocis', 1835), thread('keycloak/keycloak', 39629)],
  follows: ['NET-05'],
  *find(view) {
    for (const { answer, issuer, said } of trialsOf(view)) {
      if (![401, 403].includes(answer.status) || answer.isHtml) continue;
      yield {
        title: `${issuer} lets nobody register who is not known to it already (status ${answer.status}).`,
        detail: `Its metadata names a registration endpoint, so clients go there, and stop. It wants an initial access token, or a host it trusts.${quoted(said)}`,
        remedy: remedyFor(
          view,
          {
            keycloak:
              'Clients → Client registration → Anonymous access policies → Trusted Hosts: list the hosts clients come from. Or create one public client and hand out its id.',
          },
          'Open the endpoint to anonymous clients, or take registration_endpoint out of the metadata and hand out a client id.',
        ),
        evidence: [answer.id],
      };
    }
  },
};
