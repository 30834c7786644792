import type { Check } from '../../check.ts';
import { isBotFilter } from '../../gate.ts';
import { rfc } from '../../references.ts';
import { Answer } from '../../view.ts';

export const check: Check = {
  code: 'NET-13',
  name: 'rate-limited',
  severity: 'fragile',
  references: [rfc(6585, '4')],
  *find(view) {
    const { probes, exchanges } = view.examination;
    const limited = probes.flatMap(probe =>
      probe.exchanges.flatMap(id => {
        const exchange = exchanges[id];
        const answer = exchange && new Answer(probe, exchange);
        return answer?.status === 429 && !isBotFilter(answer) ? [answer] : [];
      }),
    );
    for (const host of new Set(limited.map(({ url }) => new URL(url).host))) {
      const own = limited.filter(({ url }) => new URL(url).host === host);
      const after = own.map(answer => answer.field('retry-after')).find(value => value !== undefined);
      const lasting = own.filter(({ probe }) => probe.kind !== 'limited');
      yield {
        title: `${host} has had too many requests (429)${after === undefined ? ', and does not say when to come back' : `; Retry-After: ${after}`}.`,
        detail:
          lasting.length === 0
            ? 'Asked again when it said, it answered. A client that looks for metadata asks as many questions, and few of them wait.'
            : `${lasting.length} of the questions got no other answer, so this report has gaps. Clients meet the same limit when they look for the metadata.`,
        remedy:
          'Raise the limit for the MCP endpoint and /.well-known/*, and let the metadata be cached. With 429 send Retry-After.',
        evidence: own.slice(0, 5).map(({ id }) => id),
        ...(lasting.length === 0 ? { severity: 'note' as const } : {}),
      };
    }
  },
};
