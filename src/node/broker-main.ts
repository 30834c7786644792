import { Fault } from '../base/fault.ts';
import { homeFolder } from './home.ts';
import { OWN } from './identity.ts';
import { endProcess } from './keyring.ts';
import { runBroker } from './run-broker.ts';
import { joinSession } from './session-environment.ts';

/** Milliseconds without anybody connected after which the broker ends by itself. */
const IDLE = 15 * 60_000;

/** The broker as a process of its own: headless, one for each state folder. */
async function main(): Promise<void> {
  process.umask(0o077);
  joinSession();
  const running = await runBroker({ identity: OWN, folder: homeFolder(), idle: IDLE, ended: end });
  // Another broker was there first; the shims find that one.
  if (!running) endProcess(0);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void running.end());
}

function end(fault?: Fault): never {
  if (fault) process.stderr.write(`${fault.sentence}\n`);
  endProcess(fault ? 1 : 0);
}

// What goes wrong in a corner must not take every host's bridge along; the log keeps where it was.
for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
  process.on(event, (error: unknown) => {
    const stack = error instanceof Error ? error.stack : undefined;
    process.stderr.write(`unexpected: ${stack ?? Fault.of(error).message}\n`);
  });
}

main().catch(error => end(Fault.of(error)));
