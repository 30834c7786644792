import { quoteUrl } from '../../../oauth/identifier.ts';
import type { Check } from '../../check.ts';
import { rfc, thread } from '../../references.ts';
import { listedIssuers } from '../../resource.ts';

const ENDPOINT = /\/(?:authorize|authorization|token|register|userinfo)\/?$/i;

export const check: Check = {
  code: 'PRM-16',
  name: 'as-url-is-a-document-or-endpoint',
  severity: 'broken',
  references: [rfc(9728, '2'), rfc(8414, '2'), thread('IBM/mcp-context-forge', 3715)],
  *find(view) {
    for (const { issuer, document } of listedIssuers(view)) {
      const path = URL.parse(issuer)?.pathname ?? '';
      const isDocument = path.includes('/.well-known/');
      // An issuer may be called so; its metadata then says it.
      if (!isDocument && (!ENDPOINT.test(path) || view.serverDocuments(issuer).length > 0)) continue;
      yield {
        title: `The metadata names ${isDocument ? 'a document' : 'an endpoint'} as authorization server: ${quoteUrl(issuer)}`,
        detail:
          'authorization_servers holds issuers. Clients put the well-known part into what stands there and ask at an address that does not exist.',
        remedy: isDocument
          ? 'Name the value of "issuer" in that document instead.'
          : `Name the issuer, without the path of an endpoint; here it may be ${quoteUrl(issuer.replace(ENDPOINT, ''))}.`,
        evidence: [document.id],
      };
    }
  },
};
