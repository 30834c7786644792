import { plain } from './text.ts';

/** What a system's error code says in words, behind a colon, and what its user can do. */
interface Meaning {
  words: string;
  remedy: string;
}

const FEWER =
  'Close hosts and programs that are not needed, or raise the limit of open files (`ulimit -n`), then try again.';
const ROOM = 'Free some space on that disk and try again.';
const OWNER = 'Check who owns it, its mode, and whether a security program keeps it shut.';
const NETWORK = 'Check this machine’s network connection, VPN and routes.';
const MEMORY = 'Close programs that are not needed, then try again.';

/** By POSIX names, which Node has on every system. errno(3). */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  EMFILE: { words: 'this process has as many files and connections open as it may', remedy: FEWER },
  ENFILE: { words: 'this machine has as many files and connections open as it can', remedy: FEWER },
  ENOMEM: { words: 'this machine is out of memory', remedy: MEMORY },
  ENOBUFS: { words: 'this machine is out of memory for connections', remedy: MEMORY },
  EAGAIN: { words: 'this machine has no room for it just now', remedy: MEMORY },
  ENOSPC: { words: 'the disk is full', remedy: ROOM },
  EDQUOT: { words: 'your share of the disk is used up', remedy: ROOM },
  EFBIG: { words: 'the file would be larger than it may be', remedy: ROOM },
  EROFS: { words: 'the disk can only be read', remedy: 'Use a folder on a disk that can be written.' },
  EACCES: { words: 'it is not allowed', remedy: OWNER },
  EPERM: { words: 'it is not allowed', remedy: OWNER },
  EIO: { words: 'the disk does not work as it should', remedy: 'Check that disk, then try again.' },
  ESTALE: { words: 'the network’s disk is gone', remedy: 'Check that disk, then try again.' },
  ENODEV: { words: 'there is no such device', remedy: 'Check that disk, then try again.' },
  ENOENT: { words: 'it is not there', remedy: 'Check its name, and that it is installed.' },
  ENOTDIR: { words: 'a part of its path is no folder', remedy: 'Check its name.' },
  EISDIR: { words: 'it is a folder', remedy: 'Move it out of the way, then try again.' },
  EEXIST: { words: 'it is there already', remedy: 'Move it out of the way, then try again.' },
  ENOTEMPTY: { words: 'the folder is not empty', remedy: 'Move it out of the way, then try again.' },
  ELOOP: { words: 'its path leads through too many links', remedy: 'Remove those links.' },
  ENAMETOOLONG: { words: 'its name is too long', remedy: 'Use a shorter path.' },
  EBUSY: { words: 'another program uses it', remedy: 'End that program, then try again.' },
  ETXTBSY: { words: 'another program uses it', remedy: 'End that program, then try again.' },
  EADDRINUSE: { words: 'another program has that address', remedy: 'End that program, or use another port.' },
  EADDRNOTAVAIL: { words: 'this machine has no such address', remedy: NETWORK },
  ENETDOWN: { words: 'the network is down', remedy: NETWORK },
  ENETUNREACH: { words: 'there is no way there', remedy: NETWORK },
  EHOSTUNREACH: { words: 'there is no way there', remedy: NETWORK },
  ECONNREFUSED: { words: 'nobody listens there', remedy: 'Check that the program there runs.' },
  ECONNRESET: { words: 'the other side broke it off', remedy: 'Try again.' },
  ECONNABORTED: { words: 'it was broken off', remedy: 'Try again.' },
  EPIPE: { words: 'the other side reads no more', remedy: 'Try again.' },
  ETIMEDOUT: { words: 'there was no answer in time', remedy: NETWORK },
};

/** What was tried, by the name of the system's call. */
const TRIED: Readonly<Record<string, string>> = {
  listen: 'listened at',
  bind: 'listened at',
  connect: 'connected to',
  spawn: 'started',
  open: 'opened',
  read: 'read',
  scandir: 'read',
  write: 'written',
  fsync: 'written',
  mkdir: 'made',
  unlink: 'removed',
  rmdir: 'removed',
  rename: 'renamed',
  link: 'made',
  chmod: 'changed',
};

/** Codes for what this machine lacks, whatever was asked for. */
const SHORT = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'ENOSPC', 'EDQUOT', 'EIO']);

/** What the system said in a sentence and what its user can do; `undefined` for what is not the system's error. */
export function systemError(thrown: unknown): { code: string; message: string; remedy: string } | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const { code, errno, syscall, path, address, port, hostname } = thrown as Error & Record<string, unknown>;
  const isSystems = typeof errno === 'number' || typeof syscall === 'string';
  if (typeof code !== 'string' || !isSystems || !/^(?!ERR_)(?:E[A-Z\d_]{1,30}|UNKNOWN)$/.test(code))
    return undefined;
  const { words, remedy } = meaningOf(code);
  const call = typeof syscall === 'string' ? syscall.split(' ')[0] : '';
  const tried = TRIED[call ?? ''] ?? 'used';
  const host = typeof address === 'string' ? at(address, port) : hostname;
  const place = [path, host].find(each => typeof each === 'string') as string | undefined;
  const what = place === undefined ? 'Something Keybridge needs' : plain(place);
  return { code, message: `${what} cannot be ${tried}: ${words} (${code}).`, remedy };
}

/** What this machine lacks, if that is why something failed, and not what it failed at. */
export function shortage(code: string | undefined): Meaning | undefined {
  return code !== undefined && SHORT.has(code) ? MEANINGS[code] : undefined;
}

function meaningOf(code: string): Meaning {
  if (code === 'ENOTFOUND' || code.startsWith('EAI_'))
    return { words: 'its name cannot be resolved', remedy: `Check its spelling. ${NETWORK}` };
  const known = Object.hasOwn(MEANINGS, code) ? MEANINGS[code] : undefined;
  return (
    known ?? { words: 'the system refused it', remedy: 'Try again; if it stays so, restart this machine.' }
  );
}

function at(address: string, port: unknown): string {
  if (typeof port !== 'number' || port <= 0) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
