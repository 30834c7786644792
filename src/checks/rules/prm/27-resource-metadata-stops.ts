import { generalCheck } from '../../general.ts';
import { AUTHORIZATION, rfc } from '../../references.ts';

/** What no other rule knows. */
export const check = generalCheck({
  code: 'PRM-27',
  name: 'resource-metadata-stops',
  references: [rfc(9728, '3.2'), AUTHORIZATION],
  place: 'resource-metadata',
  follows: ['NET-18', 'NET-05', 'NET-07', 'NET-13', 'CHL-01', 'CHL-03', 'CHL-04'],
  what: () => 'The request for the resource metadata',
  remedy: () =>
    'Serve the document there as RFC 9728 §2 has it: application/json with resource (the URL of the server) and authorization_servers (a list of issuers).',
});
