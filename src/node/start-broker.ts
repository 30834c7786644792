import { closeSync, constants, existsSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fault } from '../base/fault.ts';
import { shortage } from '../base/system-error.ts';
import { type Connection, isLeaving, meetBroker } from './connect.ts';
import { IN_BACKGROUND, recordedProgram } from './desktop.ts';
import { secureFolder } from './home.ts';
import { OWN, outranks } from './identity.ts';
import { breakAbandoned, claim, isAbandoned, remove, removeIf } from './lock.ts';
import { openOwn, readOwn } from './own-file.ts';
import { writtenBroker } from './pid-file.ts';
import type { Greeting } from './wire.ts';

/** Milliseconds a broker has to come up. */
const PATIENCE = 20_000;
/** Milliseconds the desktop app has, before a broker without it is started. */
const APP_PATIENCE = 8_000;
/**
 * Milliseconds it has where another must finish first what is under way: with the handshake that may hang at the
 * end of it, requests that wait meanwhile have their answers within 40 seconds.
 */
const LONG_PATIENCE = 30_000;

/** Milliseconds a broker has to make its socket anew, for which it looks every three seconds at least. */
const HIDDEN = 6_000;
/** The same for a process of which no more is known than that a broker had its number. */
const UNCERTAIN = 2_000;

/** Brokers ended by a signal while they come up, after which no more are started. */
const MOST_KILLED = 3;

/**
 * A collector that expects a small heap takes the bytes that pass through for a reason to collect all the
 * time. With this it waits for as much as passes in a large answer; memory is used only as it is needed.
 */
const HEAP = '--initial-old-space-size=128';

/** What of a shim's environment a broker needs; the rest, API keys of other servers among it, stays behind. */
const PASSED =
  /^(HOME|PATH|USER|LOGNAME|SHELL|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|XDG_\w+|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|DBUS_SESSION_BUS_ADDRESS|BROWSER|KEYBRIDGE_(HOME|VAULT|BROWSER|LAB_\w+)|SystemRoot|SystemDrive|windir|APPDATA|LOCALAPPDATA|USERPROFILE|HOMEDRIVE|HOMEPATH|COMSPEC|PATHEXT|ProgramData|ProgramFiles.*|NODE_V8_COVERAGE)$/i;

/**
 * Connects to the broker of a state folder, starting one when none runs or when an older one does, which
 * then hands over. Many may call this at once: one of them starts it, the others wait. An older one that
 * does not hand over is used as it is, if it can be. Throws `broker.unreachable` with the reason a broker
 * gave, `store.unwritable`, and what {@link meetBroker} and {@link Met.greet} throw.
 */
export async function reachBroker(folder: string, greeting: Greeting): Promise<Connection> {
  secureFolder(folder);
  const begun = Date.now();
  let started: ReturnType<typeof startBroker> | undefined;
  let startedAt = 0;
  let again = MOST_KILLED;
  /** The desktop app is the broker where it is installed, if it comes up. */
  let app = recordedProgram(folder);
  /** Since when a broker runs that cannot be reached. */
  let hiddenSince: number | undefined;
  /** The older broker stays. */
  let stays = false;
  try {
    for (let pause = 10; ; pause = Math.min(pause * 1.5, 100)) {
      const found = await find(folder, greeting, stays);
      if ('socket' in found) return found;
      const hidden = found.lost || found.older ? undefined : writtenBroker(folder);
      hiddenSince = hidden ? (hiddenSince ?? Date.now()) : undefined;
      const hiddenFor = Date.now() - (hiddenSince ?? Date.now());
      if (hidden?.certain && hiddenFor > HIDDEN) throw withoutSocket(hidden.pid);
      // A broker that has lost its socket makes it anew; another beside it would renew the same tokens.
      const isHidden = hidden !== undefined && (hidden.certain || hiddenFor < UNCERTAIN);
      // The one that was there first has gone again, or ours was ended from outside.
      if (started?.yielded() || (started?.killed() && again-- > 0)) {
        started.done();
        started = undefined;
      }
      const over = Date.now() - begun > (found.patient ? LONG_PATIENCE : PATIENCE);
      if (found.older && (over || started?.failed())) {
        stays = true;
        started?.done();
        started = undefined;
        continue;
      }
      if (started?.app && !found.lost && (started.failed() || Date.now() - startedAt > APP_PATIENCE)) {
        started.done();
        started = undefined;
      }
      // While one that is ending listens there, another would only find its place taken.
      if (!found.lost && !isHidden && !started && claimStart(folder)) {
        started = startBroker(folder, found.older, found.older ? undefined : app);
        startedAt = Date.now();
        app = undefined;
      }
      if (started?.failed()) throw unreachable(started.reason(), folder);
      if (over) throw found.lost ?? unreachable(started?.reason(), folder);
      await new Promise(resolve => setTimeout(resolve, pause));
    }
  } finally {
    started?.done();
  }
}

