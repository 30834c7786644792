import { readFile } from 'node:fs/promises';
import { isIPv4, isIPv6, type Socket } from 'node:net';
import { endianness, release } from 'node:os';

/**
 * Whose program is at the far end of a connection over loopback: this user's (or the system's own, as a relay
 * is), another user's, or it cannot be known here.
 */
export type Peer = 'own' | 'other' | 'unknown';

/** The addresses of both ends of a connection, as this side has them. */
export type Ends = {
  [End in 'localAddress' | 'localPort' | 'remoteAddress' | 'remotePort']?: Socket[End] | undefined;
};

/** Where Linux says whose each connection is, also those a program makes with an IPv6 socket. proc(5). */
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];
/** Characters of a table beyond which it is not searched: some 200,000 connections. */
const LARGEST_TABLE = 32 * 1024 * 1024;
/** Times the tables are read for a row that is not there: it moves while others come and go. */
const READINGS = 2;
/** A connection both sides hold, and a port that is listened at. */
const ESTABLISHED = '01';
const LISTENING = '0A';

/** A table's text; `undefined` where this system has no such table, or does not show it. Throws what else is wrong. */
type ReadTable = (path: string) => Promise<string | undefined>;

/**
 * Whose the far end of a connection is. Both addresses and both ports must be those of exactly one row, in either
 * way of writing an IPv4 address. Only Linux can say it, and only where its tables show the port this side listens
 * at; from Windows into WSL connections come that stand in no table. Never throws: a table that cannot be read
 * makes everybody a stranger.
 */
export async function peerOf(of: Ends, read: ReadTable = readTable, isWsl = isInWsl()): Promise<Peer> {
  const own = process.getuid?.();
  if (process.platform !== 'linux' || own === undefined) return 'unknown';
  // A socket forgets its addresses when it is hung up on, of which nobody should be better off.
  const { localAddress, localPort, remoteAddress, remotePort } = of;
  const ends = { localAddress, localPort, remoteAddress, remotePort };
  if (Object.values(ends).some(end => end === undefined)) return 'other';
  try {
    for (let reading = 1; ; reading++) {
      const tables = await Promise.all(TABLES.map(read));
      if (tables.some(table => (table?.length ?? 0) > LARGEST_TABLE)) return 'other';
      const owners = tables.flatMap(table => ownersIn(table ?? '', ends));
      const [owner] = owners;
      if (owners.length === 1) return owner === own || owner === 0 ? 'own' : 'other';
      if (owners.length > 1) return 'other';
      if (!tables.some(table => isListening(table ?? '', ends))) return 'unknown';
      if (reading === READINGS) return isWsl ? 'unknown' : 'other';
    }
  } catch {
    return 'other';
  }
}

/** Whether this system says whose the connections to a port are that is listened at. */
export async function canTell(
  { address, port }: { address: string; port: number },
  read: ReadTable = readTable,
): Promise<boolean> {
  if (process.platform !== 'linux' || process.getuid === undefined) return false;
  try {
    const tables = await Promise.all(TABLES.map(read));
    return tables.some(table => isListening(table ?? '', { localAddress: address, localPort: port }));
  } catch {
    return false;
  }
}

/** The users of every row that is the far end's own, whose local address is the one that is remote to us. */
export function ownersIn(table: string, ends: Ends): number[] {
  const here = written(ends.localAddress, ends.localPort);
  const there = written(ends.remoteAddress, ends.remotePort);
  return here.flatMap((local, form) => {
    const far = there[form];
    return far === undefined ? [] : rows(table, `${far} ${local} ${ESTABLISHED}`);
  });
}

function isListening(table: string, ends: Pick<Ends, 'localAddress' | 'localPort'>): boolean {
  return written(ends.localAddress, ends.localPort).some(local => {
    const nowhere = '0'.repeat(local.indexOf(':'));
    return rows(table, `${local} ${nowhere}:0000 ${LISTENING}`).length > 0;
  });
}

/** What stands between the state and the user: queues, a timer, retransmissions; behind the user, a probe and the inode. */
const BEFORE_USER = /^ [\dA-F]{8}:[\dA-F]{8} [\dA-F]{2}:[\dA-F]{8} [\dA-F]{8} +(\d{1,10}) +\d+ \d+ /;

/** The users of the rows that have this in the place of addresses and state. */
function rows(table: string, wanted: string): number[] {
  const found: number[] = [];
  for (let at = table.indexOf(wanted); at >= 0; at = table.indexOf(wanted, at + 1)) {
    const begin = table.lastIndexOf('\n', at) + 1;
    const user = BEFORE_USER.exec(table.slice(at + wanted.length, at + wanted.length + 160))?.[1];
    if (user !== undefined && /^ *\d+: $/.test(table.slice(begin, at))) found.push(Number(user));
  }
  return found;
}

/**
 * An address and a port as the tables have them: words of 32 bits in the machine's own order. An IPv4 address
 * twice: as one, and as an IPv6 socket has it (RFC 4291 §2.5.5.2). None for what is no address.
 */
function written(address: string | undefined, port: number | undefined): string[] {
  const bytes = bytesOf(address ?? '');
  if (bytes === undefined || !port || port > 0xffff) return [];
  const end = `:${hex([port >> 8, port & 0xff])}`;
  const whole = words(bytes) + end;
  if (bytes.length === 16) return [whole];
  return [whole, words([...Array(10).fill(0), 0xff, 0xff, ...bytes]) + end];
}

function bytesOf(address: string): number[] | undefined {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (isIPv4(plain)) return plain.split('.').map(Number);
  if (!isIPv6(plain) || plain.includes('.') || plain.includes('%')) return undefined;
  const [before = '', after] = plain.split('::');
  const groups = (part: string) =>
    part === '' ? [] : part.split(':').map(group => Number.parseInt(group, 16));
  const [first, last] = [groups(before), groups(after ?? '')];
  const all = [...first, ...Array(8 - first.length - last.length).fill(0), ...last] as number[];
  return all.flatMap(group => [group >> 8, group & 0xff]);
}

function words(bytes: readonly number[]): string {
  const all = Array.from({ length: bytes.length / 4 }, (_, index) => bytes.slice(4 * index, 4 * index + 4));
  return all.map(word => hex(endianness() === 'LE' ? word.reverse() : word)).join('');
}

function hex(bytes: readonly number[]): string {
  return bytes.map(byte => byte.toString(16).toUpperCase().padStart(2, '0')).join('');
}

/** One reading at a time of each table, and one more for all who come while it is under way: strangers may ask often. */
const readings = new Map<string, { running: Promise<unknown>; next?: Promise<string | undefined> }>();

function readTable(path: string): Promise<string | undefined> {
  const known = readings.get(path);
  if (known) {
    known.next ??= known.running.then(() => begin());
    return known.next;
  }
  return begin();

  function begin(): Promise<string | undefined> {
    const reading = readNow(path);
    const entry: { running: Promise<unknown>; next?: Promise<string | undefined> } = {
      running: reading
        .catch(() => {})
        .then(() => {
          if (readings.get(path) === entry && !entry.next) readings.delete(path);
        }),
    };
    readings.set(path, entry);
    return reading;
  }
}

async function readNow(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'latin1');
  } catch (error) {
    // Any other error may be of a stranger's making, who has taken every file this process may open.
    if (/^(ENOENT|EACCES|EPERM|ENOTDIR)$/.test((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** Whether this Linux is one of Windows' own, whose browsers come from outside. */
function isInWsl(): boolean {
  return /microsoft/i.test(release());
}
