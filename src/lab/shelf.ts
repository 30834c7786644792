import { Fault } from '../base/fault.ts';
import { STAGED } from './staged/all.ts';

/** The practice server that is right, with a sign-in and tools; it stands for the staged one of its name. */
const WHOLE = { name: 'right', title: 'A server with a sign-in and tools, and nothing wrong', codes: [] };

/** Every practice server by name. */
export async function list(): Promise<{ name: string; title: string; codes: readonly string[] }[]> {
  return [
    WHOLE,
    ...STAGED.filter(({ name }) => name !== WHOLE.name).map(({ name, about, shows }) => ({
      name,
      title: about,
      codes: shows,
    })),
  ];
}

/** One that runs, and what another is started with to have its addresses. */
interface Started {
  url: string;
  ports?: { port: number; issuerPort: number };
  close(): Promise<void>;
}

/**
 * Starts one on loopback, on any free port or on these. Throws `usage.flag` for a name there is not, `net.failed` for
 * a port that is taken.
 */
export async function start(name: string, ports: Started['ports'] = undefined): Promise<Started> {
  if (name === WHOLE.name) {
    const { startLab } = await import('./lab.ts');
    const lab = await startLab(ports ?? {});
    return { url: lab.serverUrl, ports: lab.ports, close: () => lab.close() };
  }
  const stage = STAGED.find(each => each.name === name);
  if (!stage) throw new Fault('usage.flag', 'The lab has no server of this name.');
  return stage.start(ports ?? {});
}
