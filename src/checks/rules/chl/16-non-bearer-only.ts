import { wantsOther } from '../../../oauth/challenge.ts';
import type { Check } from '../../check.ts';
import { AUTHORIZATION, rfc } from '../../references.ts';

export const check: Check = {
  code: 'CHL-16',
  name: 'non-bearer-only',
  severity: 'broken',
  references: [AUTHORIZATION, rfc(6750, '3')],
  follows: ['NET-18', 'NET-07'],
  *find(view) {
    const { refusals } = view;
    const all = refusals.flatMap(({ challenges }) => challenges);
    if (!wantsOther(all)) return;
    const schemes = [...new Set(all.map(({ scheme }) => scheme.slice(0, 30)))].join(', ');
    const isFound = view.resourceDocuments.length > 0;
    yield {
      title: `The server asks for ${schemes} and not for Bearer.`,
      detail: isFound
        ? 'Its metadata speaks of OAuth all the same. Clients that go by the challenge ask for a password or a key, or stop.'
        : 'That is not OAuth: no client can sign in by itself, the user needs a password or a key.',
      remedy: isFound
        ? 'Add a Bearer challenge with resource_metadata.'
        : 'Add OAuth with a Bearer challenge, or tell users which header field to set in their client.',
      evidence: refusals.map(({ id }) => id),
      severity: isFound ? 'fragile' : 'broken',
    };
  },
};
