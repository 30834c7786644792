import type { Check } from '../../check.ts';
import { rfc, thread } from '../../references.ts';
import { remedyFor } from '../../software.ts';
import { plainTrial, quoted, redirectUris, trialsOf } from '../../trials.ts';

const REDIRECT = /invalid_redirect_uri|redirect[ _-]?ur[il]/i;

export const check: Check = {
  code: 'REG-01',
  name: 'redirect-uri-refused',
  severity: 'broken',
  references: [
    rfc(8252, '7.3'),
    rfc(7591, '3.2.2'),
    thread('Zomato/mcp-server-manifest', 30),
    thread('every-app/open-seo', 48),
    thread('Azure/aks-mcp', 364),
  ],
  *find(view) {
    const trials = trialsOf(view);
    for (const issuer of view.issuers) {
      const plain = plainTrial(trials, issuer);
      if (!plain?.isRefused) continue;
      const own = trials.filter(each => each.issuer === issuer && each !== plain);
      const https = own.find(each => each.isTaken && redirectUris(each).every(uri => /^https:/.test(uri)));
      const isOther = own.some(each => each.isTaken && each !== https);
      if (isOther || !(https || REDIRECT.test(plain.said))) continue;
      const uris = redirectUris(plain);
      const list = uris.join(' and ');
      yield {
        title: `${issuer} does not let a client on the user’s own machine register: it refuses ${list}.`,
        detail: `Clients on a desktop wait for the browser on loopback, each time on a port of its own. With a list of fixed redirect URIs none of them gets in.${quoted(plain.said)}`,
        remedy: remedyFor(
          view,
          {
            'aks-mcp': `Add the URIs to --oauth-redirects: ${uris.join(',')} (releases before August 2026).`,
            keycloak:
              'Clients → Client registration → Anonymous access policies → Trusted Hosts: turn off "Client URIs must match", or list 127.0.0.1 and localhost.',
          },
          `Allow loopback redirect URIs, with any port: ${list}. Where there is a list of redirect URIs, add them there.`,
        ),
        evidence: [plain, ...(https ? [https] : [])].map(({ answer }) => answer.id),
      };
    }
  },
};
