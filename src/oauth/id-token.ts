import { Fault } from '../base/fault.ts';
import { isObject, parseJson } from '../base/json.ts';
import { fromBase64url } from '../base/text.ts';
import type { Span } from '../trace/event.ts';
import type { Grant } from './grant.ts';

/** Longer ones are no token of any provider's, and no header field could carry them. */
const LONGEST = 32 * 1024;
/** Beyond this many seconds a time is a mistake. */
const MAX_SECONDS = 1e11;

/**
 * The grant as it is used where the server wants the ID token as its bearer token: `accessToken` is that
 * one, and it ends when that one ends. It is passed on as it came: whom it is for and who signed it is for the
 * server to check. Where none came the access token goes on being sent, as mcp-remote does it.
 *
 * `earlier`: the grant that was renewed. OpenID Connect Core §12.2 lets an answer leave the ID token out, so
 * the one there is serves until it ends; then `token.invalid-grant` is thrown.
 */
export function sendingIdToken(
  grant: Grant,
  idToken: string | undefined,
  span: Pick<Span, 'note' | 'secret'>,
  earlier?: Grant,
): Grant {
  const wanted = { ...grant, sendsIdToken: true };
  if (idToken !== undefined && idToken.length <= LONGEST && /^[\w-]+(\.[\w-]*){2,4}$/.test(idToken)) {
    span.secret(idToken);
    const expiresAt = endOf(idToken) ?? grant.expiresAt;
    const { expiresAt: _its, ...rest } = wanted;
    return {
      ...rest,
      accessToken: idToken,
      unsentAccessToken: grant.accessToken,
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
  }
  if (earlier?.unsentAccessToken === undefined) {
    span.note(
      'No ID token came with the answer, so the access token is sent. One comes for the scope openid.',
    );
    return wanted;
  }
  if (earlier.expiresAt !== undefined && earlier.expiresAt <= grant.obtainedAt) {
    throw new Fault(
      'token.invalid-grant',
      `${grant.key.issuer} renewed the sign-in without a new ID token.`,
      {
        remedy: 'Sign in again.',
      },
    );
  }
  span.note('No ID token came with the renewal; the one there is serves until it ends.');
  const { accessToken, expiresAt } = earlier;
  return {
    ...wanted,
    accessToken,
    unsentAccessToken: grant.accessToken,
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

/** Its `exp` in milliseconds; `undefined` where it cannot be read. RFC 7519 §4.1.4. */
function endOf(token: string): number | undefined {
  const [, payload = ''] = token.split('.');
  const claims = parseJson(fromBase64url(payload));
  const end = isObject(claims) ? claims.exp : undefined;
  return typeof end === 'number' && end > 0 && end <= MAX_SECONDS ? end * 1000 : undefined;
}
