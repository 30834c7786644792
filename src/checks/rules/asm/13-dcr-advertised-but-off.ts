import { asString } from '../../../base/json.ts';
import { word } from '../../../base/text.ts';
import type { Check } from '../../check.ts';
import { REGISTRATION_NEXT, rfc, thread } from '../../references.ts';

export const check: Check = {
  code: 'ASM-13',
  name: 'dcr-advertised-but-off',
  severity: 'broken',
  references: [rfc(7591, '3.2.2'), REGISTRATION_NEXT, thread('cbcoutinho/nextcloud-mcp-server', 1487)],
  *find(view) {
    const tried = view.answers('registration');
    const issuers = new Set(tried.map(({ probe }) => probe.about));
    for (const issuer of issuers) {
      const answers = tried.filter(({ probe }) => probe.about === issuer);
      // A server that takes any registration has it on.
      if (answers.some(({ status }) => status >= 200 && status < 300)) continue;
      const off = answers.find(({ status, json }) => {
        const error = asString(json?.error) ?? '';
        const isGone = [404, 405, 410, 501].includes(status);
        return isGone || (status >= 400 && /not_?supported|disabled|not_?enabled/i.test(error));
      });
      if (!off) continue;
      const error = asString(off.json?.error);
      yield {
        title: `${off.probe.url} is given as the registration endpoint and answers ${off.status}${error ? ` ${word(error)}` : ''}.`,
        detail:
          'The metadata promises dynamic registration and the server refuses it. Clients that try end there, instead of asking for a client ID.',
        remedy: 'Switch registration on, or take registration_endpoint out of the metadata.',
        evidence: [off.id],
      };
    }
  },
};
