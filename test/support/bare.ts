import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { KEYBRIDGE } from './keybridge.ts';

/** Where a system keeps the session of the user who runs the tests. */
export const RUNTIME = `/run/user/${process.getuid?.()}`;

/** What a host passes on, and no more. */
const BARE = 'exec env -i HOME="$HOME" PATH="$PATH" USER="$USER" "$@"';

/**
 * Gives a command a /run of its own, without a trace of this machine's session. The first word is the
 * folder to stand in the place of {@link RUNTIME}, or empty for none.
 */
const PRIVATE = `set -e
mount -t tmpfs none /run
if [ -d /tmp/.X11-unix ]; then mount -t tmpfs none /tmp/.X11-unix; fi
if [ -n "$0" ]; then mkdir -p '${RUNTIME}'; mount --bind "$0" '${RUNTIME}'; fi
${BARE}`;

const isRoot = process.getuid?.() === 0;
/** Mounts that only one process and its children see; others than root need a user namespace for that. */
const UNSHARE = ['unshare', ...(isRoot ? [] : ['--user', '--map-current-user', '--keep-caps']), '--mount'];

const isLinux = process.platform === 'linux';
const canUnshare =
  isLinux && spawnSync('unshare', [...UNSHARE.slice(1), 'sh', '-c', PRIVATE, '', 'true']).status === 0;
/** A container without a session of anybody's has nothing to be protected from, and often no right to mount. */
const canStandIn = isLinux && isRoot && !existsSync(RUNTIME) && !existsSync('/tmp/.X11-unix');

/** Whether a process can be started as on a machine with no session, or with one that is the test's own. */
export const CAN_BE_BARE = canUnshare || canStandIn;

/** Lets a folder stand in the place of {@link RUNTIME} until what is given back is called. */
export function standIn(folder: string): () => void {
  if (canUnshare) return () => {};
  mkdirSync(dirname(RUNTIME), { recursive: true });
  symlinkSync(folder, RUNTIME);
  return () => unlinkSync(RUNTIME);
}

/**
 * Starts Keybridge with HOME, PATH and USER alone. `runtime` is what it finds in the place of
 * {@link RUNTIME}, once it stands in for it.
 */
export function startBare(args: readonly string[], env: Record<string, string>, runtime = ''): ChildProcess {
  const shell = canUnshare ? [...UNSHARE, 'sh', '-c', PRIVATE] : ['sh', '-c', BARE];
  const [program = '', ...words] = [...shell, runtime, process.execPath, KEYBRIDGE, ...args];
  return spawn(program, words, { env, stdio: 'pipe' });
}
