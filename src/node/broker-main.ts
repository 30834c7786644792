import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../base/fault.ts';
import type { SecretVault } from '../base/world.ts';
import { Broker } from '../broker/broker.ts';
import { deferredVault } from '../tokens/deferred-vault.ts';
import { homeFolder, secureFolder } from './home.ts';
import { endProcess, openVault } from './keyring.ts';
import { joinSession } from './session-environment.ts';
import { type BrokerSocket, serveSocket } from './socket.ts';
import { logTrace } from './trace-log.ts';
import { VERSION } from './version.ts';
import { nodeWorld } from './world.ts';

/** Milliseconds without anybody connected after which the broker ends by itself. */
const IDLE = 15 * 60_000;
/** Milliseconds after which a keychain that has not answered is taken to be asking its user. */
const PROMPT = 1_000;

/** The broker as a process of its own: headless, one for each state folder. */
async function main(): Promise<void> {
  process.umask(0o077);
  const folder = homeFolder();
  secureFolder(folder);
  joinSession();
  const opening = openVault(chosenVault(folder), folder);
  let note: string | undefined;
  opening.then(
    ({ reason }) => {
      note = reason;
    },
    () => {},
  );
  // A vault that cannot be had at all ends the start; one that asks its user holds up nobody.
  await Promise.race([opening, new Promise(resolve => setTimeout(resolve, PROMPT))]);
  const world = nodeWorld(folder, deferredVault(opening.then(({ vault }) => vault)));
  let socket: BrokerSocket | undefined;
  let idle: ReturnType<typeof setTimeout> | undefined;
  const end = async () => {
    stopLog();
    await socket?.close();
    await broker.close();
    await world.close();
    endProcess(0);
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

/** The user's word on where secrets live: said now, or the explicit choice of a file said earlier. */
function chosenVault(folder: string): SecretVault['kind'] | undefined {
  const path = join(folder, 'vault');
  const said = process.env.KEYBRIDGE_VAULT;
  if (said === undefined || said === '') {
    try {
      return readFileSync(path, 'utf8').trim() === 'file' ? 'file' : undefined;
    } catch {
      return undefined;
    }
  }
  if (said !== 'keychain' && said !== 'memory' && said !== 'file') {
    throw new Fault('usage.flag', `KEYBRIDGE_VAULT is keychain, memory or file, not "${said}".`);
  }
  if (said !== 'memory') writeFileSync(path, `${said}\n`, { mode: 0o600 });
  return said;
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
