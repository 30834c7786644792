import { asStrings } from '../../../base/json.ts';
import type { Check } from '../../check.ts';
import { idsOf, published } from '../../doors.ts';
import { rfc, thread } from '../../references.ts';

export const check: Check = {
  code: 'ASM-25',
  name: 'response-modes-form-post',
  severity: 'fragile',
  references: [rfc(8414, '2'), thread('open-webui/open-webui', 19193)],
  *find(view) {
    for (const { issuer, door, document } of published(view)) {
      const modes = asStrings(document.response_modes_supported);
      if (!modes || modes.length === 0 || modes.includes('query')) continue;
      yield {
        title: `${issuer} lists only ${modes.join(', ')} as response modes, and not query.`,
        detail:
          'The browser then brings the code back in another way than with GET and a query, and the small listeners of desktop clients do not take it.',
        remedy: 'Support the response mode query, the default for codes, and list it.',
        evidence: idsOf(door),
      };
    }
  },
};
