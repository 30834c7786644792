import type { Check } from '../../check.ts';
import { STREAMABLE_NEXT, TRANSPORTS } from '../../references.ts';

export const check: Check = {
  code: 'URL-06',
  name: 'head-get-not-405',
  severity: 'note',
  references: [TRANSPORTS, STREAMABLE_NEXT],
  follows: ['NET-05', 'NET-07', 'NET-15', 'URL-01', 'URL-04', 'URL-05', 'URL-08', 'URL-09', 'CHL-08'],
  *find(view) {
    // What fails whatever it is asked tells nothing of HEAD and GET.
    if (view.openings.length > 0 && view.openings.every(({ status }) => status >= 500)) return;
    const head = view.answer('head');
    const get = view.answer('get');
    // A refusal (4xx) of any other kind tells as well that there is no stream to be had like this.
    const isOdd = (status = 0) => status === 404 || status >= 500;
    const isStream = get?.status === 200 && get.mediaType === 'text/event-stream';
    const odd = [
      ...(head && (isOdd(head.status) || (head.status === 200 && !isStream))
        ? [{ method: 'HEAD', ...asked(head) }]
        : []),
      ...(get && isOdd(get.status) ? [{ method: 'GET', ...asked(get) }] : []),
    ];
    if (odd.length === 0) return;
    yield {
      title: `${odd.map(({ method, status }) => `${method} is answered ${status}`).join(', ')} where 405 is due.`,
      detail:
        'An endpoint that only takes POST says so with 405, and one that offers a stream opens it. Anything else makes people who check with curl -sI think that the address is wrong.',
      remedy: 'Answer HEAD and GET with 405 and Allow: POST.',
      evidence: odd.map(({ id }) => id),
    };
  },
};

const asked = ({ id, status }: { id: string; status: number }) => ({ id, status });
