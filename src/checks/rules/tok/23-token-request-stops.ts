import { generalCheck } from '../../general.ts';
import { rfc } from '../../references.ts';

/** What no other rule knows. */
export const check = generalCheck({
  code: 'TOK-23',
  name: 'token-request-stops',
  references: [rfc(6749, '5.2'), rfc(6749, '5.1')],
  place: 'token',
  follows: ['NET-05', 'NET-07', 'NET-13', 'TOK-08'],
  what: () => 'The token request',
  remedy: () =>
    'See in the log of the token endpoint why. Whoever has a code, its verifier and the redirect URI of the sign-in must be answered 200 with access_token and token_type in JSON.',
});
