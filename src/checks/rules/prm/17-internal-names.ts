import { asString } from '../../../base/json.ts';
import { quoteUrl } from '../../../oauth/identifier.ts';
import type { Check } from '../../check.ts';
import { isInternalHost } from '../../internal-host.ts';
import { tellPublicUrl } from '../../proxies.ts';
import { rfc, thread } from '../../references.ts';
import { strings } from '../../view.ts';

export const check: Check = {
  code: 'PRM-17',
  name: 'internal-names',
  severity: 'broken',
  references: [rfc(9728, '3.3'), thread('andrea-magni/MARS', 203)],
  follows: ['NET-14', 'CHL-04'],
  *find(view) {
    if (isInternalHost(view.target.hostname)) return;
    for (const document of view.readDocuments) {
      const values = [
        asString(document.json?.resource) ?? '',
        ...strings(document.json?.authorization_servers),
      ];
      const internal = values.filter(value => {
        const url = URL.parse(value);
        return url && /^https?:$/.test(url.protocol) && isInternalHost(url.hostname);
      });
      if (internal.length === 0) continue;
      yield {
        title: `The public metadata has addresses that are known only inside: ${internal.map(quoteUrl).join(', ')}`,
        detail:
          'Nobody outside reaches them, and clients refuse to follow metadata of a public server into a private network.',
        remedy: tellPublicUrl(view),
        evidence: [document.id],
      };
    }
  },
};
