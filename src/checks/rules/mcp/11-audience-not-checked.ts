import type { Check } from '../../check.ts';
import { AUTHORIZATION, rfc, SECURITY_NEXT } from '../../references.ts';
import { remedyFor } from '../../software.ts';

export const check: Check = {
  code: 'MCP-11',
  name: 'audience-not-checked',
  severity: 'unsafe',
  references: [SECURITY_NEXT, AUTHORIZATION, rfc(8707, '2')],
  follows: ['CHL-11'],
  *find(view) {
    const [answer] = view.answers('other-token');
    // A server that asks nobody for a token checks none.
    if (answer?.status !== 200 || view.isOpen || !view.refusal) return;
    if (answer.isHtml || (answer.json && answer.json.error !== undefined)) return;
    yield {
      title: 'The server takes a token that was issued for another resource.',
      detail:
        'It looks who issued a token, and not for whom. Any other service of the same authorization server can use the tokens its users give it to act as them here.',
      remedy: remedyFor(
        view,
        {
          nginx:
            'Compare aud with the canonical URI: auth_jwt_require_claim aud eq $mcp_canonical_uri (a JSON array: .aud[0], or aud any json=[…]), or with introspection auth_oauth2_token_require $mcp_aud_ok.',
        },
        'Check that aud holds this server’s canonical URI (the "resource" of its metadata), and answer 401 otherwise.',
      ),
      evidence: [view.refusal.id, answer.id],
    };
  },
};
