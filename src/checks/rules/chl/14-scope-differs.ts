import { challengedScope } from '../../../oauth/challenge.ts';
import type { Check } from '../../check.ts';
import { AUTHORIZATION, AUTHORIZATION_NEXT } from '../../references.ts';
import { strings } from '../../view.ts';

export const check: Check = {
  code: 'CHL-14',
  name: 'scope-challenge-vs-metadata',
  severity: 'note',
  references: [AUTHORIZATION, AUTHORIZATION_NEXT],
  *find(view) {
    const refusal = view.refusals.find(({ challenges }) => challengedScope(challenges));
    const document = view.readDocuments.find(({ json }) => strings(json?.scopes_supported).length > 0);
    if (!refusal || !document) return;
    const challenged = [...new Set(challengedScope(refusal.challenges))].sort();
    const supported = [...new Set(strings(document.json?.scopes_supported))].sort();
    if (challenged.join(' ') === supported.join(' ')) return;
    yield {
      title: 'The challenge asks for other scopes than the metadata lists.',
      detail:
        'Clients that follow the challenge and clients that follow scopes_supported ask for different scopes. The specification allows the two to differ and forbids clients to conclude anything from it; operators of nginx-mcp-resource are told to keep them equal.',
      remedy:
        'If it is not meant so, keep the two in step. In nginx-mcp-resource they are MCP_REQUIRED_SCOPE (challenge) and MCP_SCOPES_SUPPORTED (metadata).',
      evidence: [refusal.id, document.id],
      comparison: {
        seenIn: 'scope in the challenge',
        seen: challenged.join(' '),
        expectedFrom: 'scopes_supported in the metadata',
        expected: supported.join(' '),
      },
    };
  },
};
