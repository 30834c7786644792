import type { Check } from '../../check.ts';
import { idsOf, published } from '../../doors.ts';
import { endpointsOf, isPlain } from '../../endpoints.ts';
import { AUTHORIZATION, SECURITY_NEXT, thread } from '../../references.ts';

export const check: Check = {
  code: 'TOK-19',
  name: 'token-endpoint-http',
  severity: 'broken',
  references: [
    AUTHORIZATION,
    SECURITY_NEXT,
    thread('modelcontextprotocol/typescript-sdk', 2355),
    thread('modelcontextprotocol/inspector', 2288),
  ],
  follows: ['NET-14', 'CHL-04', 'PRM-07', 'ASM-08', 'NET-10'],
  *find(view) {
    for (const { issuer, door, document } of published(view)) {
      const token = endpointsOf(document).find(({ name }) => name === 'token_endpoint');
      if (!token || !isPlain(token.text)) continue;
      yield {
        title: `The token endpoint of ${issuer} is plain http: ${token.text}`,
        detail:
          'Codes, tokens and client secrets would travel so that everybody on the way can read them. Clients refuse, and trying again does not help.',
        remedy: 'Serve the token endpoint over https, and name it so in the metadata.',
        evidence: idsOf(door),
      };
    }
  },
};
