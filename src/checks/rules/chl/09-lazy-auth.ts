import type { Check } from '../../check.ts';
import { AUTHORIZATION, thread } from '../../references.ts';

export const check: Check = {
  code: 'CHL-09',
  name: 'lazy-auth',
  severity: 'note',
  references: [AUTHORIZATION, thread('astashov/liftosaur', 560)],
  *find(view) {
    const [document] = view.readDocuments.filter(
      ({ json }) => Array.isArray(json?.authorization_servers) && json.authorization_servers.length > 0,
    );
    if (!view.isOpen || (!document && !view.refusal)) return;
    const welcome = view.openings.filter(({ status }) => status === 200);
    yield {
      title: 'The server lets everybody begin, and asks for a sign-in later.',
      detail:
        'It has what a sign-in needs, and answers the first request without one: sign-in begins with the first call that is refused. Clients that sign in when they connect show it as connected and not signed in.',
      remedy: 'Fine if it is meant so. Otherwise answer 401 to the first request already.',
      evidence: [...welcome, ...(view.refusal ? [view.refusal] : []), ...(document ? [document] : [])].map(
        ({ id }) => id,
      ),
    };
  },
};
