import type { Check } from '../../check.ts';
import { recorded, sent } from '../../history.ts';
import { rfc, thread } from '../../references.ts';

const OFTEN = 3;

export const check: Check = {
  code: 'LIFE-04',
  name: 'expiry-shown-as-dead-server',
  severity: 'fragile',
  references: [rfc(6750, '3.1'), thread('Hmbown/Codewhale', 5572)],
  *find(view) {
    const calls = recorded(view, 'mcp');
    const renewals = recorded(view, 'refresh', 'token').map(({ exchange }) => exchange.startedAt);
    const worked = new Set<string>();
    const refused = new Map<string, string[]>();
    let since = 0;
    for (const call of calls) {
      const token = sent(call, 'authorization');
      if (token === undefined) continue;
      const { startedAt } = call.exchange;
      if (call.status === 200) worked.add(token);
      if (call.status !== 401 || !worked.has(token)) continue;
      const before = refused.get(token) ?? [];
      if (before.length === 0) since = startedAt;
      const ids = [...before, call.id];
      refused.set(token, ids);
      if (ids.length < OFTEN || renewals.some(at => at >= since && at <= startedAt)) continue;
      yield {
        title: `A token that had worked was refused ${ids.length} times, and nobody renewed it.`,
        detail:
          'It has ended. The client goes on as if the server were out instead of renewing the token, or asking the user.',
        remedy: 'On 401 renew the token, and when that fails tell the user to sign in.',
        evidence: ids,
      };
      return;
    }
  },
};
