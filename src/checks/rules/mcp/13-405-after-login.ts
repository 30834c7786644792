import type { Check } from '../../check.ts';
import { thread } from '../../references.ts';

export const check: Check = {
  code: 'MCP-13',
  name: '405-after-login',
  severity: 'broken',
  references: [thread('anthropics/claude-ai-mcp', 315)],
  *find(view) {
    const call = view.answer('call-initialize');
    if (call?.status !== 405 && call?.status !== 404) return;
    yield {
      title: `Signed in, a POST to ${view.target.href} is answered ${call.status}: the server is not at this address.`,
      detail:
        'The sign-in stands before everything on this host, so it succeeds. Behind it nothing takes MCP messages here.',
      remedy:
        'Use the address at which the server takes POST (often with /mcp at its end); operators: route this address to the server.',
      evidence: [call.id],
    };
  },
};
