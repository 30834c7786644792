import type { Check } from '../../check.ts';
import { rfc, thread } from '../../references.ts';

export const check: Check = {
  code: 'CHL-13',
  name: 'challenge-points-to-as-doc',
  severity: 'broken',
  references: [rfc(9728, '5.1'), rfc(9728, '3.2'), thread('OpaqueGlass/syplugin-anMCPServer', 26)],
  *find(view) {
    const answer = view.final('resource-named');
    const json = answer?.status === 200 ? answer.json : undefined;
    if (!answer || !json || json.resource !== undefined || json.authorization_servers !== undefined) return;
    if (json.token_endpoint === undefined && json.authorization_endpoint === undefined) return;
    yield {
      title: `The challenge names the authorization server’s metadata where the resource’s is due: ${answer.place}`,
      detail:
        'resource_metadata must lead to a document with "resource" and "authorization_servers". This one describes an authorization server, and clients refuse it.',
      remedy:
        'Name the resource metadata (/.well-known/oauth-protected-resource…) in the challenge; its authorization_servers then leads to this document.',
      evidence: [...(view.refusal ? [view.refusal.id] : []), answer.id],
    };
  },
};
