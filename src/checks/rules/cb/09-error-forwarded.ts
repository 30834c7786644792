import { quoted } from '../../../base/text.ts';
import type { Check } from '../../check.ts';
import { entraMeaning } from '../../entra.ts';
import { complaints } from '../../flow.ts';
import { rfc } from '../../references.ts';

/** What other rules speak of. */
const OTHERS = /invalid_scope|invalid_target|consent_required|invalid_client|unauthorized_client/;

export const check: Check = {
  code: 'CB-09',
  name: 'error-forwarded',
  severity: 'note',
  references: [rfc(6749, '4.1.2.1')],
  follows: ['AZ-17', 'AZ-01', 'AZ-02', 'AZ-03', 'AZ-04', 'AZ-05', 'AZ-06', 'AZ-08'],
  *find(view) {
    const said = complaints(view).find(
      ({ where, error }) => where === 'callback' && error !== '' && !OTHERS.test(error),
    );
    if (!said) return;
    const denied = said.error === 'access_denied';
    const text = quoted(said.text);
    yield {
      title: denied
        ? `The access was refused, by the user or by the identity provider: ${text}`
        : `The authorization server sent an error back: ${text}`,
      detail: `The error reached the client as it should.${entraMeaning(said.text)}`,
      evidence: said.evidence,
    };
  },
};
