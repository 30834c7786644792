import type { Check } from '../../check.ts';
import { recorded, refreshes } from '../../history.ts';
import { thread } from '../../references.ts';

const OFTEN = 3;

export const check: Check = {
  code: 'LIFE-02',
  name: 'double-expiry-loop',
  severity: 'broken',
  references: [thread('punkpeye/mcp-remote', 256), thread('punkpeye/mcp-remote', 181)],
  *find(view) {
    const refused = refreshes(view).filter(({ isRefused, token }) => isRefused && token !== '');
    const redeemed = recorded(view, 'token').map(({ exchange }) => exchange.startedAt);
    for (const { token } of refused) {
      const same = refused.filter(each => each.token === token);
      const from = same[0]?.answer.exchange.startedAt ?? 0;
      const to = same.at(-1)?.answer.exchange.startedAt ?? 0;
      if (same.length < OFTEN || redeemed.some(at => at > from && at < to)) continue;
      yield {
        title: `The same dead refresh token was tried ${same.length} times, and no code was redeemed in between.`,
        detail:
          'Access and refresh token have both ended. The client (mcp-remote does this) sends the user through the browser again and again, and then uses what it had before instead of the new code.',
        remedy: 'Users: delete what the client has stored for this server, then sign in once.',
        evidence: same.map(({ answer }) => answer.id),
      };
      return;
    }
  },
};
