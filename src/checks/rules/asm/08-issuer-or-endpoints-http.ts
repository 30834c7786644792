import { presetFor } from '../../../oauth/presets.ts';
import type { Check } from '../../check.ts';
import { announced, entranceOf, idsOf, isListed } from '../../doors.ts';
import { endpointsOf, isPlain } from '../../endpoints.ts';
import { BEHIND_TLS, tellPublicUrl } from '../../proxies.ts';
import { AUTHORIZATION, SECURITY_NEXT, thread } from '../../references.ts';

export const check: Check = {
  code: 'ASM-08',
  name: 'issuer-or-endpoints-http',
  severity: 'broken',
  references: [
    AUTHORIZATION,
    SECURITY_NEXT,
    thread('Azure/aks-mcp', 364),
    thread('Azure/aks-mcp', 365),
    thread('andrea-magni/MARS', 203),
  ],
  follows: ['NET-14', 'CHL-04', 'PRM-07'],
  *find(view) {
    for (const issuer of view.issuers) {
      const door = entranceOf(view, issuer);
      // Where nothing is behind TLS there is nothing to derive wrongly; an issuer without it elsewhere is NET-10.
      const isOwn = view.target.protocol === 'https:' && URL.parse(issuer)?.hostname === view.target.hostname;
      if (!isOwn && !door?.last.url.startsWith('https:')) continue;
      const told = door && announced(door.document);
      const fields = (door ? endpointsOf(door.document) : []).map(({ name, text }) => [name, text] as const);
      const all = [
        ...(isOwn && isListed(view, issuer) ? [['authorization_servers', issuer] as const] : []),
        ...(told === undefined ? [] : [['issuer', told] as const]),
        ...fields,
      ];
      const plain = all.filter(([, text]) => isPlain(text));
      const [first] = plain;
      if (!first) continue;
      const documents = [...view.resourceDocuments, ...view.strayDocuments].filter(
        () => first[0] === 'authorization_servers',
      );
      yield {
        title: `The authorization server is described with http:// behind https: ${plain.map(([name]) => name).join(', ')}.`,
        detail: `${BEHIND_TLS} Clients refuse issuers and endpoints without TLS.`,
        remedy:
          presetFor(issuer.replace(/^http:/, 'https:'))?.name === 'keycloak'
            ? 'Start Keycloak with --hostname=https://… and --proxy-headers=xforwarded.'
            : tellPublicUrl(view),
        evidence: [...documents.map(({ id }) => id), ...(door ? idsOf(door) : [])],
        comparison: {
          seenIn: first[0],
          seen: first[1],
          expectedFrom: 'the same with TLS',
          expected: first[1].replace(/^http:/i, 'https:'),
        },
      };
    }
  },
};
