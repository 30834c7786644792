import { thread } from '../../references.ts';
import { ENTRA_ERRORS, saidCheck, words } from '../../said.ts';

export const check = saidCheck({
  code: 'AZ-02',
  name: 'AADSTS901002 / upstream-forwarded-resource',
  severity: 'broken',
  references: [ENTRA_ERRORS, thread('modelcontextprotocol/modelcontextprotocol', 1389)],
  pattern: /AADSTS901002\b/,
  say: complaint => ({
    title:
      'The sign-in is passed on to Entra ID with a resource parameter that it does not take (AADSTS901002).',
    detail: `The authorization server in front, or a proxy, hands the client’s "resource" through to the identity provider behind it.${words(complaint)}`,
    remedy:
      'Take "resource" out of what is forwarded upstream (in Auth0: the connection’s upstream parameters); it is meant for the authorization server that the client talks to.',
  }),
});
