import { challengedScope } from '../../../oauth/challenge.ts';
import { quoteUrl } from '../../../oauth/identifier.ts';
import type { Check } from '../../check.ts';
import { AUTHORIZATION, thread } from '../../references.ts';
import { listedIssuers } from '../../resource.ts';
import { strings } from '../../view.ts';

/** Scopes an authorization server offers from which on it serves many purposes. */
const BROAD = 10;

export const check: Check = {
  code: 'PRM-20',
  name: 'no-scopes-anywhere',
  severity: 'fragile',
  references: [AUTHORIZATION, thread('ganhammar/hass-mcp-server', 83), thread('openchoreo/openchoreo', 3217)],
  *find(view) {
    if (view.refusals.some(({ challenges }) => challengedScope(challenges))) return;
    if (view.readDocuments.some(({ json }) => strings(json?.scopes_supported).length > 0)) return;
    for (const { issuer, document } of listedIssuers(view)) {
      const [metadata] = view.serverDocuments(issuer);
      const offered = strings(metadata?.json?.scopes_supported);
      const isBroad = offered.length >= BROAD;
      if (!metadata || !(isBroad || offered.includes('openid'))) continue;
      yield {
        title: 'Neither the challenge nor the resource metadata says what scopes are needed.',
        detail: `Clients then ask for none, or for what ${quoteUrl(issuer)} offers (${offered.length} scopes${offered.includes('openid') ? ', openid among them' : ''}). It may refuse either as invalid_scope, or issue a token that opens nothing.`,
        remedy:
          'List the fewest scopes that are needed in scopes_supported of the resource metadata, or in scope of the challenge.',
        evidence: [document.id, metadata.id],
        severity: isBroad ? 'fragile' : 'note',
      };
    }
  },
};
