import { thread } from '../../references.ts';
import { ENTRA_ERRORS, saidCheck, words } from '../../said.ts';

export const check = saidCheck({
  code: 'TOK-04',
  name: 'AADSTS9002326/9002327',
  severity: 'broken',
  references: [ENTRA_ERRORS, thread('anthropics/claude-ai-mcp', 894)],
  pattern: /AADSTS900232[67]\b/,
  say: (complaint, view) => ({
    title:
      'Entra ID gives this token to pages in a browser only: the redirect URI is registered as a single-page application.',
    detail: `Such redirect URIs are redeemed across origins, from a page; a program is refused.${words(complaint)}`,
    remedy: `Register ${view.examination.flow?.request?.redirectUri ?? 'the redirect URI'} under Authentication → Mobile and desktop applications, and take it out of Single-page application.`,
  }),
});
