import { quoteUrl } from '../../../oauth/identifier.ts';
import type { Check } from '../../check.ts';
import { TRANSPORTS, thread } from '../../references.ts';

export const check: Check = {
  code: 'CHL-15',
  name: 'redirect-before-auth',
  severity: 'broken',
  references: [TRANSPORTS, thread('BerriAI/litellm', 34845)],
  follows: ['NET-07', 'URL-01', 'URL-02', 'NET-11'],
  *find(view) {
    const redirect = view.openings.find(each => each.isRedirect);
    if (!redirect || view.refusal || view.isOpen) return;
    const { location } = redirect;
    yield {
      title: `The server redirects (${redirect.status}) before it asks for a sign-in.`,
      detail: `A client that does not follow redirects of a POST never sees the challenge.${location ? ` It is sent to ${quoteUrl(location.href)}.` : ''}`,
      remedy: 'Answer 401 at the address that people enter, without a redirect before it.',
      evidence: [redirect.id],
    };
  },
};
