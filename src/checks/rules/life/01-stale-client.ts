import type { Check } from '../../check.ts';
import { formOf } from '../../flow.ts';
import { recorded } from '../../history.ts';
import { thread } from '../../references.ts';
import { UNKNOWN_CLIENT } from '../../said.ts';

export const check: Check = {
  code: 'LIFE-01',
  name: 'stale-client-after-redeploy',
  severity: 'broken',
  references: [
    thread('punkpeye/mcp-remote', 36),
    thread('anthropics/claude-code', 79505),
    thread('anthropics/claude-code', 84614),
  ],
  follows: ['REG-13'],
  *find(view) {
    const all = recorded(view, 'token', 'refresh');
    for (const [index, answer] of all.entries()) {
      const isUnknown = answer.status >= 400 && answer.status < 500 && UNKNOWN_CLIENT.test(answer.text);
      const clientId = formOf(answer).get('client_id');
      if (!isUnknown || clientId === null) continue;
      const before = all
        .slice(0, index)
        .find(each => each.status === 200 && formOf(each).get('client_id') === clientId);
      if (!before) continue;
      yield {
        title: `The authorization server knew the client ${clientId}, and then forgot it.`,
        detail:
          'That happens when it is deployed anew and keeps registrations in memory. Every client of every user stops at the same moment.',
        remedy:
          'Keep registrations through a restart. Users: keybridge forget, then sign in; Keybridge registers anew by itself where it can.',
        evidence: [before.id, answer.id],
      };
      return;
    }
  },
};
