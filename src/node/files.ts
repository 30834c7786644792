import { randomBytes } from 'node:crypto';
import { lstatSync, realpathSync } from 'node:fs';
import { open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../base/fault.ts';
import { shortage } from '../base/system-error.ts';
import type { Files } from '../base/world.ts';
import { secureFolder } from './home.ts';
import { readOwn } from './own-file.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const TEMPORARY = /^\.[A-Za-z0-9._-]+\.[0-9a-f]{12}\.tmp$/;
/** A temporary file older than this many milliseconds was left by a process that died. */
const LEFT_OVER = 600_000;
/** Times a rename is tried on Windows, where a virus scanner may hold the file for a moment. */
const RENAMES = 10;

/**
 * The state folder as {@link Files}. The folder is made on first use and must be the user's alone
 * (`home.unsafe`); whatever the system refuses is a `store.unwritable`.
 */
export function folderFiles(folder: string): Files {
  const writing = new Map<string, Promise<void>>();
  let swept = false;
  return {
    async read(name) {
      check(name);
      const path = join(safeFolder(folder), name);
      try {
        const bytes = readOwn(path);
        return bytes && new Uint8Array(bytes);
      } catch (error) {
        throw unwritable(`${path} cannot be read`, error);
      }
    },
    replace(name, bytes) {
      // Checked and copied now: the caller may go on using its bytes while an earlier write is under way.
      const copy = bytes.slice();
      const before = writing.get(name) ?? Promise.resolve();
      const write = before.then(async () => {
        check(name);
        const safe = safeFolder(folder);
        if (!swept) {
          swept = true;
          await sweep(safe);
        }
        await replaceFile(safe, name, copy);
      });
      const settled = write.catch(() => {});
      writing.set(name, settled);
      void settled.then(() => {
        if (writing.get(name) === settled) writing.delete(name);
      });
      return write;
    },
  };
}

/** Files of which some cannot be replaced just now: `refusal` says why, for each by its name, right before. */
export function guardedFiles(files: Files, refusal: (name: string) => Fault | undefined): Files {
  return {
    ...files,
    read: name => files.read(name),
    async replace(name, bytes) {
      const fault = refusal(name);
      if (fault) throw fault;
      await files.replace(name, bytes);
    },
  };
}

/**
 * Writes a file so that at any moment either the old content or the new one is there, whole, even when
 * the machine loses power. Throws `store.unwritable`.
 */
export async function replaceFile(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  const path = join(folder, name);
  const temporary = join(folder, `.${name}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await renameOver(temporary, path);
    await syncFolder(folder);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw unwritable(`${path} cannot be written`, error);
  }
}

/** A system error as `store.unwritable`, with the remedy that fits it. */
export function unwritable(what: string, error: unknown): Fault {
  if (error instanceof Fault) return error;
  const code = codeOf(error);
  return new Fault('store.unwritable', `${what} (${code ?? 'unknown error'}).`, {
    remedy: remedyFor(code),
    cause: error,
    ...(code === undefined ? {} : { data: { errno: code } }),
  });
}

function remedyFor(code: string | undefined): string {
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'Free some space on that disk and try again.';
  if (code === 'EROFS') return 'Set KEYBRIDGE_HOME to a folder on a disk that can be written.';
  if (code === 'EACCES' || code === 'EPERM') return 'Check who owns the folder and its files, and its mode.';
  return shortage(code)?.remedy ?? 'Set KEYBRIDGE_HOME to a folder you can write.';
}

/** The folder to work in. A symbolic link of the user's own is followed; what it leads to is checked. */
function safeFolder(folder: string): string {
  let real = folder;
  try {
    const state = lstatSync(folder);
    if (state.isSymbolicLink() && (process.platform === 'win32' || state.uid === process.getuid?.())) {
      real = realpathSync(folder);
    }
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw unwritable(`The folder ${folder} cannot be used`, error);
  }
  secureFolder(real);
  return real;
}

async function renameOver(from: string, to: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await rename(from, to);
    } catch (error) {
      const held = process.platform === 'win32' && /^(EPERM|EACCES|EBUSY)$/.test(codeOf(error) ?? '');
      if (!held || tries === RENAMES) throw error;
      await new Promise(resolve => setTimeout(resolve, 20 * tries));
    }
  }
}

/** Without this the rename itself may be lost with the power. Windows has no such call. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes what processes that died in the middle of a write left behind. */
async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!TEMPORARY.test(name)) continue;
    const path = join(folder, name);
    const state = await stat(path).catch(() => undefined);
    if (state && Date.now() - state.mtimeMs > LEFT_OVER) await unlink(path).catch(() => {});
  }
}

function check(name: string): void {
  if (!NAME.test(name)) throw new Fault('internal', `${JSON.stringify(name)} is no name for a state file.`);
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}
