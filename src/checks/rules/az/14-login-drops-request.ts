import type { Check } from '../../check.ts';
import { thread } from '../../references.ts';

/** What the address of a sign-in that is still under way has in it. */
const UNDER_WAY =
  /^(?:client_id|state|code|error|redirect_uri|return|return_?to|continue|next|session|ticket|sid)$/i;

export const check: Check = {
  code: 'AZ-14',
  name: 'login-drops-request',
  severity: 'broken',
  references: [thread('liketrek/TREK', 1463)],
  *find(view) {
    const { landed, request } = view.examination.flow ?? {};
    if (!landed?.url || landed.text !== '' || landed.parameters.some(each => UNDER_WAY.test(each))) return;
    const url = new URL(landed.url);
    if (/callback|authorize|consent|login|sign-?in|oauth/i.test(url.pathname)) return;
    yield {
      title: `After signing in, the user ends at ${landed.url} instead of coming back.`,
      detail: `The sign-in forgot what it was for: the authorization request${request ? ` to ${request.endpoint}` : ''} was lost while the user signed in, so no code is ever sent.`,
      remedy:
        'Keep the request through the sign-in (in the session, or in the login’s return address). Where a gate before the server does the sign-in, exempt the authorization endpoint from it.',
      evidence: [],
    };
  },
};
