import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { Fault } from '../base/fault.ts';
import { plain } from '../base/text.ts';
import { browserCommands } from './browser-command.ts';
import { joinSession } from './session-environment.ts';

/** Milliseconds after which a program that has not failed counts as started. */
const SETTLED = 1_500;

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
  // The user may have sat down at a desktop only after this process was started.
  joinSession();
  if (named !== undefined && NONE.includes(named.trim())) throw noBrowser(undefined);
  const own = named ? browserCommands(named, url, process.platform, isFile) : [];
  let cause: unknown;
  for (const [program = '', ...args] of own) {
    try {
      await start(program, args, process.env);
      return;
    } catch (error) {
      cause = error;
      say(`${plain(program, 200)} did not open the browser (${plain(reasonOf(error), 100)}).`);
    }
  }
  // Some of the system's openers would try the same again.
  const env = named ? { ...process.env, BROWSER: undefined } : process.env;
  for (const [program = '', ...args] of openers(process.platform)) {
    try {
      await start(program, [...args, url.href], env);
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
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}

/** Throws `sign-in.browser` for what the system would open with something else than a browser. */
export function checkWebAddress(url: URL): void {
  if (url.protocol === 'https:' || url.protocol === 'http:') return;
  throw new Fault('sign-in.browser', `The sign-in link is not a web address (${url.protocol}).`, {
    remedy: 'It was not opened. Tell the operator of the server.',
  });
}

/** What opens a web address, best first. `rundll32` takes the URL as it is; `start` would need a shell. */
function openers(platform: string): string[][] {
  if (platform === 'darwin') return [['/usr/bin/open']];
  if (platform === 'win32') return [['rundll32.exe', 'url.dll,FileProtocolHandler']];
  if (!process.env.DISPLAY && !process.env.WAYLAND_DISPLAY && !process.env.WSL_DISTRO_NAME) return [];
  return [['xdg-open'], ['gio', 'open'], ['x-www-browser'], ['sensible-browser'], ['wslview']];
}

/** Starts a program and lets it go; rejects when it cannot be started or fails at once. */
function start(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: 'ignore',
      detached: true,
      shell: false,
      windowsHide: true,
      env,
    });
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
