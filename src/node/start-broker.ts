import { spawn } from 'node:child_process';
import { closeSync, constants, existsSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fault } from '../base/fault.ts';
import { type Connection, connectBroker } from './connect.ts';
import { secureFolder } from './home.ts';
import { breakAbandoned, claim, isAbandoned, remove, removeIf } from './lock.ts';
import { openOwn, readOwn } from './own-file.ts';
import type { Greeting } from './wire.ts';

/** Milliseconds a broker has to come up. */
const PATIENCE = 20_000;

/** Brokers ended by a signal while they come up, after which no more are started. */
const MOST_KILLED = 3;

/** What of a shim's environment a broker needs; the rest, API keys of other servers among it, stays behind. */
const PASSED =
  /^(HOME|PATH|USER|LOGNAME|SHELL|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|XDG_\w+|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|DBUS_SESSION_BUS_ADDRESS|KEYBRIDGE_(HOME|VAULT|LAB_\w+)|SystemRoot|SystemDrive|windir|APPDATA|LOCALAPPDATA|USERPROFILE|HOMEDRIVE|HOMEPATH|COMSPEC|PATHEXT|ProgramData|ProgramFiles.*|NODE_V8_COVERAGE)$/i;

/**
 * Connects to the broker of a state folder, starting one when none runs. Many may call this at once: one
 * of them starts it, the others wait. Throws `broker.unreachable` with the reason a broker gave,
 * `store.unwritable`, and what {@link connectBroker} throws.
 */
export async function reachBroker(folder: string, greeting: Greeting): Promise<Connection> {
  secureFolder(folder);
  const deadline = Date.now() + PATIENCE;
  let started: ReturnType<typeof startBroker> | undefined;
  let again = MOST_KILLED;
  let lost: Fault | undefined;
  try {
    for (let pause = 10; ; pause = Math.min(pause * 1.5, 100)) {
      lost = undefined;
      const connection = await connectBroker(folder, greeting).catch(error => {
        // One that is just ending hangs up in the middle of the handshake.
        if (!(error instanceof Fault && error.code === 'broker.lost')) throw error;
        lost = error;
        return undefined;
      });
      if (connection) return connection;
      // The one that was there first has gone again, or ours was ended from outside.
      if (started?.yielded() || (started?.killed() && again-- > 0)) {
        started.done();
        started = undefined;
      }
      // While anything listens there, another would only find its place taken.
      if (!lost && !started && claimStart(folder)) started = startBroker(folder);
      if (started?.failed()) throw unreachable(started.reason(), folder);
      if (Date.now() > deadline) throw lost ?? unreachable(started?.reason(), folder);
      await new Promise(resolve => setTimeout(resolve, pause));
    }
  } finally {
    started?.done();
  }
}

function unreachable(reason: string | undefined, folder: string): Fault {
  const said = logLine(folder) !== undefined;
  const why = reason === undefined ? '.' : `: ${/[.!?]$/.test(reason) ? reason : `${reason}.`}`;
  return new Fault('broker.unreachable', `Keybridge's own process could not be started${why}`, {
    remedy: said ? `What it said is in ${join(folder, 'broker.log')}.` : 'Try again.',
  });
}

/** Whether a broker is being started just now. */
export function isStarting(folder: string): boolean {
  const path = join(folder, 'broker.starting');
  return existsSync(path) && !isAbandoned(path);
}

/** Whether it is on this process to start the broker. */
function claimStart(folder: string): boolean {
  const path = join(folder, 'broker.starting');
  try {
    if (claim(path, String(process.pid))) return true;
  } catch (error) {
    throw unwritable(folder, error);
  }
  // Two that find it abandoned may start two brokers; one of those stays.
  breakAbandoned(path);
  return false;
}

function unwritable(path: string, error: unknown): Fault {
  if (error instanceof Fault) return error;
  const { code } = error as NodeJS.ErrnoException;
  return new Fault('store.unwritable', `${path} cannot be written (${code}).`, {
    remedy: 'Check the disk, or set KEYBRIDGE_HOME to a folder you can write.',
    cause: error,
  });
}

function startBroker(folder: string) {
  const note = join(folder, 'broker.starting');
  const log = openLog(folder);
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
  // Should this process be killed now, the note is good for as long as the broker is.
  const content = String(child.pid ?? process.pid);
  writeFileSync(note, content, { mode: 0o600 });
  let ended: string | undefined;
  let yielded = false;
  let killed = false;
  child.once('error', error => {
    ended = error.message;
  });
  child.once('exit', (code, signal) => {
    // Code 0: another one was there first.
    yielded = code === 0;
    killed = signal !== null;
    if (!yielded) ended = signal ? `it was ended by ${signal}` : `it ended with code ${code}`;
  });
  return {
    failed: () => ended !== undefined,
    yielded: () => yielded,
    killed: () => killed,
    reason: () => logLine(folder) ?? ended ?? 'it did not come up in time',
    done: () => removeIf(note, content),
  };
}

function openLog(folder: string): number {
  const path = join(folder, 'broker.log');
  try {
    // Why the broker before this one ended is still to be read after the next has begun.
    if (existsSync(path) && statSync(path).size > 0) renameSync(path, join(folder, 'broker.1.log'));
    return openOwn(path, constants.O_TRUNC);
  } catch (error) {
    remove(join(folder, 'broker.starting'));
    throw unwritable(path, error);
  }
}

/** The last line of what the broker said. */
function logLine(folder: string): string | undefined {
  try {
    return readOwn(join(folder, 'broker.log'))?.toString().trim().split('\n').at(-1) || undefined;
  } catch {
    return undefined;
  }
}

/** The broker's program beside this one: built, or from the sources. */
function entry(): string {
  const built = fileURLToPath(new URL('./broker.js', import.meta.url));
  return existsSync(built) ? built : fileURLToPath(new URL('./broker-main.ts', import.meta.url));
}
