import type { Check } from '../../check.ts';
import { AUTHORIZATION, rfc, SECURITY_NEXT } from '../../references.ts';
import type { Answer } from '../../view.ts';

/** What the browser was sent back to the client with. */
function broughtBack({ isRedirect, location, exchange }: Answer): URLSearchParams | undefined {
  const redirectUri = URL.parse(exchange.request.url)?.searchParams.get('redirect_uri');
  if (!isRedirect || !location || !redirectUri || !location.href.startsWith(redirectUri)) return undefined;
  return location.searchParams;
}

export const check: Check = {
  code: 'AZ-15',
  name: 'pkce-optional-or-ignored',
  severity: 'unsafe',
  references: [AUTHORIZATION, SECURITY_NEXT, rfc(7636, '4.4.1')],
  *find(view) {
    for (const without of view.answers('authorize-without-pkce')) {
      const issuer = without.probe.about ?? '';
      const withIt = view.answer('authorize-with-pkce', issuer);
      if (broughtBack(without)?.get('code')) {
        yield {
          title: `${issuer} gives a code to a client that sent no code_challenge.`,
          detail:
            'Without PKCE, whoever gets hold of the code can redeem it: another program on the same machine, or a page that was in between.',
          remedy: 'Refuse authorization requests of public clients without code_challenge (S256).',
          evidence: [without.id],
        };
        continue;
      }
      // A sign-in page for both: what is checked later cannot be seen from here.
      const goesOn = (answer: Answer | undefined) =>
        answer !== undefined &&
        (answer.status === 200 || (answer.isRedirect && broughtBack(answer) === undefined));
      if (!withIt || !goesOn(without) || !goesOn(withIt) || without.status !== withIt.status) continue;
      yield {
        title: `${issuer} begins a sign-in without code_challenge as it begins one with it.`,
        detail:
          'Perhaps it refuses later, when the code is redeemed. OAuth 2.1 has it refuse at once, so that a client notices that it sends none.',
        remedy: 'Refuse authorization requests of public clients without code_challenge (S256).',
        evidence: [without.id, withIt.id],
        severity: 'note',
      };
    }
  },
};
