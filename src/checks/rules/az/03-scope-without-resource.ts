import { quoted } from '../../../base/text.ts';
import { thread } from '../../references.ts';
import { ENTRA_ERRORS, saidCheck, words } from '../../said.ts';

export const check = saidCheck({
  code: 'AZ-03',
  name: 'AADSTS650053',
  severity: 'broken',
  references: [ENTRA_ERRORS, thread('anthropics/claude-code', 73460)],
  pattern: /AADSTS650053\b/,
  where: ['page', 'callback', 'token'],
  say: (complaint, view) => {
    const scope = view.examination.flow?.request?.parameters.scope;
    return {
      title: `Entra ID does not know a scope that was asked for${scope ? ` (${quoted(scope)})` : ''}: AADSTS650053.`,
      detail: `A scope without its application in front is taken for one of Microsoft Graph (00000003-…), which has none of that name.${words(complaint)}`,
      remedy:
        'Publish whole scopes in scopes_supported and in the challenge: api://<application id>/<scope>, or <Application ID URI>/<scope>.',
    };
  },
});
