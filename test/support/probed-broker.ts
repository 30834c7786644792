import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Holdings } from './broker-probe-main.ts';
import { type Installation, until } from './keybridge.ts';

const BROKER = fileURLToPath(new URL('../../dist/broker.js', import.meta.url));
const PROBE = new URL('./broker-probe-main.ts', import.meta.url);

/** A broker that can be asked what it holds. */
export interface ProbedBroker {
  readonly pid: number;
  holdings(): Promise<Holdings>;
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
  return {
    pid,
    async holdings() {
      child.send('holdings');
      const [holdings] = await once(child, 'message');
      return holdings as Holdings;
    },
  };
}
