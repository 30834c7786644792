import type { Check } from '../../check.ts';
import { thread } from '../../references.ts';
import { trialsOf } from '../../trials.ts';

export const check: Check = {
  code: 'REG-10',
  name: 'waf-on-register',
  severity: 'broken',
  references: [thread('Waishnav/devspace', 295)],
  follows: ['NET-05'],
  *find(view) {
    const found = trialsOf(view).filter(({ answer }) => answer.status === 403 && answer.isHtml);
    const [first] = found;
    if (!first) return;
    yield {
      title: `Something in front of ${first.issuer} keeps clients from its registration endpoint: a web page with status 403.`,
      detail:
        'That is how firewalls and bot filters answer. Often only some networks are kept out: a client in a cloud is, one on a desktop is not, or the other way round.',
      remedy:
        'Exempt the registration and the token endpoint from the filter; programs call them, not people.',
      evidence: found.map(({ answer }) => answer.id),
    };
  },
};
