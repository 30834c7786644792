import { asString } from '../../../base/json.ts';
import { splitScope } from '../../../oauth/scope.ts';
import type { Check } from '../../check.ts';
import { tokenAnswer, tokenMembers } from '../../flow.ts';
import { rfc } from '../../references.ts';

/** Scopes that ask for something other than rights, and are not always named again. */
const NO_RIGHTS = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'];

export const check: Check = {
  code: 'TOK-17',
  name: 'scope-narrowed',
  severity: 'fragile',
  references: [rfc(6749, '3.3')],
  *find(view) {
    const answer = tokenAnswer(view);
    const asked = splitScope(view.examination.flow?.request?.parameters.scope ?? '');
    const said = asString(tokenMembers(answer).scope);
    if (!answer || said === undefined || said === '') return;
    const granted = said.split(/[\s,]+/);
    // Some providers name a scope without the resource in front of it.
    const has = (scope: string) => granted.some(each => each === scope || scope.endsWith(`/${each}`));
    const missing = asked.filter(
      each => !NO_RIGHTS.includes(each) && !each.endsWith('/.default') && !has(each),
    );
    if (missing.length === 0) return;
    yield {
      title: `Fewer rights were granted than asked for: without ${missing.join(', ')}.`,
      detail:
        'The user, or a rule of the authorization server, gave less. Calls that need them will be refused.',
      remedy:
        'Grant them to this client or user, or take out of the metadata what ordinary users are not to have.',
      evidence: [answer.id],
    };
  },
};
