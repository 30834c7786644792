import { rfc, thread } from '../../references.ts';
import { ENTRA_ERRORS, saidCheck, words } from '../../said.ts';

export const check = saidCheck({
  code: 'TOK-02',
  name: 'invalid_grant-pkce',
  severity: 'broken',
  references: [rfc(7636, '4.6'), ENTRA_ERRORS, thread('punkpeye/mcp-remote', 251)],
  follows: ['CB-02', 'CB-11'],
  pattern: /AADSTS501481\b|\b(?:code[_ ]?(?:verifier|challenge)|pkce)\b/i,
  where: ['token'],
  say: complaint => ({
    title: 'The code_verifier does not belong to the code_challenge that the sign-in began with.',
    detail: `Two sign-ins were mixed up: two bridges for one server that share a file for the verifier, or a proxy with a challenge of its own.${words(complaint)}`,
    remedy:
      'Keep the verifier with the state it belongs to. Where mcp-remote runs twice for the same server, let one of them go, or use one bridge that serves both.',
  }),
});
