import { type BigIntStats, type FSWatcher, lstatSync, readFileSync, statSync, watch } from 'node:fs';
import { dirname, join } from 'node:path';
import { isWrittenHere, writtenBroker } from './pid-file.ts';

/**
 * Whether a broker's place is its own: `bare` where its socket, or what leads to it, is gone or another's, and
 * nobody else has taken it; `taken` where another broker has; `gone` where the folder is.
 */
export type Holding = 'ours' | 'bare' | 'taken' | 'gone';

/** Milliseconds between two looks where the system announces nothing, and from an announcement to the look. */
const LOOK = 3_000;
const SOON = 20;
/** Milliseconds for which a place must have been bare: whoever removes the folder is not to be raced. */
const BARE = 100;

/** Where a broker listens, and the signs that it is still its own. Looked at in some 50 µs. */
export class Place {
  readonly #folder: string;
  readonly #path: string;
  readonly #marks: { folder: string | undefined; socket: string | undefined };

  /** To be made when the socket listens and the process is written down. */
  constructor(folder: string, path: string) {
    this.#folder = folder;
    this.#path = path;
    this.#marks = { folder: markOf(statOf(folder)), socket: this.#socketMark() };
  }

  look(): Holding {
    const folder = statOf(this.#folder);
    if (folder === 'missing' || !isSame(this.#marks.folder, markOf(folder))) return 'gone';
    if (!isWrittenHere(this.#folder)) {
      const other = writtenBroker(this.#folder);
      return other?.certain ? 'taken' : 'bare';
    }
    return this.isSocketOurs() && this.#isAnnounced() ? 'ours' : 'bare';
  }

  /** Whether what lies at the socket's path is what was put there. Always so on Windows, where it is no file. */
  isSocketOurs(): boolean {
    return isSame(this.#marks.socket, this.#socketMark());
  }

  #socketMark(): string | undefined {
    if (process.platform === 'win32') return 'pipe';
    try {
      const state = lstatSync(this.#path, { bigint: true });
      return state.isSocket() ? `${state.dev} ${state.ino}` : 'other';
    } catch (error) {
      return isMissing(error) ? 'missing' : undefined;
    }
  }

  /** Whether the folder says where the socket is, where that is not in the folder. */
  #isAnnounced(): boolean {
    if (dirname(this.#path) === this.#folder) return true;
    try {
      return readFileSync(join(this.#folder, 'broker.path'), 'utf8').trim() === this.#path;
    } catch (error) {
      return !isMissing(error);
    }
  }

  /**
   * Looks whenever something changes there, and every three seconds, and says what it finds if that is not that all
   * is well; until what is returned is called. Keeps no process going.
   */
  watch(found: (holding: Exclude<Holding, 'ours'>) => void): () => void {
    let soon: NodeJS.Timeout | undefined;
    let bareSince: number | undefined;
    const look = () => {
      soon = undefined;
      const holding = this.look();
      if (holding !== 'bare') bareSince = undefined;
      if (holding === 'ours') return;
      if (holding !== 'bare') return found(holding);
      bareSince ??= performance.now();
      const left = BARE - (performance.now() - bareSince);
      if (left > 0) later(left);
      else found(holding);
    };
    const later = (after: number) => {
      soon ??= setTimeout(look, after).unref();
    };
    const timer = setInterval(() => later(0), LOOK).unref();
    const folders = new Set([this.#folder, ...(process.platform === 'win32' ? [] : [dirname(this.#path)])]);
    const watchers = [...folders].flatMap(folder => watchFolder(folder, () => later(SOON)));
    return () => {
      clearInterval(timer);
      clearTimeout(soon);
      for (const watcher of watchers) watcher.close();
    };
  }
}

/** Where the system has no watch to give, the timer has to do. */
function watchFolder(folder: string, changed: () => void): FSWatcher[] {
  try {
    const watcher = watch(folder, { persistent: false }, changed);
    watcher.on('error', () => watcher.close());
    return [watcher];
  } catch {
    return [];
  }
}

/** `undefined`: it cannot be told just now, which says nothing. */
function statOf(path: string): BigIntStats | 'missing' | undefined {
  try {
    return statSync(path, { bigint: true });
  } catch (error) {
    return isMissing(error) ? 'missing' : undefined;
  }
}

/** Numbers of files are used again, so the time of the making counts too, where the system has one of its own. */
function markOf(state: BigIntStats | 'missing' | undefined): string | undefined {
  if (state === undefined || state === 'missing') return undefined;
  return `${state.dev} ${state.ino} ${state.birthtimeNs === state.ctimeNs ? '' : state.birthtimeNs}`;
}

function isSame(before: string | undefined, now: string | undefined): boolean {
  return before === undefined || now === undefined || before === now;
}

function isMissing(error: unknown): boolean {
  return /^(ENOENT|ENOTDIR)$/.test((error as NodeJS.ErrnoException).code ?? '');
}
