import type { Check } from '../../check.ts';
import { STREAMABLE_NEXT, TRANSPORTS } from '../../references.ts';

export const check: Check = {
  code: 'MCP-12',
  name: 'get-404-not-405',
  severity: 'note',
  references: [TRANSPORTS, STREAMABLE_NEXT],
  follows: ['NET-15', 'URL-04', 'URL-08', 'URL-09', 'CHL-08', 'URL-06'],
  *find(view) {
    const get = view.answer('get');
    // Something has to be there at all.
    const isThere = view.openings.some(({ status }) => status > 0 && status !== 404 && status < 500);
    if (get?.status !== 404 || !isThere) return;
    yield {
      title: 'GET is answered 404, where 405 says that there is no stream to be had.',
      detail:
        'To a client 404 can also mean that its session is over; some then begin again, and some take the address for wrong.',
      remedy: 'Answer GET with 405, or open a stream.',
      evidence: [get.id],
    };
  },
};
