import type { Check } from '../../check.ts';
import { rfc, thread } from '../../references.ts';
import { trialsOf } from '../../trials.ts';

export const check: Check = {
  code: 'REG-06',
  name: 'no-secret-expiry',
  severity: 'fragile',
  references: [
    rfc(7591, '3.2.1'),
    thread('jitsucom/jitsu', 1430),
    thread('cloudflare/workers-oauth-provider', 164),
  ],
  *find(view) {
    const found = trialsOf(view).filter(({ isTaken, answer: { json } }) => {
      const hasSecret = typeof json?.client_secret === 'string' && json.client_secret !== '';
      return isTaken && hasSecret && typeof json?.client_secret_expires_at !== 'number';
    });
    const [first] = found;
    if (!first) return;
    const value = first.answer.json?.client_secret_expires_at;
    yield {
      title: `${first.issuer} gives a client a secret and does not say when it ends (client_secret_expires_at ${value === undefined ? 'is missing' : `is ${JSON.stringify(value)}`}).`,
      detail: 'RFC 7591 requires the field beside a secret. Clients that hold it to that do not register.',
      remedy: 'Answer with client_secret_expires_at: 0 for a secret that does not end.',
      evidence: found.map(({ answer }) => answer.id),
    };
  },
};
