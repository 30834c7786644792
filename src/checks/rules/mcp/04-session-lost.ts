import type { Check, Sighting } from '../../check.ts';
import { recorded, sent } from '../../history.ts';
import { TRANSPORTS, thread } from '../../references.ts';
import type { View } from '../../view.ts';
import { saying } from '../../words.ts';

/** Milliseconds: a session that ended sooner after it worked was not ended for idleness. */
const SOON = 60_000;

/** What an unknown session is answered, where the server has sessions: asked on purpose. */
function* asked(view: View): Iterable<Sighting> {
  const opened = view
    .answers('call-initialize', 'post-initialize')
    .find(answer => answer.status < 300 && answer.field('mcp-session-id') !== undefined);
  const answer = view.answer('unknown-session');
  if (!opened || !answer || answer.status === 0 || answer.status === 404 || answer.status < 300) return;
  const { status } = answer;
  const isSaid = status === 400 && /\bsession\b/i.test(answer.text);
  yield {
    title: `A session that the server does not know is answered ${status} where 404 is due.`,
    detail: `${status === 401 ? 'Clients take that for a token that is no longer good, and have the user sign in again after each restart of the server.' : 'Clients begin another session after 404 only; after anything else they show an error until somebody restarts them.'}${saying(answer)}`,
    remedy: 'Answer 404 for a session that is not known, and 401 only for a token that is missing or bad.',
    evidence: [answer.id],
    // Many servers say 400, and many clients know that they do.
    severity: isSaid ? 'note' : 'fragile',
  };
}

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
    yield* asked(view);
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
