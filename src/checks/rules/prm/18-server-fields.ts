import type { Check } from '../../check.ts';
import { AUTHORIZATION, rfc } from '../../references.ts';

const FOREIGN = [
  'code_challenge_methods_supported',
  'authorization_endpoint',
  'token_endpoint',
  'registration_endpoint',
  'revocation_endpoint',
  'introspection_endpoint',
  'grant_types_supported',
  'response_types_supported',
  'token_endpoint_auth_methods_supported',
];

export const check: Check = {
  code: 'PRM-18',
  name: 'pkce-or-as-fields-in-prm',
  severity: 'note',
  references: [rfc(9728, '2'), rfc(8414, '2'), AUTHORIZATION],
  *find(view) {
    for (const document of view.readDocuments) {
      const fields = FOREIGN.filter(name => document.json?.[name] !== undefined);
      if (fields.length === 0) continue;
      yield {
        title: `The resource metadata has fields that belong to the authorization server: ${fields.join(', ')}`,
        detail:
          'Clients look for them in the authorization server’s metadata only. PKCE above all: the authorization server checks it, the MCP server has no part in it.',
        remedy: `Publish ${fields.length === 1 ? 'it' : 'them'} in the authorization server’s metadata, and take ${fields.length === 1 ? 'it' : 'them'} out here.`,
        evidence: [document.id],
      };
    }
  },
};
