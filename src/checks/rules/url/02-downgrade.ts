import { shownUrl } from '../../../base/text.ts';
import { quoteUrl } from '../../../oauth/identifier.ts';
import type { Check } from '../../check.ts';
import { isPlaintext } from '../../gate.ts';
import { tellPublicUrl } from '../../proxies.ts';
import { thread } from '../../references.ts';
import type { Answer } from '../../view.ts';

export const check: Check = {
  code: 'URL-02',
  name: 'redirect-downgrades-https',
  severity: 'broken',
  references: [thread('BerriAI/litellm', 34845), thread('chainguard-dev/edu', 3704)],
  follows: ['NET-07', 'URL-01'],
  *find(view) {
    const downgrades = ({ url, isRedirect, location }: Answer) =>
      isRedirect && url.startsWith('https:') && location !== undefined && isPlaintext(location);
    const answers = view.examination.probes.flatMap(probe => view.hops(probe)).filter(downgrades);
    const [first] = answers;
    if (!first?.location) return;
    const isOpening = answers.some(({ probe }) => view.openings.some(each => each.probe === probe));
    yield {
      title: `A redirect leads from https to plain http: ${quoteUrl(first.url)} to ${quoteUrl(first.location.href)}.`,
      detail:
        'The application does not know that TLS ends before it and builds the address from what it sees. Clients refuse to follow, or send what they should not in the clear.',
      remedy: `Remove the redirect, or: ${tellPublicUrl(view)}`,
      evidence: answers.map(({ id }) => id),
      comparison: {
        seenIn: 'Location',
        seen: shownUrl(first.location.href),
        expectedFrom: 'the scheme it was asked with',
        expected: shownUrl(first.location.href).replace(/^http:/, 'https:'),
      },
      ...(isOpening ? {} : { severity: 'fragile' as const }),
    };
  },
};
