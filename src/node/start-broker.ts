import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fault } from '../base/fault.ts';
import { type Connection, connectBroker } from './connect.ts';
import { secureFolder } from './home.ts';
import type { Greeting } from './wire.ts';

/** Milliseconds a broker has to come up. */
const PATIENCE = 20_000;
/** A note that a broker is being started is worth nothing after this many milliseconds. */
const STALE = 10_000;

/** What of a shim's environment a broker needs; the rest, API keys of other servers among it, stays behind. */
const PASSED =
  /^(HOME|PATH|USER|LOGNAME|SHELL|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|XDG_\w+|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|DBUS_SESSION_BUS_ADDRESS|KEYBRIDGE_(HOME|VAULT|LAB_\w+)|SystemRoot|SystemDrive|windir|APPDATA|LOCALAPPDATA|USERPROFILE|HOMEDRIVE|HOMEPATH|COMSPEC|PATHEXT|ProgramData|ProgramFiles.*|NODE_V8_COVERAGE)$/i;

/**
 * Connects to the broker of a state folder, starting one when none runs. Many may call this at once: one
 * of them starts it, the others wait. Throws `broker.unreachable` with the reason a broker gave, and what
 * {@link connectBroker} throws.
 */
export async function reachBroker(folder: string, greeting: Greeting): Promise<Connection> {
  secureFolder(folder);
  const deadline = Date.now() + PATIENCE;
  let started: ReturnType<typeof startBroker> | undefined;
  for (let pause = 10; ; pause = Math.min(pause * 1.5, 100)) {
    const connection = await connectBroker(folder, greeting).catch(error => {
      // One that is just ending hangs up in the middle of the handshake.
      if (error instanceof Fault && error.code === 'broker.lost') return undefined;
      throw error;
    });
    if (connection) {
      started?.done();
      return connection;
    }
    started ??= claimStart(folder) ? startBroker(folder) : undefined;
    if (started?.failed() || Date.now() > deadline) {
      started?.done();
      throw new Fault(
        'broker.unreachable',
        `Keybridge's own process could not be started${started ? `: ${started.reason()}` : '.'}`,
        {
          remedy: `What it said is in ${join(folder, 'broker.log')}.`,
        },
      );
    }
    await new Promise(resolve => setTimeout(resolve, pause));
  }
}

/** Whether a broker is being started just now. */
export function isStarting(folder: string): boolean {
  try {
    return Date.now() - statSync(join(folder, 'broker.starting')).mtimeMs < STALE;
  } catch {
    return false;
  }
}

/** Whether it is on this process to start the broker. */
function claimStart(folder: string): boolean {
  const path = join(folder, 'broker.starting');
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new Fault(
        'store.unwritable',
        `${folder} cannot be written (${(error as NodeJS.ErrnoException).code}).`,
        {
          remedy: 'Check the disk, or set KEYBRIDGE_HOME to a folder you can write.',
          cause: error,
        },
      );
    }
  }
  try {
    // Whoever made it died before it was done. Two that find this start two brokers; one of those stays.
    if (Date.now() - statSync(path).mtimeMs > STALE) unlinkSync(path);
  } catch {
    // Gone meanwhile.
  }
  return false;
}

function startBroker(folder: string) {
  const logPath = join(folder, 'broker.log');
  // Why the broker before this one ended is still to be read after the next has begun.
  if (existsSync(logPath) && statSync(logPath).size > 0) renameSync(logPath, join(folder, 'broker.1.log'));
  const log = openSync(logPath, 'w', 0o600);
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => PASSED.test(name)));
  const child = spawn(process.execPath, [entry()], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...env, KEYBRIDGE_HOME: folder },
    windowsHide: true,
  });
  closeSync(log);
  child.unref();
  let ended: string | undefined;
  child.once('error', error => {
    ended = error.message;
  });
  child.once('exit', code => {
    // Code 0: another one was there first.
    if (code !== 0) ended = `it ended with code ${code}`;
  });
  return {
    failed: () => ended !== undefined,
    reason: () => lastLine(logPath) ?? ended ?? 'it did not come up in time',
    done: () => {
      try {
        unlinkSync(join(folder, 'broker.starting'));
      } catch {
        // Taken away as stale.
      }
    },
  };
}

function lastLine(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim().split('\n').at(-1) || undefined;
  } catch {
    return undefined;
  }
}

/** The broker's program beside this one: built, or from the sources. */
function entry(): string {
  const built = fileURLToPath(new URL('./broker.js', import.meta.url));
  return existsSync(built) ? built : fileURLToPath(new URL('./broker-main.ts', import.meta.url));
}
