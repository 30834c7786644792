import { rfc, thread } from '../../references.ts';
import { saidCheck, words } from '../../said.ts';

export const check = saidCheck({
  code: 'TOK-07',
  name: 'basic-not-form-encoded',
  severity: 'fragile',
  references: [rfc(6749, '2.3.1'), thread('BerriAI/litellm', 31635)],
  pattern: /\binvalid_client\b/,
  where: ['token'],
  say: (complaint, view) => {
    const { client } = view.examination.flow ?? {};
    if (client?.method !== 'client_secret_basic' || !client.hasOddSecret) return undefined;
    return {
      title: 'A client secret with special characters is refused in the Authorization header.',
      detail: `RFC 6749 has id and secret form-encoded before they go into HTTP Basic, and many servers do not decode them. With characters such as : % + / = the two then differ.${words(complaint)}`,
      remedy:
        'Decode both halves as application/x-www-form-urlencoded. Or use client_secret_post, or a secret of letters and digits.',
    };
  },
});
