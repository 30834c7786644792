import type { Check } from '../../check.ts';
import { rfc, thread } from '../../references.ts';

export const check: Check = {
  code: 'AZ-16',
  name: 'silent-bounce',
  severity: 'broken',
  references: [rfc(6749, '4.1.2'), thread('SkillfulAgents/SuperAgent', 267)],
  *find(view) {
    const { request } = view.examination.flow ?? {};
    if (!request) return;
    for (const answer of view.finals('authorize-preview')) {
      const { location } = answer;
      if (!answer.isRedirect || !location?.href.startsWith(request.redirectUri)) continue;
      const { searchParams } = location;
      if (searchParams.has('code') || searchParams.has('error') || searchParams.has('response')) continue;
      const { scope } = request.parameters;
      yield {
        title: 'The authorization server sends the browser back at once, with neither a code nor an error.',
        detail: `Nobody is asked to sign in or to consent.${scope ? '' : ' The request named no scope; some servers answer that like this.'}`,
        remedy: scope
          ? 'Answer with a code, or with error and error_description.'
          : 'Name the scopes that are needed in the challenge or in scopes_supported, and answer invalid_scope where one is missing.',
        evidence: [answer.id],
      };
      return;
    }
  },
};
