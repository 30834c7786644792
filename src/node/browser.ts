import { spawn } from 'node:child_process';
import { Fault } from '../base/fault.ts';
import { joinSession } from './session-environment.ts';

/** Milliseconds after which a program that has not failed counts as started. */
const SETTLED = 1_500;

/** A program that opens an address, and what it reads of it in place of an argument. */
interface Opener {
  command: string;
  args: readonly string[];
  input?: string;
}

/**
 * Opens a URL in the user's browser: with the program the user named, else the system's opener. No shell
 * is involved, and only http and https are opened, whatever a server put into its metadata.
 * Throws `sign-in.browser`.
 */
export async function openInBrowser(url: URL, program?: string): Promise<void> {
  checkWebAddress(url);
  await openWith(program ? [{ command: program, args: [url.href] }] : openers(process.platform, url));
}

/** As {@link openInBrowser}, of an address that nobody gave us: a page of our own on disk too. */
export async function openOwn(url: URL, program?: string): Promise<void> {
  await openWith(program ? [{ command: program, args: [url.href] }] : openers(process.platform, url));
}

/**
 * Opens a web address in such a way that it stands in no argument list, which other users can read. False where
 * this system has no such way, or it failed.
 */
export async function openUnseen(url: URL, program?: string, platform = process.platform): Promise<boolean> {
  checkWebAddress(url);
  const unseen = program ? [] : openers(platform, url).filter(({ input }) => input !== undefined);
  return openWith(unseen).then(
    () => true,
    () => false,
  );
}

async function openWith(candidates: readonly Opener[]): Promise<void> {
  // The user may have sat down at a desktop only after this process was started.
  joinSession();
  let cause: unknown;
  for (const candidate of candidates) {
    try {
      await start(candidate);
      return;
    } catch (error) {
      cause = error;
    }
  }
  throw new Fault('sign-in.browser', 'No browser could be started on this machine.', {
    remedy: 'Open the sign-in link yourself, or set KEYBRIDGE_BROWSER to the program to use.',
    cause,
  });
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
function start({ command, args, input }: Opener): Promise<void> {
  return new Promise((resolve, reject) => {
    const stdio = input === undefined ? 'ignore' : (['pipe', 'ignore', 'ignore'] as const);
    const child = spawn(command, args, {
      stdio: typeof stdio === 'string' ? stdio : [...stdio],
      detached: true,
      shell: false,
      windowsHide: true,
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
      else reject(new Error(`${command} ended with code ${code}`));
    });
    child.unref();
  });
}
