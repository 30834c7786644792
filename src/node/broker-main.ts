import { Fault } from '../base/fault.ts';
import { Broker } from '../broker/broker.ts';
import { deferredVault } from '../tokens/deferred-vault.ts';
import { homeFolder, secureFolder } from './home.ts';
import { endProcess, openVault } from './keyring.ts';
import { joinSession } from './session-environment.ts';
import { type BrokerSocket, serveSocket } from './socket.ts';
import { logTrace } from './trace-log.ts';
import { chosenVault } from './vault-choice.ts';
import { VERSION } from './version.ts';
import { nodeWorld } from './world.ts';

/** Milliseconds without anybody connected after which the broker ends by itself. */
const IDLE = 15 * 60_000;
/** Milliseconds that calls under way have for their answers when the broker is to end. */
const DRAIN = 5_000;
/** Milliseconds the broker has to end in good order; its lock is believed for longer than that. */
const LAST_WORDS = 8_000;
/** Milliseconds after which a keychain that has not answered is taken to be asking its user. */
const PROMPT = 1_000;

/** The broker as a process of its own: headless, one for each state folder. */
async function main(): Promise<void> {
  process.umask(0o077);
  const folder = homeFolder();
  secureFolder(folder);
  joinSession();
  const opening = openVault(chosenVault(folder, process.env), folder);
  let note: string | undefined;
  const opened = opening.then(({ vault, reason }) => {
    // What is said of a locked keychain is over once it is unlocked; whoever waits for it is told then.
    if (vault.kind !== 'keychain') note = reason;
    return vault;
  });
  const world = nodeWorld(folder, deferredVault(opened, PROMPT));
  // A vault that cannot be had at all ends the start; one that asks its user holds up nobody.
  await Promise.race([opened, new Promise(resolve => setTimeout(resolve, PROMPT))]);
  let socket: BrokerSocket | undefined;
  let idle: ReturnType<typeof setTimeout> | undefined;
  let ending: Promise<void> | undefined;
  const end = () => {
    ending ??= (async () => {
      // Whatever hangs, a process that nobody can reach any more must not stay.
      setTimeout(() => endProcess(1), DRAIN + LAST_WORDS);
      const drained = socket?.drain(DRAIN);
      // Who waits for a person need not be waited for.
      broker.endSignIns();
      await drained;
      const release = await socket?.close();
      await broker.close();
      stopLog();
      await world.close();
      release?.();
      endProcess(0);
    })().catch(error => {
      process.stderr.write(`${Fault.of(error).sentence}\n`);
      endProcess(1);
    });
    return ending;
  };
  const broker = new Broker(world, {
    version: VERSION,
    pid: process.pid,
    home: folder,
    vaultNote: () => note,
    stop: end,
  });
  const stopLog = logTrace(broker.recorded, folder);
  const watch = () => {
    clearTimeout(idle);
    if (socket?.connections) return;
    idle = setTimeout(async () => ((await broker.mayEnd()) && !socket?.connections ? end() : watch()), IDLE);
  };
  socket = await serveSocket(folder, broker, VERSION, watch);
  // Another broker was there first; the shims find that one.
  if (!socket) endProcess(0);
  watch();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end());
}

// What goes wrong in a corner must not take every host's bridge along; the log keeps where it was.
for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
  process.on(event, (error: unknown) => {
    const stack = error instanceof Error ? error.stack : undefined;
    process.stderr.write(`unexpected: ${stack ?? Fault.of(error).message}\n`);
  });
}

main().catch(error => {
  process.stderr.write(`${Fault.of(error).sentence}\n`);
  endProcess(1);
});
