import type { Check } from '../../check.ts';
import { complaints } from '../../flow.ts';
import { rfc, thread } from '../../references.ts';

export const check: Check = {
  code: 'CB-05',
  name: 'code-missing-at-client',
  severity: 'broken',
  references: [rfc(6749, '4.1.2'), thread('Azure/aks-mcp', 365)],
  follows: ['CB-04', 'AZ-16', 'CB-07'],
  *find(view) {
    const { callback } = view.examination.flow ?? {};
    const has = (name: string) => callback?.parameters.includes(name) ?? false;
    const asked = complaints(view).find(({ text }) => /\bcode\b\W{1,4}field required/i.test(text));
    const isBare = callback !== undefined && !has('code') && !has('error');
    if (!isBare && !asked) return;
    yield {
      title: isBare
        ? `The browser came back with neither a code nor an error${callback.parameters.length > 0 ? `, only ${callback.parameters.join(', ')}` : ''}.`
        : 'Somebody on the way was called back without a code ("code: Field required").',
      detail:
        'Something between the identity provider and the client took the code out, or used it itself. Without it nothing can be redeemed.',
      remedy:
        'Pass code and state, or error and error_description, on to the client’s redirect URI, unchanged.',
      evidence: asked?.evidence ?? [],
    };
  },
};
