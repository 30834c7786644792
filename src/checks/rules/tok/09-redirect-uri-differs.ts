import type { Check } from '../../check.ts';
import { complaints, formOf, tokenAnswers } from '../../flow.ts';
import { rfc, thread } from '../../references.ts';
import { words } from '../../said.ts';

export const check: Check = {
  code: 'TOK-09',
  name: 'redirect-uri-differs',
  severity: 'broken',
  references: [rfc(6749, '4.1.3'), thread('anthropics/claude-code', 53066)],
  *find(view) {
    const said = complaints(view).find(
      ({ where, text }) => where === 'token' && /redirect[_ ]?ur[il]|AADSTS500112\b/i.test(text),
    );
    const { request } = view.examination.flow ?? {};
    const sent = tokenAnswers(view, 'token').flatMap(each => formOf(each).get('redirect_uri') ?? []);
    if (!said) return;
    const isOurs = request !== undefined && sent.every(each => each === request.redirectUri);
    yield {
      title: 'The token endpoint says that the redirect URI is not the one the code was issued for.',
      detail: isOurs
        ? `The client sent ${request.redirectUri} both times. So something on the way changes one of the two: a proxy that puts its own callback into the authorization request has to do the same in the token request.${words(said)}`
        : `The redirect URI of the authorization request and that of the token request have to be the same string.${words(said)}`,
      remedy: 'Rewrite redirect_uri in both requests, or in neither.',
      evidence: said.evidence,
    };
  },
};
