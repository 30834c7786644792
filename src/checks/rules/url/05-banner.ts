import type { Check } from '../../check.ts';
import { looksLikeApplication } from '../../gate.ts';
import { STREAMABLE_NEXT, TRANSPORTS, thread } from '../../references.ts';

export const check: Check = {
  code: 'URL-05',
  name: 'banner-instead-of-405',
  severity: 'fragile',
  references: [TRANSPORTS, STREAMABLE_NEXT, thread('relaticle/relaticle', 450)],
  follows: ['NET-05', 'NET-07', 'NET-15', 'URL-04', 'URL-08'],
  *find(view) {
    const answer = view.answer('get');
    if (answer?.status !== 200 || answer.mediaType === 'text/event-stream') return;
    // One page for every path is URL-08.
    if (looksLikeApplication(view, answer)) return;
    yield {
      title: `GET of the endpoint is answered with ${answer.isHtml ? 'a page' : (answer.mediaType ?? 'a text')} (200).`,
      detail:
        'It should open an event stream or answer 405. Clients that ask the address for metadata or for a stream take what they get for one.',
      remedy: 'Answer 405 with Allow: POST; show a page only to browsers that navigate (Accept: text/html).',
      evidence: [answer.id],
    };
  },
};
