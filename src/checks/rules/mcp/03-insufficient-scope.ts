import { quoted } from '../../../base/text.ts';
import type { Check } from '../../check.ts';
import { AUTHORIZATION_NEXT, rfc, thread } from '../../references.ts';

export const check: Check = {
  code: 'MCP-03',
  name: 'insufficient-scope',
  severity: 'fragile',
  references: [AUTHORIZATION_NEXT, rfc(6750, '3.1'), thread('modelcontextprotocol/inspector', 518)],
  follows: ['TOK-17'],
  *find(view) {
    const calls = view.answers('call-initialize', 'call-tools', 'call-modern');
    const call = calls.find(
      ({ status, bearer }) => status === 403 && bearer?.params.error === 'insufficient_scope',
    );
    if (!call) return;
    const wanted = call.bearer?.params.scope;
    const asked = view.examination.flow?.request?.parameters.scope;
    yield {
      title: `A token with ${asked ? `the scopes ${quoted(asked)}` : 'the scopes the server gave by itself'} is not enough for the first calls${wanted ? `: ${quoted(wanted)} is wanted` : ''}.`,
      detail: wanted
        ? 'Clients that can step up sign in a second time; others stop. What every client needs from the start belongs into the first challenge.'
        : 'The refusal does not name the scope that is missing, so no client can ask for it.',
      remedy:
        'Name in the 401’s challenge, or in scopes_supported, all scopes that ordinary use needs, and in the 403 the whole set that is wanted.',
      evidence: [call.id],
      severity: wanted ? 'fragile' : 'broken',
    };
  },
};
