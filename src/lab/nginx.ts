import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Fault } from '../base/fault.ts';
import { plain } from '../base/text.ts';

/** All that nginx writes goes into the folder it is started in; the system's own places for it are root's. */
const WHOLE = (server: string) => `daemon off;
master_process off;
pid nginx.pid;
error_log error.log notice;
events { worker_connections 512; }
http {
    access_log off;
    server_tokens off;
    client_body_temp_path client_body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
${server}
}
`;

/** What it says in its start is a few lines. */
const MAX_SAID = 8_000;
/** Milliseconds nginx may take to listen. */
const START = 5_000;
/** Milliseconds it may take to end before it is made to. */
const END = 2_000;

/**
 * Where nginx is installed, if it is: on PATH, or in the folders for administrators, which a user's PATH may lack.
 * That for Windows is not looked for: it is another program in all that matters here.
 */
export function findNginx(): string | undefined {
  if (process.platform === 'win32') return undefined;
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter).filter(isAbsolute),
    '/usr/sbin',
    '/usr/local/sbin',
    '/opt/homebrew/bin',
  ];
  return folders.map(folder => join(folder, 'nginx')).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** An nginx of our own, in the foreground. */
export interface Nginx {
  readonly pid: number;
  /** Ends it, and removes what it wrote. */
  close(): Promise<void>;
}

/**
 * Starts nginx with one server block, as the user we are, with a new folder for its files. Resolves when it
 * listens. It ends with this process at the latest, unless that is killed. Throws `net.failed` when it does not start.
 */
export async function startNginx(program: string, server: string): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'keybridge-nginx-'));
  writeFileSync(join(folder, 'nginx.conf'), WHOLE(server));
  const child = spawn(program, ['-p', folder, '-e', 'error.log', '-c', 'nginx.conf'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', piece => {
    said = `${said}${piece}`.slice(0, MAX_SAID);
  });
  const ended = once(child, 'close').catch(() => {});
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const atExit = () => {
    child.kill();
    remove();
  };
  process.once('exit', atExit);
  const close = async () => {
    await end(child, ended);
    process.off('exit', atExit);
    remove();
  };
  try {
    return { pid: await listening(child, folder), close };
  } catch (cause) {
    await close();
    const lines = said.split('\n').filter(line => line !== '');
    const line = lines.findLast(each => each.includes('[emerg]')) ?? lines[0] ?? 'it did not say why';
    const reason = plain(line.replace(/^nginx: (?:\[emerg\] )?/, ''), 200);
    throw new Fault('net.failed', `nginx did not start: ${reason}.`, {
      cause,
      remedy: 'Add --no-nginx for a small proxy of the lab that does the same.',
    });
  }
}

/** nginx writes its id once its sockets listen. Resolves to it. */
async function listening(child: ChildProcess, folder: string): Promise<number> {
  const until = Date.now() + START;
  while (Date.now() < until && child.exitCode === null && child.signalCode === null) {
    const pid = Number(read(join(folder, 'nginx.pid')));
    if (pid > 0 && pid === child.pid) return pid;
    await wait(10);
  }
  throw new Error('It does not listen.');
}

async function end(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.pid === undefined) return;
  // Does nothing where it has ended already; what it said may still be on its way.
  child.kill('SIGTERM');
  const late = new AbortController();
  const timer = wait(END, undefined, { signal: late.signal }).then(
    () => child.kill('SIGKILL'),
    () => {},
  );
  await ended;
  late.abort();
  await timer;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
