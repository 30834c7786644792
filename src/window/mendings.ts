import type { ProxyChoice, ProxyMending } from '../api/window.ts';
import { isPlainUrl } from '../base/address.ts';
import { flat } from '../checks/judge.ts';
import type { Diagnosis } from '../doctor/diagnosis.ts';
import { proxyIn } from '../mend/from-report.ts';
import { mend, PROXIES, type ProxyName } from '../mend/mending.ts';
import { readSite } from '../mend/site.ts';

/**
 * The configurations that fix a server, one for each proxy, the likeliest first: the one its answers name, else
 * nginx. None where that is not what helps. Throws `usage.*` for an upstream that cannot be.
 */
export function mendingsFor(
  { findings, examination }: Diagnosis,
  { upstream, hostHeader }: ProxyChoice = {},
): ProxyMending[] {
  if (!flat(findings).some(({ fixable }) => fixable)) return [];
  // A host or a path that cannot stand in a configuration as it is.
  const target = URL.parse(examination.target);
  if (!target || !isPlainUrl(target)) return [];
  const issuers = examination.discovery?.issuers.map(({ issuer }) => issuer);
  const site = readSite(examination.target, upstream === '' ? undefined : upstream, hostHeader);
  const recognized = proxyIn(JSON.stringify(examination.exchanges));
  const first = recognized ?? 'nginx';
  const names = Object.keys(PROXIES) as ProxyName[];
  return [first, ...names.filter(each => each !== first)].map(name => {
    const { title, goes } = PROXIES[name];
    const written = mend(site, name, 'app', issuers);
    return {
      name,
      title,
      goes,
      isRecognized: name === recognized,
      upstream: written.upstream,
      isAssumed: site.upstream.isAssumed,
      hostHeader: written.hostHeader,
      // That nobody has said where the server runs stands beside the field for it.
      assumptions: written.assumptions.slice(site.upstream.isAssumed ? 1 : 0),
      configuration: written.configuration,
    };
  });
}
