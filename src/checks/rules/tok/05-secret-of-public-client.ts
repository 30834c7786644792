import { thread } from '../../references.ts';
import { ENTRA_ERRORS, saidCheck, words } from '../../said.ts';

export const check = saidCheck({
  code: 'TOK-05',
  name: 'AADSTS700025/90023',
  severity: 'broken',
  references: [
    ENTRA_ERRORS,
    thread('Softeria/ms-365-mcp-server', 288),
    thread('Softeria/ms-365-mcp-server', 664),
  ],
  pattern: /AADSTS(?:700025|90023)\b/,
  say: complaint => ({
    title: 'A secret was sent for a public client, and Entra ID refuses that.',
    detail: `The redirect URI belongs to a public client. A proxy that adds its own secret to every token request, or a client that was given one, is refused.${words(complaint)}`,
    remedy: 'Send no client_secret with redirect URIs of the platform Mobile and desktop applications.',
  }),
});
