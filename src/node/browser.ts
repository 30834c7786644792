import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { Fault } from '../base/fault.ts';
import { plain } from '../base/text.ts';
import { browserCommands } from './browser-command.ts';
import { joinSession } from './session-environment.ts';

/** Milliseconds after which a program that has not failed counts as started. */
const SETTLED = 1_500;

/** A program that opens an address, and what it reads of it in place of an argument. */
interface Opener {
  command: string;
  args: readonly string[];
  input?: string;
}

/** What stands in BROWSER where no browser is wanted; the first is a program that fails, the second is none. */
const NONE = ['false', 'none'];

/**
 * Opens a URL in the user's browser: with what the user named in KEYBRIDGE_BROWSER or BROWSER, and where none of
 * that can be started, which `say` is told, with the system's opener. No shell is involved, and only http and
 * https are opened, whatever a server put into its metadata. Throws `sign-in.browser`.
 */
export async function openInBrowser(
  url: URL,
  named?: string,
  say: (text: string) => void = () => {},
): Promise<void> {
  checkWebAddress(url);
  await openNamed(url, named, say);
}

/** As {@link openInBrowser}, of an address that nobody gave us: a page of our own on disk too. */
export async function openOwn(url: URL, named?: string): Promise<void> {
  await openNamed(url, named, () => {});
}

/**
 * Opens a web address in such a way that it stands in no argument list, which other users can read. False where
 * this system has no such way, or it failed.
 */
export async function openUnseen(url: URL, named?: string, platform = process.platform): Promise<boolean> {
  checkWebAddress(url);
  const unseen = named ? [] : openers(platform, url).filter(({ input }) => input !== undefined);
  return openWith(unseen, process.env).then(
    () => true,
    () => false,
  );
}

async function openNamed(url: URL, named: string | undefined, say: (text: string) => void): Promise<void> {
  if (named !== undefined && NONE.includes(named.trim())) throw noBrowser(undefined);
  const own = named ? browserCommands(named, url, process.platform, isFile) : [];
  for (const [command = '', ...args] of own) {
    try {
      await openWith([{ command, args }], process.env);
      return;
    } catch (error) {
      const { cause } = error as Fault;
      say(`${plain(command, 200)} did not open the browser (${plain(reasonOf(cause), 100)}).`);
    }
  }
  // Some of the system's openers would try the same again.
  const env = named ? { ...process.env, BROWSER: undefined } : process.env;
  await openWith(openers(process.platform, url), env);
}

async function openWith(candidates: readonly Opener[], env: NodeJS.ProcessEnv): Promise<void> {
  // The user may have sat down at a desktop only after this process was started.
  joinSession();
  let cause: unknown;
  for (const candidate of candidates) {
    try {
      await start(candidate, env);
      return;
    } catch (error) {
      cause ??= error;
    }
  }
  throw noBrowser(cause);
}

function noBrowser(cause: unknown): Fault {
  return new Fault('sign-in.browser', 'No browser could be started on this machine.', {
    remedy: 'Open the sign-in link yourself, or set KEYBRIDGE_BROWSER to the program to use.',
    cause,
  });
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = (error ?? {}) as NodeJS.ErrnoException;
  return code ?? message ?? 'it could not be started';
}

/** Throws `sign-in.browser` for what the system would open with something else than a browser. */
export function checkWebAddress(url: URL): void {
  if (url.protocol === 'https:' || url.protocol === 'http:') return;
  throw new Fault('sign-in.browser', `The sign-in link is not a web address (${url.protocol}).`, {
    remedy: 'It was not opened. Tell the operator of the server.',
  });
}

/**
 * What opens an address, best first. `rundll32` takes the URL as it is; `start` would need a shell. On macOS, where
 * every user may read all argument lists, it goes to the browser as an event.
 */
export function openers(platform: string, { href }: URL): Opener[] {
  if (platform === 'darwin') {
    const input = `open location "${href.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"\n`;
    return [
      { command: '/usr/bin/osascript', args: ['-'], input },
      { command: '/usr/bin/open', args: [href] },
    ];
  }
  if (platform === 'win32') return [{ command: 'rundll32.exe', args: ['url.dll,FileProtocolHandler', href] }];
  if (!process.env.DISPLAY && !process.env.WAYLAND_DISPLAY && !process.env.WSL_DISTRO_NAME) return [];
  return [
    { command: 'xdg-open', args: [href] },
    { command: 'gio', args: ['open', href] },
    { command: 'x-www-browser', args: [href] },
    { command: 'sensible-browser', args: [href] },
    { command: 'wslview', args: [href] },
  ];
}

/** Starts a program and lets it go; rejects when it cannot be started or fails at once. */
function start({ command, args, input }: Opener, env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const stdio = input === undefined ? 'ignore' : (['pipe', 'ignore', 'ignore'] as const);
    const child = spawn(command, args, {
      stdio: typeof stdio === 'string' ? stdio : [...stdio],
      detached: true,
      shell: false,
      windowsHide: true,
      env,
    });
    child.stdin?.on('error', () => {}).end(input);
    const timer = setTimeout(resolve, SETTLED);
    child.once('error', error => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('exit', code => {
      clearTimeout(timer);
      if (code === 0) resolve();
      else reject(new Error(code === null ? 'it was ended by a signal' : `it ended with code ${code}`));
    });
    child.unref();
  });
}
