import { shownUrl } from '../../../base/text.ts';
import { quoteUrl } from '../../../oauth/identifier.ts';
import type { Check } from '../../check.ts';
import { isNoEndpoint, opensOlderStream, speaksMcp } from '../../gate.ts';
import { STREAMABLE_NEXT, TRANSPORTS } from '../../references.ts';
import { relation } from '../../resource.ts';

export const check: Check = {
  code: 'URL-04',
  name: 'wrong-endpoint',
  severity: 'broken',
  references: [STREAMABLE_NEXT, TRANSPORTS],
  follows: ['NET-18', 'NET-15', 'URL-09'],
  *find(view) {
    const { openings } = view;
    const [first] = openings;
    if (!first || !openings.every(isNoEndpoint)) return;
    const stream = view.answer('get');
    if (opensOlderStream(stream)) {
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
    // Where metadata names this very address something is here, and refuses oddly: that is CHL-08.
    const isNamed = view.resourceDocuments.some(
      ({ json }) => typeof json?.resource === 'string' && relation(json.resource, view.target) === 'same',
    );
    const what = first.isHtml && first.status < 300 ? 'with a page' : String(first.status);
    if (!found) {
      if (isNamed) return;
      yield {
        title:
          first.status >= 500
            ? `The server fails: POST is answered ${what}.`
            : `Nothing at this address speaks MCP: POST is answered ${what}.`,
        detail:
          first.status >= 500
            ? 'The server fails before it can say whether somebody is signed in. What it fails at is in its own log.'
            : 'Nor is there anything at the usual places of this host. A client given this address finds nothing.',
        remedy:
          first.status >= 500
            ? 'Look into the server’s log for the time of this request; it should answer 401, or the message.'
            : 'Check the address: its path, and the prefix under which a proxy publishes it.',
        evidence: openings.map(({ id }) => id),
      };
      return;
    }
    yield {
      title: `This is not the endpoint: POST is answered ${what}, and ${quoteUrl(found.url)} speaks MCP.`,
      detail: 'A client given this address finds nothing there and does not look elsewhere.',
      remedy: `Give clients the address ${quoteUrl(found.url)}, or serve this one, too.`,
      evidence: [first, ...elsewhere].map(({ id }) => id),
      comparison: {
        seenIn: 'the address given',
        seen: shownUrl(view.target.href),
        expectedFrom: 'the address that speaks MCP',
        expected: shownUrl(found.url),
      },
    };
  },
};
