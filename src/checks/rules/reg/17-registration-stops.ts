import { generalCheck } from '../../general.ts';
import { REGISTRATION_NEXT, rfc } from '../../references.ts';

/** What no other rule knows. */
export const check = generalCheck({
  code: 'REG-17',
  name: 'registration-stops',
  references: [rfc(7591, '3.2'), REGISTRATION_NEXT],
  place: 'registration',
  follows: ['NET-05', 'NET-07', 'NET-13', 'ASM-13', 'REG-09', 'REG-10'],
  what: () => 'The registration of a client',
  remedy: () =>
    'Answer a registration with 201 and the client’s metadata, client_id and redirect_uris among it, or take registration_endpoint out of the metadata. The log of the authorization server has this request.',
});
