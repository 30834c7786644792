import type { Check } from '../../check.ts';
import { rfc, thread } from '../../references.ts';

export const check: Check = {
  code: 'NET-06',
  name: 'empty-ua-blocked',
  severity: 'fragile',
  references: [rfc(9110, '10.1.5'), thread('openai/codex', 12859), thread('anthropics/claude-code', 47390)],
  *find(view) {
    const without = view.answer('no-user-agent');
    const with_ = view.answer('resource-path');
    if (!without || !with_) return;
    // Anything that is no refusal of its own will do: 404 is what a server without metadata says.
    const isServed = with_.status > 0 && (with_.status < 400 || with_.status === 404);
    const isBlocked = without.status === 0 || [400, 403, 406, 503].includes(without.status);
    if (!isServed || !isBlocked) return;
    // What others get too is an outage, or chance, and no matter of the User-Agent.
    const others = view.answers('get', 'post-empty', 'post-initialize', 'post-modern', 'resource-root');
    if ([0, 503].includes(without.status) && others.some(({ status }) => status === without.status)) return;
    const what = without.status === 0 ? 'not answered' : `answered ${without.status}`;
    yield {
      title: `A request without a User-Agent is ${what}; with one it is answered ${with_.status}.`,
      detail: 'Some clients send no User-Agent, and need not. They fail here and see no reason.',
      remedy:
        'Do not refuse requests for an empty User-Agent at the MCP endpoint, /.well-known/*, the token and the registration endpoint.',
      evidence: [with_.id, without.id],
    };
  },
};
