import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';

/** Where Linux says whose each connection is, also those a program makes with an IPv6 socket. proc(5). */
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];
/** The state of a connection that both sides hold. */
const ESTABLISHED = '01';

/**
 * Whether another user of this machine is at the far end of a connection over loopback. Only Linux says so; where it
 * is not known, or it is the system's own (as for a relay from Windows), nobody is taken for a stranger.
 */
export function isOtherUser(socket: Pick<Socket, 'localPort' | 'remotePort'>, read = readTable): boolean {
  const { localPort, remotePort } = socket;
  const own = process.getuid?.();
  if (process.platform !== 'linux' || own === undefined || !localPort || !remotePort) return false;
  const [here, there] = [hex(localPort), hex(remotePort)];
  for (const table of TABLES) {
    for (const line of read(table).split('\n')) {
      // The far end's own line: its address is the one that is remote to us.
      const [, local = '', remote = '', state, , , , uid] = line.trim().split(/\s+/);
      if (state !== ESTABLISHED || !local.endsWith(there) || !remote.endsWith(here)) continue;
      return Number(uid) !== own && Number(uid) !== 0;
    }
  }
  return false;
}

function hex(port: number): string {
  return `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
}

function readTable(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
