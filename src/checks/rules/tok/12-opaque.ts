import type { Check } from '../../check.ts';
import { isTaken, tokenAnswer } from '../../flow.ts';
import { rfc, thread } from '../../references.ts';

export const check: Check = {
  code: 'TOK-12',
  name: 'opaque-or-jwe',
  severity: 'fragile',
  references: [rfc(7662, '2'), thread('modelcontextprotocol/inspector', 566)],
  follows: ['AZ-09', 'MCP-02'],
  *find(view) {
    const { token, failure, issuer } = view.examination.flow ?? {};
    const answer = tokenAnswer(view);
    // Whoever takes it asks its issuer about it; that is as good as a signature.
    if (!token || failure || token.format === 'jwt' || isTaken(view) !== false) return;
    yield {
      title: `The server refuses a token that ${token.format === 'jwe' ? 'is encrypted' : 'only its issuer can read'}.`,
      detail: `It does not come from ${issuer} as a signed token. Some providers issue such tokens when no audience, or an unknown one, was asked for. A server that checks signatures can do nothing with it.`,
      remedy:
        'Have the authorization server know the server as a resource (API, audience) and sign tokens for it; or check tokens by introspection (RFC 7662).',
      evidence: answer ? [answer.id] : [],
    };
  },
};
