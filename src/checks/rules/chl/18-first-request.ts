import { generalCheck } from '../../general.ts';
import { AUTHORIZATION, TRANSPORTS } from '../../references.ts';

/** What no other rule knows. */
export const check = generalCheck({
  code: 'CHL-18',
  name: 'first-request-stops',
  references: [TRANSPORTS, AUTHORIZATION],
  place: 'first-request',
  follows: ['NET-18', 'NET-05', 'NET-07', 'NET-08', 'NET-13', 'NET-15', 'URL-04'],
  what: () => 'The first request, with nobody signed in,',
  remedy: () =>
    'Answer it with a JSON-RPC result where no sign-in is needed, else with 401 and WWW-Authenticate: Bearer resource_metadata="…". The log of the server, or of what is in front of it, has this request.',
});
