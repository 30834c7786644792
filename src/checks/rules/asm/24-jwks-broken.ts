import type { Check } from '../../check.ts';
import { isFailing } from '../../gate.ts';
import { rfc } from '../../references.ts';
import type { Answer } from '../../view.ts';

export const check: Check = {
  code: 'ASM-24',
  name: 'jwks-broken',
  severity: 'fragile',
  references: [rfc(8414, '2'), rfc(7517, '5')],
  follows: ['ASM-16'],
  *find(view) {
    for (const issuer of view.issuers) {
      const answer = view.final('jwks', issuer);
      const why = answer && wrongWith(answer);
      if (!answer || why === undefined) continue;
      yield {
        title: `The keys of ${issuer} cannot be had: ${answer.probe.url} ${why}.`,
        detail:
          'A server that checks its tokens with these keys refuses every one of them; so does a client that checks ID tokens.',
        remedy: isFailing(answer)
          ? 'See why the authorization server fails at this address.'
          : 'Serve the key set (JSON with "keys") at jwks_uri, or leave jwks_uri out if tokens are not signed.',
        evidence: [answer.id],
      };
    }
  },
};

function wrongWith(answer: Answer): string | undefined {
  const { status, json, isHtml, failure } = answer;
  // What did not arrive tells of the network, not of the keys.
  if (status === 0) return failure?.code === 'net.dns' ? 'has no address' : undefined;
  if (status === 429) return undefined;
  if (status !== 200) return `answers ${status}`;
  if (isHtml) return 'answers with a web page';
  if (!json) return answer.isCut ? undefined : 'is no JSON';
  if (!Array.isArray(json.keys)) return 'has no "keys"';
  return json.keys.length === 0 ? 'has an empty list of keys' : undefined;
}
