import { lstatSync } from 'node:fs';

/** What of a desktop session's environment could be found again. */
export type SessionEnvironment = Partial<
  Record<
    'XDG_RUNTIME_DIR' | 'DBUS_SESSION_BUS_ADDRESS' | 'WAYLAND_DISPLAY' | 'DISPLAY' | 'XAUTHORITY',
    string
  >
>;

/**
 * The variables of the user's desktop session that a bare environment lacks: an MCP host passes on little
 * more than HOME, PATH and USER, and without them neither the keychain nor a browser is found. Only what
 * is unset and really there is given back. `exists` must not answer for what belongs to another user
 * ({@link ownedBy}): on a shared machine somebody else's display is not ours to use.
 */
export function sessionEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  uid: number,
  exists: (path: string) => boolean,
): SessionEnvironment {
  const found: SessionEnvironment = {};
  const standard = `/run/user/${uid}`;
  if (!env.XDG_RUNTIME_DIR && exists(standard)) found.XDG_RUNTIME_DIR = standard;
  const runtime = env.XDG_RUNTIME_DIR || found.XDG_RUNTIME_DIR;
  if (runtime) {
    if (!env.DBUS_SESSION_BUS_ADDRESS && exists(`${runtime}/bus`)) {
      found.DBUS_SESSION_BUS_ADDRESS = `unix:path=${runtime}/bus`;
    }
    const wayland = first(number => `wayland-${number}`);
    const socket = wayland.find(name => exists(`${runtime}/${name}`));
    if (!env.WAYLAND_DISPLAY && socket) found.WAYLAND_DISPLAY = socket;
  }
  const display = first(number => `${number}`).find(number => exists(`/tmp/.X11-unix/X${number}`));
  if (!env.DISPLAY && display) {
    found.DISPLAY = `:${display}`;
    const authority = `${runtime}/gdm/Xauthority`;
    if (runtime && !env.XAUTHORITY && exists(authority)) found.XAUTHORITY = authority;
  }
  return found;
}

/** Whether a path is there and belongs to this user or to root, who runs some X servers. */
export function ownedBy(uid: number): (path: string) => boolean {
  return path => {
    try {
      const owner = lstatSync(path).uid;
      return owner === uid || owner === 0;
    } catch {
      return false;
    }
  };
}

/** Completes this process's own environment on Linux; native libraries read it too. */
export function joinSession(): void {
  const uid = process.getuid?.();
  if (process.platform !== 'linux' || uid === undefined) return;
  Object.assign(process.env, sessionEnvironment(process.env, uid, ownedBy(uid)));
}

function first(name: (number: number) => string): string[] {
  return [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(name);
}
