import { isLoopbackHost } from '../../../base/text.ts';
import type { Check } from '../../check.ts';
import { complaints } from '../../flow.ts';
import { thread } from '../../references.ts';

export const check: Check = {
  code: 'CB-04',
  name: 'proxy-redeems-code-itself',
  severity: 'broken',
  references: [thread('Azure/aks-mcp', 364), thread('Azure/aks-mcp', 365)],
  *find(view) {
    const { landed, callback } = view.examination.flow ?? {};
    if (callback) return;
    const url = landed?.url === undefined ? undefined : new URL(landed.url);
    const isAtServer =
      url !== undefined && !isLoopbackHost(url.hostname) && landed?.parameters.includes('code') === true;
    const failed = complaints(view).find(each => each.where === 'page' && /AADSTS9002313\b/.test(each.text));
    if (!isAtServer && !failed) return;
    yield {
      title: isAtServer
        ? `The code ends at the server’s own callback, ${landed?.url}, and never reaches the client.`
        : 'The server redeems the code itself, without the client’s code_verifier.',
      detail:
        'An OAuth proxy that exchanges the code itself cannot succeed: only the client knows the code_verifier that belongs to the code_challenge (Entra ID says AADSTS9002313). The user sees a page of the server, and the client waits in vain.',
      remedy:
        'Make it a relay: remember state → the client’s redirect URI, answer the provider’s callback with 302 to that URI with code and state, and let the client redeem the code at the token endpoint that is proxied. Forward errors the same way, and use each state once.',
      evidence: failed?.evidence ?? [],
    };
  },
};
