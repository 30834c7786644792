import type { Check } from '../../check.ts';
import { recorded } from '../../history.ts';
import { STREAMABLE_NEXT, thread } from '../../references.ts';

/** Milliseconds: limits of proxies are between these, and as alike as timers are. */
const SHORTEST = 10_000;
const LONGEST = 20 * 60_000;
const ALIKE = 3_000;

export const check: Check = {
  code: 'MCP-06',
  name: 'idle-cut',
  severity: 'fragile',
  references: [STREAMABLE_NEXT, thread('harness/harness', 1293)],
  *find(view) {
    const cut = recorded(view, 'mcp', 'mcp-stream').flatMap(answer => {
      const { outcome, timing } = answer.exchange;
      if (outcome.kind !== 'answered' || answer.mediaType !== 'text/event-stream') return [];
      // A stream that its server ended whole may have been at its end.
      if (outcome.complete !== false || timing.end === undefined) return [];
      const life = timing.end - (timing.head ?? 0);
      return life >= SHORTEST && life <= LONGEST ? [{ answer, life }] : [];
    });
    for (const { life } of cut) {
      const alike = cut.filter(each => Math.abs(each.life - life) <= ALIKE);
      if (alike.length < 2) continue;
      yield {
        title: `Streams are cut off after ${Math.round(life / 1000)} seconds, ${alike.length} times alike.`,
        detail:
          'That is the idle limit of a proxy on the way, not the server. Answers that take longer, and what the server has to say by itself, are lost or come late.',
        remedy:
          'Send a comment line (": keep-alive") every 15 to 30 seconds, or raise the read timeout of every proxy on the way (nginx: proxy_read_timeout).',
        evidence: alike.map(each => each.answer.id),
      };
      return;
    }
  },
};
