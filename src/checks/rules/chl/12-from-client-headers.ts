import type { Check } from '../../check.ts';
import { rfc, thread } from '../../references.ts';

export const check: Check = {
  code: 'CHL-12',
  name: 'challenge-from-client-headers',
  severity: 'unsafe',
  references: [rfc(9728, '5.1'), thread('supermemoryai/supermemory', 1483)],
  *find(view) {
    for (const answer of view.answers('forwarded-host')) {
      const [, host = ''] =
        answer.exchange.request.headers.find(([name]) => name.toLowerCase() === 'x-forwarded-host') ?? [];
      if (host === '') continue;
      const places = [
        ...answer.fields('www-authenticate').map(value => ['WWW-Authenticate', value]),
        ...answer.fields('location').map(value => ['Location', value]),
        ...(answer.status === 200 && answer.json ? [['the metadata', answer.text]] : []),
      ];
      const place = places.find(([, value]) => value?.includes(host))?.[0];
      if (place === undefined) continue;
      yield {
        title: `Whoever asks decides what host the server names in ${place}.`,
        detail: `Asked with X-Forwarded-Host: ${host}, it builds addresses on that host. With a cache or a proxy that passes such fields on, others are sent to a stranger’s sign-in.`,
        remedy:
          'Build addresses from a configured public URL. Trust X-Forwarded-* only from your own proxy, and have the proxy overwrite what clients send.',
        evidence: [answer.id],
      };
    }
  },
};
