import { asStrings } from '../../../base/json.ts';
import type { Check } from '../../check.ts';
import { tokenAnswer, tokenMembers } from '../../flow.ts';
import { AUTHORIZATION_NEXT, thread } from '../../references.ts';

/** Seconds of a day; who signs in less often than that hardly minds. */
const DAY = 86_400;

export const check: Check = {
  code: 'TOK-11',
  name: 'no-refresh-token',
  severity: 'fragile',
  references: [
    AUTHORIZATION_NEXT,
    thread('anthropics/claude-ai-mcp', 840),
    thread('anthropics/claude-ai-mcp', 253),
    thread('buildinternet/uploads', 911),
  ],
  follows: ['ASM-19', 'REG-11'],
  *find(view) {
    const answer = tokenAnswer(view);
    const { access_token: token, refresh_token: refresh, expires_in: life } = tokenMembers(answer);
    if (!answer || token === undefined || (refresh !== undefined && refresh !== null && refresh !== ''))
      return;
    const { issuer = '' } = view.examination.flow ?? {};
    const scopes = asStrings(view.serverDocuments(issuer)[0]?.json?.scopes_supported);
    const seconds = Number(life);
    yield {
      title: `The sign-in gives no refresh token${seconds > 0 ? `: it lasts ${seconds < 7200 ? `${Math.round(seconds / 60)} minutes` : `${Math.round(seconds / 3600)} hours`}` : ''}.`,
      detail: `When the token ends, the user has to sign in again.${scopes && !scopes.includes('offline_access') ? ' The authorization server does not list offline_access, so clients do not ask for it.' : ''}`,
      remedy:
        'Issue refresh tokens to clients that registered for the grant refresh_token; where offline_access is needed for that, list it in scopes_supported of the authorization server (not of the resource).',
      evidence: [answer.id],
      severity: seconds > 0 && seconds < DAY ? 'fragile' : 'note',
    };
  },
};
