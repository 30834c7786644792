import type { Check } from '../../check.ts';
import { recorded, sent } from '../../history.ts';
import { TRANSPORTS, thread } from '../../references.ts';

/** Milliseconds: a session that ended sooner after it worked was not ended for idleness. */
const SOON = 60_000;

export const check: Check = {
  code: 'MCP-04',
  name: 'session-lost',
  severity: 'fragile',
  references: [
    TRANSPORTS,
    thread('mcp-use/mcp-use', 153),
    thread('mercuretechnologies/xprem', 149),
    thread('PrefectHQ/fastmcp', 1003),
    thread('mcp-hangar/mcp-hangar', 877),
  ],
  *find(view) {
    const lastGood = new Map<string, number>();
    for (const call of recorded(view, 'mcp')) {
      const session = sent(call, 'mcp-session-id');
      if (session === undefined) continue;
      const { startedAt } = call.exchange;
      if (call.status > 0 && call.status < 300) lastGood.set(session, startedAt);
      const isWrong = call.status === 400 && /\bsession\b/i.test(call.text);
      if (call.status !== 404 && !isWrong) continue;
      const before = lastGood.get(session);
      const isSoon = before !== undefined && startedAt - before < SOON;
      yield {
        title: `The server does not know a session any more${isSoon ? ` that worked ${Math.round((startedAt - before) / 1000)} seconds before` : ''} (status ${call.status}).`,
        detail: `${isSoon ? 'It was restarted, or it runs several times and the session lives in one of them.' : 'A server may end sessions that nobody uses.'}${isWrong ? ' It says so with 400; clients only begin anew after 404.' : ''}`,
        remedy:
          'Keep sessions where all replicas find them, make the balancer sticky, or work without sessions. Answer 404 for an unknown session.',
        evidence: [call.id],
        severity: isWrong || isSoon ? 'fragile' : 'note',
      };
      return;
    }
  },
};
