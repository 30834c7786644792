import { type Lab, type LabOptions, startLab } from '../../src/lab/lab.ts';
import { type Cable, openCable } from './cable.ts';
import { type Caller, callers, expectNews } from './callers.ts';
import type { Clean } from './equipped.ts';
import { type Installation, install } from './keybridge.ts';

export interface Wired {
  cable: Cable;
  lab: Lab;
  installation: Installation;
  hosts: readonly Caller[];
  first: Caller;
  /** Throws unless every host hears from its server again, and nobody had to sign in a second time. */
  allIsWell(): Promise<void>;
}

/** A server behind a cable, and so many hosts that are signed in to it. */
export async function wire(clean: Clean, count: number, options: LabOptions = {}): Promise<Wired> {
  const cable = await openCable();
  const lab = await startLab({ ...options, behind: cable.port });
  cable.to(lab.mcp.port);
  const installation = install();
  clean(async () => {
    await installation.close();
    await cable.close();
    await lab.close();
  });
  const hosts = await callers(installation, lab.serverUrl, count);
  await expectNews(hosts, lab.mcp);
  return {
    cable,
    lab,
    installation,
    hosts,
    first: hosts[0] as Caller,
    async allIsWell() {
      await expectNews(hosts, lab.mcp);
      const { registrations, codeExchanges, reuseDetections } = lab.authorization.counters;
      const counted = { tabs: installation.tabs().length, registrations, codeExchanges, reuseDetections };
      const expected = { tabs: 1, registrations: 1, codeExchanges: 1, reuseDetections: 0 };
      if (JSON.stringify(counted) !== JSON.stringify(expected)) throw new Error(JSON.stringify(counted));
    },
  };
}
