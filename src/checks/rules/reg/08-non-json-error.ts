import type { Check } from '../../check.ts';
import { rfc, thread } from '../../references.ts';
import { trialsOf } from '../../trials.ts';

/** Those of gateways and of places where nothing is. */
const NOT_ITS_OWN = [404, 405, 429, 502, 503, 504];

export const check: Check = {
  code: 'REG-08',
  name: 'non-json-error',
  severity: 'fragile',
  references: [rfc(7591, '3.2.2'), thread('anthropics/claude-code', 47390)],
  follows: ['NET-05', 'REG-10', 'REG-17'],
  *find(view) {
    const all = [...trialsOf(view), ...trialsOf(view, 'registration-dangerous')];
    const found = all.filter(
      ({ answer: { status, json, isHtml, isCut } }) =>
        status >= 400 && !NOT_ITS_OWN.includes(status) && !json && (isHtml ? status !== 403 : !isCut),
    );
    const [first] = found;
    if (!first) return;
    const { status, isHtml, text } = first.answer;
    yield {
      title: `The registration endpoint of ${first.issuer} refuses with status ${status} and ${isHtml ? 'a web page' : text === '' ? 'nothing' : 'a text'} instead of an error in JSON.`,
      detail:
        'Clients read the reason out of the JSON. Without it they say "invalid OAuth error response", and nobody learns what was wrong.',
      remedy:
        'Answer 400 with {"error": "invalid_redirect_uri" or "invalid_client_metadata", "error_description": …}.',
      evidence: found.map(({ answer }) => answer.id),
    };
  },
};
