import { quoteUrl } from '../../../oauth/identifier.ts';
import type { Check } from '../../check.ts';
import { speaksMcp } from '../../gate.ts';
import { STREAMABLE_NEXT, TRANSPORTS } from '../../references.ts';

export const check: Check = {
  code: 'URL-04',
  name: 'wrong-endpoint',
  severity: 'broken',
  references: [STREAMABLE_NEXT, TRANSPORTS],
  follows: ['NET-15', 'URL-09'],
  *find(view) {
    const { openings } = view;
    const [first] = openings;
    if (!first || !openings.every(({ status }) => status === 404 || status === 405)) return;
    const stream = view.answer('get');
    if (stream?.mediaType === 'text/event-stream' && /^event:\s*endpoint\b/m.test(stream.text)) {
      yield {
        title: 'The server speaks only the older HTTP+SSE transport at this address.',
        detail:
          'GET opens a stream that names the endpoint for messages, and POST is refused. Clients that still know the transport of 2024-11-05 get through; newer ones may not.',
        remedy: 'Offer Streamable HTTP, at best at the same address.',
        evidence: [first.id, stream.id],
        severity: 'fragile',
      };
      return;
    }
    const elsewhere = view.answers('endpoint-elsewhere').filter(speaksMcp);
    const [found] = elsewhere;
    // Nothing here and nothing elsewhere may as well be a refusal: that is CHL-08.
    if (!found) return;
    yield {
      title: `This is not the endpoint: POST is answered ${first.status}, and ${quoteUrl(found.url)} speaks MCP.`,
      detail: 'A client given this address finds nothing there and does not look elsewhere.',
      remedy: `Give clients the address ${quoteUrl(found.url)}, or serve this one, too.`,
      evidence: [first, ...elsewhere].map(({ id }) => id),
      comparison: {
        seenIn: 'the address given',
        seen: view.target.href,
        expectedFrom: 'the address that speaks MCP',
        expected: found.url,
      },
    };
  },
};
