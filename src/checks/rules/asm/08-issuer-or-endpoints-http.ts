import type { Check } from '../../check.ts';
import { announced, entranceOf, idsOf, isListed } from '../../doors.ts';
import { endpointsOf, isPlain } from '../../endpoints.ts';
import { AUTHORIZATION, SECURITY_NEXT, thread } from '../../references.ts';
import { remedyFor } from '../../software.ts';

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
  follows: ['CHL-04', 'PRM-07'],
  *find(view) {
    for (const issuer of view.issuers) {
      const door = entranceOf(view, issuer);
      // Where nothing is behind TLS there is nothing to derive wrongly.
      if (view.target.protocol !== 'https:' && !door?.last.url.startsWith('https:')) continue;
      const told = door && announced(door.document);
      const fields = (door ? endpointsOf(door.document) : []).map(({ name, text }) => [name, text] as const);
      const all = [
        ...(isListed(view, issuer) ? [['authorization_servers', issuer] as const] : []),
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
        detail:
          'TLS ends at a proxy (Envoy Gateway, Application Gateway, an ingress), and the application behind it takes the plain http it hears for its own address. Clients refuse issuers and endpoints without TLS.',
        remedy: remedyFor(
          view,
          {
            'aks-mcp':
              'Tell it its public URL: --oauth-external-url, OAUTH_EXTERNAL_URL, or oauth.externalURL in the Helm chart (releases before August 2026; later ones speak stdio only).',
            fastmcp: 'Give the auth provider base_url="https://…", its public URL.',
            kestrel:
              'Call UseForwardedHeaders with ForwardedHeaders.XForwardedProto for the proxy you trust.',
            express: "Set app.set('trust proxy', …) to the proxy you trust, or configure the public URL.",
            uvicorn:
              'Start uvicorn with --proxy-headers and --forwarded-allow-ips for the proxy you trust, or configure the public URL.',
            keycloak: 'Start Keycloak with --hostname=https://… and --proxy-headers=xforwarded.',
          },
          'Configure the public https URL in the application, or have the proxy send X-Forwarded-Proto and X-Forwarded-Host and let the application believe them from that proxy alone.',
        ),
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
