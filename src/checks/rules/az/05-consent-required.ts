import { ENTRA_ERRORS, saidCheck, words } from '../../said.ts';

export const check = saidCheck({
  code: 'AZ-05',
  name: 'AADSTS65001 / admin consent',
  severity: 'broken',
  references: [ENTRA_ERRORS],
  pattern:
    /AADSTS(?:65001|90094|90093|90008)\b|\bconsent_required\b|\badmin(?:istrator)?(?:'s)? (?:consent|approval)\b/i,
  say: complaint => ({
    title: 'Nobody has consented yet to what the client asks for, and the user may not.',
    detail: `The tenant wants an administrator to allow the application once.${words(complaint)}`,
    remedy:
      'An administrator grants consent (Entra ID: Enterprise applications → Permissions → Grant admin consent), or lists the client as pre-authorized under Expose an API.',
  }),
});
