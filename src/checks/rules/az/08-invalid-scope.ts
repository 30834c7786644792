import { quoted } from '../../../base/text.ts';
import { thread } from '../../references.ts';
import { saidCheck, words } from '../../said.ts';

export const check = saidCheck({
  code: 'AZ-08',
  name: 'invalid_scope',
  severity: 'broken',
  references: [
    thread('openchoreo/openchoreo', 3217),
    thread('anthropics/claude-code', 41610),
    thread('ganhammar/hass-mcp-server', 83),
  ],
  follows: ['AZ-03', 'PRM-20', 'ASM-20'],
  pattern: /\binvalid_scope\b|AADSTS70011\b/,
  where: ['page', 'callback', 'token'],
  say: (complaint, view) => {
    const scope = view.examination.flow?.request?.parameters.scope;
    return {
      title: scope
        ? `The authorization server refuses the scopes ${quoted(scope)}.`
        : 'The authorization server refuses a request without a scope.',
      detail: `Clients ask for what the challenge names, else for what the resource metadata lists, else for nothing. What is published there is not what is granted.${words(complaint)}`,
      remedy: scope
        ? 'List in scopes_supported, and in the challenge, only scopes that every client may have. On the client: --static-oauth-client-metadata \'{"scope":"…"}\'.'
        : 'Name the scopes that are needed in the challenge or in scopes_supported of the resource metadata.',
    };
  },
});
