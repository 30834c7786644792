import { generalCheck } from '../../general.ts';
import { AUTHORIZATION, rfc } from '../../references.ts';

/** What no other rule knows. */
export const check = generalCheck({
  code: 'AZ-17',
  name: 'sign-in-stops',
  references: [rfc(6749, '4.1.2.1'), AUTHORIZATION],
  place: 'sign-in',
  follows: ['NET-05', 'NET-07', 'NET-13'],
  what: () => 'The sign-in brings no code: the authorization request',
  remedy: () =>
    'See in the log of the authorization server, or of the identity provider behind it, what it refuses about this request; parameters that it does not know it must ignore (RFC 6749 §3.1).',
});
