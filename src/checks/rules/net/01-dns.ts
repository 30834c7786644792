import { isAddress } from '../../../base/address.ts';
import type { Check } from '../../check.ts';
import { isInternalHost } from '../../internal-host.ts';
import { rfc } from '../../references.ts';

export const check: Check = {
  code: 'NET-01',
  name: 'dns-unresolvable',
  severity: 'broken',
  references: [rfc(8305)],
  *find(view) {
    const exchanges = Object.values(view.examination.exchanges);
    const of = (host: string) =>
      exchanges.filter(({ request }) => URL.parse(request.url)?.hostname.replace(/^\[|\]$/g, '') === host);
    const { probes } = view.examination;
    const isHop = (id: string) =>
      probes.some(each => each.exchanges.indexOf(id) > 0) ||
      !probes.some(each => each.exchanges.includes(id));
    const looked = new Map(view.examination.names.map(each => [each.host, each]));
    const unresolved = exchanges.flatMap(({ request, outcome }) =>
      outcome.kind === 'failed' && outcome.fault.code === 'net.dns'
        ? (URL.parse(request.url)?.hostname ?? [])
        : [],
    );
    for (const host of new Set([...looked.keys(), ...unresolved])) {
      const own = of(host);
      const answered = own.some(({ outcome }) => outcome.kind === 'answered');
      const name = looked.get(host);
      const isGone = name ? name.failure?.code === 'net.dns' : true;
      const isTarget = host === view.target.hostname;
      // A name that means something only inside is PRM-17 or ASM-16.
      if (!isTarget && isInternalHost(host)) continue;
      if (!answered && isGone && !isAddress(host)) {
        yield {
          title: `The name of ${isTarget ? 'the server' : 'a host that the server leads to'}, ${host}, does not resolve from here.`,
          detail:
            'Either the record is missing, or only a company network or VPN knows it (split-horizon DNS). Then no client outside that network gets any further, nor does a cloud service such as a hosted connector.',
          remedy:
            'Publish an A or AAAA record; where the name is meant to be internal, connect to its network.',
          evidence: own.slice(0, 1).map(({ id }) => id),
          // Where only a redirect leads there, who does not follow it gets on.
          ...(!isTarget && own.length > 0 && own.every(({ id }) => isHop(id))
            ? { severity: 'fragile' as const }
            : {}),
        };
      } else if (name && name.v4.length === 0 && name.v6.length > 0) {
        yield {
          title: `${host} has IPv6 addresses only.`,
          detail: 'Clients on networks without IPv6, among them many clouds and containers, cannot reach it.',
          remedy: 'Publish an A record, too.',
          evidence: own.slice(0, 1).map(({ id }) => id),
          severity: 'fragile',
        };
      }
    }
  },
};
