import { generalCheck } from '../../general.ts';
import { DISCOVERY_NEXT, rfc } from '../../references.ts';

/** What no other rule knows. */
export const check = generalCheck({
  code: 'ASM-28',
  name: 'server-metadata-stops',
  references: [rfc(8414, '3.2'), DISCOVERY_NEXT],
  place: 'server-metadata',
  follows: ['NET-05', 'NET-07', 'NET-13', 'PRM-15'],
  what: () => 'The request for the authorization server’s metadata',
  remedy: () =>
    'Serve the document there as RFC 8414 §2 has it: issuer, authorization_endpoint, token_endpoint, response_types_supported and code_challenge_methods_supported, each of the type that is given there.',
});
