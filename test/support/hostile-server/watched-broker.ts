import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Installation, until } from '../keybridge.ts';
import { type Asked, askable } from './child.ts';
import type { WatchQuestion, WatchReport } from './watch-main.ts';

const BROKER = fileURLToPath(new URL('../../../dist/broker.js', import.meta.url));
const WATCH = new URL('./watch-main.ts', import.meta.url);
/** As a bridge starts it. */
const FLAGS = ['--initial-old-space-size=128'];

/** A broker whose event loop and memory are watched from inside. */
export interface WatchedBroker extends Asked<WatchQuestion, WatchReport | 'begun'> {
  readonly pid: number;
  /** What it has said on stderr. */
  said(): string;
  /** Ends it at once, whatever it does. */
  kill(): Promise<void>;
}

/** Starts the broker of an installation before any bridge does. */
export async function startWatchedBroker(installation: Installation): Promise<WatchedBroker> {
  const child = spawn(process.execPath, [...FLAGS, BROKER], {
    env: { ...installation.env, NODE_OPTIONS: `--import=${WATCH.href}` },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    said = (said + chunk).slice(-100_000);
  });
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()));
  const pid = await until('the broker is there', async () => {
    const { stdout } = await installation.run(['status', '--json']);
    return (JSON.parse(stdout) as { pid?: number }).pid;
  });
  if (pid !== child.pid) throw new Error(`Another broker was there first. ${said}`);
  return {
    ...askable<WatchQuestion, WatchReport | 'begun'>(child),
    pid,
    said: () => said,
    kill: () => {
      child.kill('SIGKILL');
      return ended;
    },
  };
}
