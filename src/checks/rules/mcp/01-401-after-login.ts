import { quoted, word } from '../../../base/text.ts';
import type { Check } from '../../check.ts';
import { audiences, expectedResource, firstCall } from '../../flow.ts';
import { AUTHORIZATION, thread } from '../../references.ts';

export const check: Check = {
  code: 'MCP-01',
  name: '401-after-login',
  severity: 'broken',
  references: [
    AUTHORIZATION,
    thread('anthropics/claude-ai-mcp', 315),
    thread('anthropics/claude-ai-mcp', 886),
  ],
  follows: ['MCP-02', 'AZ-09', 'AZ-13', 'TOK-12', 'TOK-13', 'TOK-14', 'TOK-15', 'TOK-16', 'TOK-18'],
  *find(view) {
    const call = firstCall(view);
    const { flow } = view.examination;
    if (call?.status !== 401 || !flow?.token) return;
    const { claims = {}, format } = flow.token;
    const said = call.bearer?.params.error_description ?? call.bearer?.params.error;
    const token =
      format === 'jwt'
        ? `The token says: issuer ${claims.iss === undefined ? 'none' : word(String(claims.iss), 200)}, audience ${
            audiences(claims)
              .map(each => word(each, 200))
              .join(', ') || 'none'
          }, scope ${claims.scope === undefined ? 'none' : quoted(String(claims.scope))}. Due are: issuer ${flow.issuer}, audience ${expectedResource(view) ?? view.target.href}.`
        : 'What is in the token only its issuer can read.';
    yield {
      title: 'The server refuses a token that was issued for it a moment ago (401).',
      detail: `${token}${said ? ` The server says: ${quoted(said)}` : ''} Clients sign in again, and again, or give up.`,
      remedy:
        'Compare what the server expects of issuer, audience, scope and signing key with what the token has; its log usually says which of them it was.',
      evidence: [call.id],
    };
  },
};
