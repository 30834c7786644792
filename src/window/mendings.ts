import type { ProxyMending } from '../api/window.ts';
import { flat } from '../checks/judge.ts';
import type { Diagnosis } from '../doctor/diagnosis.ts';
import { mend, PROXIES, type ProxyName } from '../mend/mending.ts';
import { readSite } from '../mend/site.ts';

/** The configurations that mend a server, one for each proxy, where the doctor's advice is to have one written. */
export function mendingsFor({ findings, examination }: Diagnosis): ProxyMending[] {
  if (!flat(findings).some(({ fixable }) => fixable)) return [];
  const issuers = examination.discovery?.issuers.map(({ issuer }) => issuer);
  try {
    const site = readSite(examination.target);
    return (Object.keys(PROXIES) as ProxyName[]).map(name => {
      const { title, goes } = PROXIES[name];
      const { assumptions, configuration } = mend(site, name, 'app', issuers);
      return { title, goes, assumptions, configuration };
    });
  } catch {
    // A host or a path that cannot stand in a configuration as it is.
    return [];
  }
}
