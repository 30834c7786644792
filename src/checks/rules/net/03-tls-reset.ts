import type { Check } from '../../check.ts';
import { thread } from '../../references.ts';

export const check: Check = {
  code: 'NET-03',
  name: 'tls-reset-by-source',
  severity: 'fragile',
  references: [thread('anthropics/claude-ai-mcp', 457)],
  *find(view) {
    const failures = [
      ...view.examination.tls.flatMap(({ failure }) =>
        failure ? [{ failure, evidence: [] as string[] }] : [],
      ),
      ...Object.values(view.examination.exchanges).flatMap(({ id, outcome }) =>
        outcome.kind === 'failed' ? [{ failure: outcome.fault, evidence: [id] }] : [],
      ),
    ].filter(({ failure: { code, data } }) => code === 'net.tls' && data?.problem === 'reset' && !data.proxy);
    for (const host of new Set(failures.map(({ failure }) => failure.data?.host ?? ''))) {
      const own = failures.filter(({ failure }) => failure.data?.host === host);
      const answered = Object.values(view.examination.exchanges).some(
        ({ request, outcome }) => URL.parse(request.url)?.hostname === host && outcome.kind === 'answered',
      );
      yield {
        title: `${host} breaks the TLS handshake off${answered ? ' now and then' : ''}.`,
        detail:
          'The connection is made, so something is there; a firewall that judges by where one comes from does this. Clients show it as an error of the sign-in.',
        remedy:
          'Look for rules by source address or country before the server, and allow the networks its clients come from; for a hosted connector those are its vendor’s.',
        evidence: own.flatMap(({ evidence }) => evidence).slice(0, 1),
        ...(answered ? {} : { severity: 'broken' as const }),
      };
    }
  },
};