/** What there is instead of a connection. */
interface NotYet {
  /** One that is just ending hangs up in the middle of the handshake. */
  lost?: Fault;
  older: boolean;
  /** Whoever is there may have calls to finish. */
  patient: boolean;
}

async function find(folder: string, greeting: Greeting, stays: boolean): Promise<Connection | NotYet> {
  try {
    const met = await meetBroker(folder);
    if (!met) return { older: false, patient: false };
    if (stays || !outranks(OWN, met.broker)) return await met.greet(greeting);
    met.close();
    return { older: true, patient: true };
  } catch (error) {
    if (!(error instanceof Fault && error.code === 'broker.lost')) throw error;
    return { lost: error, older: false, patient: isLeaving(error) };
  }
}

function withoutSocket(pid: number): Fault {
  return new Fault(
    'broker.unreachable',
    `Keybridge's own process (${pid}) has lost its socket and does not make it anew.`,
    { remedy: 'Run `keybridge stop`, and try again.' },
  );
}

function unreachable(reason: string | undefined, folder: string): Fault {
  const said = logLine(folder) !== undefined;
  const why = reason === undefined ? '.' : `: ${/[.!?]$/.test(reason) ? reason : `${reason}.`}`;
  return new Fault('broker.unreachable', `Keybridge's own process could not be started${why}`, {
    remedy: said ? `What it said is in ${join(folder, 'broker.log')}.` : 'Try again.',
  });
}

/** The file that says which process is about to be the broker, so that nobody else starts one. */
function startNote(folder: string): string {
  return join(folder, 'broker.starting');
}

/** Whether a broker is being started just now. */
export function isStarting(folder: string): boolean {
  const path = startNote(folder);
  return existsSync(path) && !isAbandoned(path);
}

/** Keeps everybody from starting a broker, until what is returned is called or this process has ended. */
export function holdStart(folder: string): () => void {
  const note = startNote(folder);
  const content = String(process.pid);
  writeFileSync(note, content, { mode: 0o600 });
  return () => removeIf(note, content);
}

/** Whether it is on this process to start the broker. */
function claimStart(folder: string): boolean {
  const path = startNote(folder);
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
    remedy: shortage(code)?.remedy ?? 'Check the disk, or set KEYBRIDGE_HOME to a folder you can write.',
    cause: error,
  });
}

function startBroker(folder: string, besides: boolean, app: string | undefined) {
  const note = startNote(folder);
  const log = openLog(folder, besides);
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => PASSED.test(name)));
  // Most bridges find a broker and start none; they do without what it takes.
  const { spawn } = process.getBuiltinModule('node:child_process');
  const [program, ...argv] = app === undefined ? [process.execPath, HEAP, entry()] : [app, IN_BACKGROUND];
  const child = spawn(program, argv, {
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
    app: app !== undefined,
    failed: () => ended !== undefined,
    yielded: () => yielded,
    killed: () => killed,
    reason: () => logLine(folder) ?? ended ?? 'it did not come up in time',
    done: () => removeIf(note, content),
  };
}

/** One that starts beside another writes behind it: the other may stay. */
function openLog(folder: string, besides: boolean): number {
  const path = join(folder, 'broker.log');
  try {
    // Why the broker before this one ended is still to be read after the next has begun.
    if (!besides && existsSync(path) && statSync(path).size > 0)
      renameSync(path, join(folder, 'broker.1.log'));
    return openOwn(path, constants.O_APPEND);
  } catch (error) {
    remove(startNote(folder));
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
