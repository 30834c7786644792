import { generalCheck } from '../../general.ts';
import { AUTHORIZATION, rfc } from '../../references.ts';

/** An identity provider that has no API, audience or resource of the name that was asked for. */
const NO_SUCH_API =
  /\b(?:service|api|audience|resource(?: server)?|identifier)\b.{0,40}\b(?:not found|unknown|does not exist|not registered|not exist|invalid|not (?:allowed|enabled))\b|\b(?:unknown|invalid|no such)\b.{0,12}\b(?:service|api|audience|resource)\b/i;
const JSON_REDIRECT = /"redirect"\s*:\s*true|"(?:redirect_?(?:to|url|uri)|url)"\s*:\s*"http/i;

/** What no other rule knows. */
export const check = generalCheck({
  code: 'AZ-17',
  name: 'sign-in-stops',
  references: [rfc(6749, '4.1.2.1'), AUTHORIZATION],
  place: 'sign-in',
  follows: ['NET-05', 'NET-07', 'NET-13'],
  what: () => 'The sign-in brings no code: the authorization request',
  remedy: ({ words = '' }, answer, { examination, target }) => {
    const said = `${words} ${answer?.text.slice(0, 2_000) ?? ''}`;
    const resource = examination.flow?.request?.parameters.resource ?? target.href;
    if (NO_SUCH_API.test(said))
      return `Register ${resource} with the identity provider as an API (its identifier, audience or resource server, letter for letter), or have the server's resource metadata name the one that is there.`;
    if (JSON_REDIRECT.test(said))
      return 'Answer a browser with a page or with a redirect (302 and Location). JSON that names the next address is for a script of a page of one’s own.';
    return 'See in the log of the authorization server, or of the identity provider behind it, what it refuses about this request; parameters that it does not know it must ignore (RFC 6749 §3.1).';
  },
});
