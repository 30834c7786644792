import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Holdings, ProbeQuestion } from './broker-probe-main.ts';
import { type Installation, until } from './keybridge.ts';

const BROKER = fileURLToPath(new URL('../../dist/broker.js', import.meta.url));
const PROBE = new URL('./broker-probe-main.ts', import.meta.url);

/** A broker that can be asked what it holds. */
export interface ProbedBroker {
  readonly pid: number;
  holdings(): Promise<Holdings>;
  /** How many objects of each class it keeps alive. Takes seconds. */
  instances(): Promise<Record<string, number>>;
}

/** Starts the broker of an installation before any bridge does. It ends with the installation. */
export async function startProbedBroker(installation: Installation): Promise<ProbedBroker> {
  const child = spawn(process.execPath, [BROKER], {
    env: { ...installation.env, NODE_OPTIONS: `--import=${PROBE.href}` },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const pid = await until('the broker is there', async () => {
    const { stdout } = await installation.run(['status', '--json']);
    return (JSON.parse(stdout) as { pid?: number }).pid;
  });
  if (pid !== child.pid) throw new Error('Another broker was there first.');
  const ask = async (question: ProbeQuestion) => {
    child.send(question);
    const [answer] = await once(child, 'message');
    return answer;
  };
  return { pid, holdings: () => ask('holdings'), instances: () => ask('instances') };
}
