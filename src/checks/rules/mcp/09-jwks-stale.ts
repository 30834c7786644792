import type { Check } from '../../check.ts';
import { firstCall } from '../../flow.ts';
import { recorded } from '../../history.ts';
import { rfc, thread } from '../../references.ts';

const NO_KEY =
  /\bkid\b.{0,40}\b(?:not found|unknown|no match|missing)|\b(?:unknown|no matching|unable to find|could not find|cannot find|no)\b.{0,30}\b(?:kid|signing key|jwk)\b/i;

export const check: Check = {
  code: 'MCP-09',
  name: 'jwks-stale',
  severity: 'broken',
  references: [
    rfc(7517, '4.5'),
    thread('giantswarm/mcp-oauth', 452),
    thread('mckinsey/agents-at-scale-ark', 2568),
  ],
  *find(view) {
    const fresh = firstCall(view);
    const calls = [...recorded(view, 'mcp'), ...(fresh ? [fresh] : [])];
    const call = calls.find(
      answer =>
        answer.status === 401 &&
        NO_KEY.test(`${answer.field('www-authenticate') ?? ''} ${answer.text.slice(0, 2000)}`),
    );
    if (!call) return;
    yield {
      title: 'The server does not find the key that a token is signed with.',
      detail:
        'The authorization server has changed its keys, and the server still has the old ones. Until its copy expires it refuses every token.',
      remedy:
        'When a token names a key id that is not known, fetch jwks_uri again (at most once a minute or so).',
      evidence: [call.id],
    };
  },
};
