import { thread } from '../../references.ts';
import { ENTRA_ERRORS, saidCheck, words } from '../../said.ts';

export const check = saidCheck({
  code: 'TOK-03',
  name: 'AADSTS7000218',
  severity: 'broken',
  references: [ENTRA_ERRORS, thread('anthropics/claude-ai-mcp', 894)],
  pattern: /AADSTS7000218\b/,
  say: (complaint, view) => ({
    title:
      'Entra ID wants a client secret: the redirect URI is registered on the platform Web (AADSTS7000218).',
    detail: `A client on the user’s machine has no secret. "Allow public client flows" does not help here; what counts is the platform of the redirect URI.${words(complaint)}`,
    remedy: `Register ${view.examination.flow?.request?.redirectUri ?? 'the redirect URI'} under Authentication → Mobile and desktop applications, and take it out of Web.`,
  }),
});
