import { quoteUrl } from '../../../oauth/identifier.ts';
import type { Check } from '../../check.ts';
import { isPlaintext } from '../../gate.ts';
import { isInternalHost } from '../../internal-host.ts';
import { AUTHORIZATION, thread } from '../../references.ts';
import { remedyFor } from '../../software.ts';

const HOP =
  'Where a load balancer ends TLS, its hop to the server may stay plain only inside one trust boundary, and the plain port must not be reachable from outside.';
const NGINX =
  'In nginx serve it with listen 443 ssl; in the nginx-mcp-resource image set MCP_TLS=on with MCP_SSL_CERT_FILE and MCP_SSL_CERT_KEY_FILE.';

export const check: Check = {
  code: 'NET-10',
  name: 'plaintext-endpoint',
  severity: 'broken',
  references: [
    AUTHORIZATION,
    {
      title: 'OAuth 2.1 §1.5',
      url: 'https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1#section-1.5',
    },
    thread('modelcontextprotocol/inspector', 2288),
  ],
  *find(view) {
    // What an https server says of itself in http is ASM-08 and PRM-07; an issuer elsewhere is its own matter.
    const issuers = view.issuers.flatMap(each => URL.parse(each) ?? []);
    const isPublic = !isInternalHost(view.target.hostname);
    // An internal name in the metadata of a public server is PRM-17.
    const elsewhere = issuers.filter(
      ({ host, hostname }) => host !== view.target.host && !(isPublic && isInternalHost(hostname)),
    );
    const moved = view.openings.find(
      ({ location }) => location?.protocol === 'https:' && location.hostname === view.target.hostname,
    );
    for (const [index, url] of [view.target, ...elsewhere].entries()) {
      if (!isPlaintext(url)) continue;
      const what = index === 0 ? 'server' : 'authorization server';
      const evidence = Object.values(view.examination.exchanges).filter(
        ({ request }) => URL.parse(request.url)?.origin === url.origin,
      );
      if (index === 0 && moved?.location) {
        yield {
          title: `The address given is plain http, and the server sends it on to ${quoteUrl(moved.location.href)}.`,
          detail: 'A client that posts to it has its message, and later its token, sent in the clear first.',
          remedy: `Give clients the address ${quoteUrl(moved.location.href)}.`,
          evidence: [moved.id],
        };
        continue;
      }
      yield {
        title: `The ${what} ${url.host} is used over plain http.`,
        detail:
          'Tokens would travel so that everybody on the way can read them. The specification wants https everywhere but on one and the same machine, and clients refuse.',
        remedy: `${remedyFor(view, { nginx: NGINX }, `Serve it over https. ${NGINX}`)} ${HOP}`,
        evidence: evidence.slice(0, 1).map(({ id }) => id),
        // Inside a company's network it works, and should not.
        ...(isInternalHost(url.hostname) ? { severity: 'unsafe' as const } : {}),
      };
    }
  },
};
