import type { Check } from '../../check.ts';
import { AUTHORIZATION, rfc } from '../../references.ts';
import { relation } from '../../resource.ts';

/** What an application answers that meant to refuse. What a gateway says of a dead server is NET-15. */
const MISTAKEN = [404, 405, 500, 501];

export const check: Check = {
  code: 'CHL-08',
  name: '404-405-500-instead-of-401',
  severity: 'broken',
  references: [AUTHORIZATION, rfc(6750, '3.1')],
  follows: ['NET-18', 'NET-05', 'NET-07', 'NET-08', 'NET-15', 'URL-01', 'URL-04', 'URL-09'],
  *find(view) {
    const { openings } = view;
    const isRefusedOddly = openings.length > 0 && openings.every(({ status }) => MISTAKEN.includes(status));
    // Only metadata for this very URL tells that a server is here and wants a sign-in.
    const document = view.readDocuments.find(
      ({ json }) => typeof json?.resource === 'string' && relation(json.resource, view.target) === 'same',
    );
    const [first] = openings;
    if (!isRefusedOddly || !document || !first) return;
    yield {
      title: `The server answers ${first.status} where nobody is signed in; 401 is due.`,
      detail: `Metadata for this very URL is there, so a server is as well; but its answer looks like a wrong or dead address, and clients give up.${first.status >= 500 ? ' Or it fails at everything just now, whoever asks; its log tells which.' : ''}`,
      remedy:
        'Answer 401 with a challenge when the token is missing or invalid. A failed check of the token must not end as an exception or in the handler for unknown paths.',
      evidence: [...openings.map(({ id }) => id), document.id],
    };
  },
};
