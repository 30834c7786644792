import { thread } from '../../references.ts';
import { ENTRA_ERRORS, saidCheck, words } from '../../said.ts';

export const check = saidCheck({
  code: 'TOK-01',
  name: 'AADSTS9002313',
  severity: 'broken',
  references: [ENTRA_ERRORS, thread('Azure/aks-mcp', 364), thread('Azure/aks-mcp', 365)],
  follows: ['CB-04'],
  pattern: /AADSTS9002313\b/,
  say: complaint => ({
    title: 'Entra ID calls the token request malformed (AADSTS9002313): no usable code_verifier reached it.',
    detail: `Look for a proxy that redeems the code itself, or that drops code_verifier from the request it passes on: only the client knows it.${words(complaint)}`,
    remedy: 'Pass the client’s token request through as it is, code_verifier and redirect_uri included.',
  }),
});
