import { asStrings } from '../../../base/json.ts';
import { word } from '../../../base/text.ts';
import type { Check } from '../../check.ts';
import { idsOf, published } from '../../doors.ts';
import { AUTHORIZATION, SECURITY_NEXT, thread } from '../../references.ts';

export const check: Check = {
  code: 'ASM-11',
  name: 'pkce-without-s256',
  severity: 'broken',
  references: [AUTHORIZATION, SECURITY_NEXT, thread('modelcontextprotocol/rust-sdk', 955)],
  *find(view) {
    for (const { issuer, door, document } of published(view)) {
      const told = document.code_challenge_methods_supported;
      const methods = asStrings(told);
      if (told === undefined || methods?.includes('S256')) continue;
      yield {
        title: `${issuer} lists ${methods ? methods.map(each => word(each)).join(', ') || 'no method' : 'something other than a list'} for PKCE, and not S256.`,
        detail: 'S256 is the one method that clients of MCP use. All of them refuse without it.',
        remedy: 'Support S256 and list it: "code_challenge_methods_supported": ["S256"].',
        evidence: idsOf(door),
      };
    }
  },
};
