import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isObject, type JsonObject, parseJson } from '../base/json.ts';
import { plain } from '../base/text.ts';
import type { MachineLook } from '../checks/examination.ts';
import { derivedPort } from './derived-port.ts';

export interface MachinePlaces {
  /** The kernel's view of processes; only Linux has it. */
  proc: string;
  /** Where mcp-remote keeps what it has. */
  mcpAuth: string;
  env: Readonly<Record<string, string | undefined>>;
}

const HERE: MachinePlaces = {
  proc: '/proc',
  mcpAuth: process.env.MCP_REMOTE_CONFIG_DIR ?? join(homedir(), '.mcp-auth'),
  env: process.env,
};
/** Larger files are none of mcp-remote's. */
const LARGEST = 256 * 1024;

/**
 * Looks for other bridges to the target on this machine: mcp-remote's processes, locks, registrations and its
 * callback port. Takes nothing from them but ids and numbers. Throws nothing.
 */
export function lookAtMachine(target: URL, places: MachinePlaces = HERE): MachineLook {
  const spellings = [target.href, target.href.replace(/\/$/, '')];
  const bridges = processes(places.proc).filter(({ words }) => words.some(each => isTarget(each, target)));
  const { locks, registered } = leftBehind(places, spellings);
  const port = locks[0]?.port ?? derivedPort({ server: spellings.at(-1) ?? '', headers: [] });
  const listening = listenersOn(port, places.proc);
  const away = awayBecause(places);
  return {
    bridges: bridges.map(({ pid, words }) => {
      const clientId = clientIdIn(words);
      return { pid, ...(clientId === undefined ? {} : { clientId }) };
    }),
    locks,
    ...(registered ? { registered } : {}),
    ...(listening ? { listening } : {}),
    ...(away ? { away } : {}),
  };
}

function isTarget(word: string, target: URL): boolean {
  const url = /^https?:/.test(word) ? URL.parse(word) : null;
  return url !== null && url.href.replace(/\/$/, '') === target.href.replace(/\/$/, '');
}

/** The processes of mcp-remote, without the npx that started them. */
function processes(proc: string): { pid: number; words: string[] }[] {
  return list(proc)
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => {
      const words = text(join(proc, name, 'cmdline')).split('\0');
      const script = words.findIndex(each =>
        /(?:^|[/\\])mcp-remote(?:[/\\]dist[/\\][\w.-]+\.js)?$/.test(each),
      );
      const isNode = /(?:^|[/\\])(?:node|bun|deno)(?:\.exe)?$/.test(words[0] ?? '');
      return script > 0 && isNode ? [{ pid: Number(name), words }] : [];
    });
}

/** The id alone: beside it stands a secret. */
function clientIdIn(words: readonly string[]): string | undefined {
  const at = words.indexOf('--static-oauth-client-info');
  const value = at < 0 ? '' : (words[at + 1] ?? '');
  const info = parseJson(value.startsWith('@') ? text(value.slice(1)) : value);
  const id = isObject(info) ? info.client_id : undefined;
  return typeof id === 'string' ? plain(id, 300) : undefined;
}

function leftBehind({ mcpAuth, proc }: MachinePlaces, spellings: readonly string[]) {
  const hashes = spellings.map(each => createHash('md5').update(each).digest('hex'));
  const locks: { file: string; pid: number; port: number; isAlive: boolean }[] = [];
  let registered: MachineLook['registered'];
  for (const version of list(mcpAuth)) {
    for (const hash of new Set(hashes)) {
      const folder = join(mcpAuth, version);
      const { pid, port } = objectIn(join(folder, `${hash}_lock.json`));
      if (typeof pid === 'number' && typeof port === 'number') {
        const file = `${version}/${hash}_lock.json`;
        locks.push({ file, pid, port, isAlive: isAlive(pid, proc) });
      }
      const { client_id: id } = objectIn(join(folder, `${hash}_client_info.json`));
      if (typeof id === 'string')
        registered = { file: `${version}/${hash}_client_info.json`, clientId: plain(id, 300) };
    }
  }
  return { locks, registered };
}

function isAlive(pid: number, proc: string): boolean {
  if (existsSync(join(proc, 'self'))) return existsSync(join(proc, String(pid)));
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Who listens on a port, and at the addresses of which family. Rows of the kernel's tables of sockets. */
function listenersOn(port: number, proc: string): MachineLook['listening'] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const rows = (table: string) =>
    text(join(proc, 'net', table))
      .split('\n')
      .map(row => row.trim().split(/\s+/))
      .filter(row => row[1]?.endsWith(`:${hex}`) && row[3] === '0A');
  const [four, six] = [rows('tcp'), rows('tcp6')];
  const inode = four[0]?.[9] ?? six[0]?.[9];
  if (inode === undefined) return undefined;
  // A socket for all addresses of IPv6 takes those of IPv4 as well, unless told otherwise.
  const all = six.some(row => /^0{32}:/.test(row[1] ?? ''));
  const holder = holderOf(inode, proc);
  return { port, v4: four.length > 0 || all, v6: six.length > 0, ...(holder ? { holder } : {}) };
}

function holderOf(inode: string, proc: string): string | undefined {
  for (const pid of list(proc).filter(name => /^\d+$/.test(name))) {
    const folder = join(proc, pid, 'fd');
    const has = list(folder).some(fd => link(join(folder, fd)) === `socket:[${inode}]`);
    if (has) return `${plain(text(join(proc, pid, 'comm')).trim(), 40)} (process ${pid})`;
  }
  return undefined;
}

function awayBecause({ env, proc }: MachinePlaces): MachineLook['away'] {
  if (env.SSH_CONNECTION || env.SSH_TTY) return 'ssh';
  if (env.WSL_DISTRO_NAME) return 'wsl';
  const isContainer =
    existsSync('/.dockerenv') || /docker|kubepods|containerd/.test(text(join(proc, '1', 'cgroup')));
  return isContainer && !env.DISPLAY && !env.WAYLAND_DISPLAY ? 'container' : undefined;
}

function objectIn(path: string): JsonObject {
  const value = parseJson(text(path));
  return isObject(value) ? value : {};
}

/** What cannot be read is not there: other users' processes, systems without the table. */
function text(path: string): string {
  try {
    return readFileSync(path, 'utf8').slice(0, LARGEST);
  } catch {
    return '';
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function link(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
