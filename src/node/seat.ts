import { randomBytes } from 'node:crypto';
import { chmodSync, readdirSync, renameSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { Fault } from '../base/fault.ts';
import { open as connectTo } from './connect.ts';
import { announce, socketPath } from './home.ts';
import { lock, remove } from './lock.ts';
import { removePid, writePid, writtenBroker } from './pid-file.ts';
import { type Holding, Place } from './place.ts';

/** Bytes that are read ahead of a program on the socket. */
const AHEAD = 1024 * 1024;
/** A socket that was made and has not come to its place. */
const UNPLACED = /^s\.[0-9a-f]{8}$/;
/** Milliseconds until a place that could not be made anew is looked at again. */
const PAUSE = 3_000;

/** What {@link Seat} tells its owner. */
export interface SeatOwner {
  connected(socket: Socket): void;
  /** Another broker has the place, or its folder is gone. Said once; the place is left already. */
  lost(why: 'taken' | 'gone'): void;
}

/**
 * The place where a state folder's one broker listens. While it is had, a socket that goes away is made anew, and
 * another broker or a folder that is gone is noticed.
 */
export class Seat {
  readonly #folder: string;
  readonly #lock: string;
  readonly #owner: SeatOwner;
  #had: { server: Server; place: Place; path: string } | undefined;
  #unwatch = () => {};
  /** Left on purpose, which a repair that is under way must not undo. */
  #left = false;

  constructor(folder: string, owner: SeatOwner) {
    this.#folder = folder;
    this.#lock = join(folder, 'broker.lock');
    this.#owner = owner;
  }

  /** Whose the place is just now; `undefined` while it is not had. */
  look(): Holding | undefined {
    return this.#had?.place.look();
  }

  /**
   * Takes the place, under a lock, after `vacate`. False when another broker listens there, or runs though its
   * socket is gone. Only a socket nobody listens on is taken away. Throws `home.unsafe` and what the system says.
   */
  async take(vacate: () => Promise<void>): Promise<boolean> {
    const unlock = await lock(this.#lock);
    this.#left = false;
    try {
      await vacate();
      const known = socketPath(this.#folder, true);
      if (known !== undefined && (await isTaken(known))) return false;
      const other = writtenBroker(this.#folder);
      if (other?.certain && other.pid !== process.pid) return false;
      this.#settle(await listenAt(socketPath(this.#folder, false) ?? '', this.#owner));
      return true;
    } finally {
      unlock();
    }
  }

  /** Leaves the place free for another, and touches nothing there that is not its own. */
  leave(): void {
    this.#left = true;
    const had = this.#had;
    if (!had) return;
    this.#had = undefined;
    this.#unwatch();
    attempt(() => removePid(this.#folder));
    if (process.platform !== 'win32' && had.place.isSocketOurs()) attempt(() => remove(had.path));
    had.server.close();
  }

  #settle({ server, path }: Listening): void {
    attempt(() => writePid(this.#folder));
    this.#had = { server, path, place: new Place(this.#folder, path) };
    this.#watch();
  }

  #watch(): void {
    this.#unwatch();
    this.#unwatch =
      this.#had?.place.watch(holding => {
        this.#unwatch();
        if (holding === 'bare') void this.#repair();
        else this.#lose(holding);
      }) ?? (() => {});
  }

  /** Makes anew what went away. */
  async #repair(): Promise<void> {
    const had = this.#had;
    try {
      const unlock = await lock(this.#lock);
      try {
        // Left, or all is well again, while the lock was waited for.
        if (!had || this.#had !== had || had.place.look() !== 'bare') return;
        const known = socketPath(this.#folder, true);
        if (had.place.isSocketOurs()) {
          if (known !== had.path) announce(this.#folder, had.path);
          writePid(this.#folder);
          return;
        }
        const isLost = known !== undefined && (await isTaken(known));
        if (this.#had !== had) return;
        if (isLost) return this.#lose('taken');
        const anew = await listenAt(socketPath(this.#folder, false) ?? '', this.#owner);
        had.server.close();
        this.#settle(anew);
        // Left meanwhile: what has just been made goes too.
        if (this.#left) this.leave();
      } finally {
        unlock();
      }
    } catch {
      // The folder may be full, or may be going just now: in a while again.
      await new Promise(resolve => setTimeout(resolve, PAUSE).unref());
    } finally {
      if (this.#had) this.#watch();
    }
  }

  #lose(why: 'taken' | 'gone'): void {
    this.leave();
    this.#owner.lost(why);
  }
}

interface Listening {
  server: Server;
  path: string;
}

/** Listens at a path, in place of whatever lies there. Throws `home.unsafe` and what the system says. */
async function listenAt(path: string, owner: Pick<SeatOwner, 'connected'>): Promise<Listening> {
  const server = createServer({ highWaterMark: AHEAD }, socket => owner.connected(socket));
  if (process.platform === 'win32') await listen(server, path);
  else await listenBeside(server, path);
  return { server, path };
}

/**
 * A server takes away whatever lies at the path it was given when it ends, also another's. So it is given a path of
 * its own, and the socket is moved to its place.
 */
async function listenBeside(server: Server, path: string): Promise<void> {
  clear(path);
  const folder = dirname(path);
  for (const name of readdirSync(folder)) if (UNPLACED.test(name)) attempt(() => remove(join(folder, name)));
  const beside = join(folder, `s.${randomBytes(4).toString('hex')}`);
  await listen(server, beside);
  try {
    chmodSync(beside, 0o600);
    renameSync(beside, path);
  } catch (error) {
    server.close();
    throw error;
  }
}

/** Takes away what a broker that is gone has left. Throws `home.unsafe` for what is no socket and no file. */
function clear(path: string): void {
  try {
    remove(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Fault('home.unsafe', `${path} cannot be taken away (${code}).`, {
      remedy: 'Remove it yourself, and try again.',
      cause: error,
    });
  }
}

async function isTaken(path: string): Promise<boolean> {
  try {
    const other = await connectTo(path);
    other?.destroy();
    return other !== undefined;
  } catch (error) {
    if (error instanceof Fault && error.code === 'broker.lost') return true;
    throw error;
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** For what is only of help to somebody later; a full disk must not cost the bridges. */
function attempt(work: () => void): void {
  try {
    work();
  } catch {
    // Left as it is.
  }
}
