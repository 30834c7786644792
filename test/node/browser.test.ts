import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { openInBrowser } from '../../src/node/browser.ts';
import { temporaryFolder } from '../support/temporary.ts';

const LINK = new URL('https://as.example/authorize?state=s&redirect_uri=http%3A%2F%2F127.0.0.1');

afterEach(() => {
  vi.unstubAllEnvs();
});

/** A program in a folder of its own that writes its arguments down, one a line, and then does `more`. */
async function program(more = '', name = 'browser') {
  const folder = await temporaryFolder();
  const path = join(folder, name);
  const log = join(folder, 'arguments');
  script(path, `for each in "$@"; do echo "$each"; done >> '${log}'\n${more}`);
  return {
    folder,
    path,
    arguments: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []),
  };
}

function script(path: string, text: string): void {
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o700);
}

describe('the program the user names', () => {
  test('gets the link as its only argument', async () => {
    const browser = await program();
    await openInBrowser(LINK, browser.path);
    expect(browser.arguments()).toEqual([LINK.href]);
  });

  test('is one program, spaces in its name or not, and no command line', async () => {
    const browser = await program('', 'my browser; exit 1');
    await openInBrowser(LINK, browser.path);
    expect(browser.arguments()).toEqual([LINK.href]);
  });

  test.each([
    "https://as.example/?a=$(touch%20x)&b=`id`;c='|d&e=%0a",
    "https://as.example/a'b;touch$IFS/tmp/x",
    'https://as.example/?x=--no-sandbox',
    'http://127.0.0.1:3000/authorize',
  ])('is run without a shell, so that nothing in %s is a command', async text => {
    const browser = await program();
    const url = new URL(text);
    await openInBrowser(url, browser.path);
    expect(browser.arguments()).toEqual([url.href]);
  });

  test('may go on running, and is not waited for', async () => {
    const browser = await program('echo $$ >> "$(dirname "$0")/pid"; exec sleep 60');
    await openInBrowser(LINK, browser.path);
    const pid = Number(readFileSync(join(browser.folder, 'pid'), 'utf8'));
    expect(process.kill(pid, 0)).toBe(true);
    process.kill(pid);
  });

  test.each([
    ['is not there', async () => '/nowhere/browser'],
    ['fails', async () => (await program('exit 3')).path],
    ['is killed', async () => (await program('kill -9 $$')).path],
    [
      'may not be run',
      async () => {
        const { path } = await program();
        chmodSync(path, 0o600);
        return path;
      },
    ],
    ['is a folder', async () => temporaryFolder()],
    ['has no name a program can have', async () => 'a\0b'],
  ])('that %s is a fault that says what to do', async (_what, path) => {
    await expect(openInBrowser(LINK, await path())).rejects.toMatchObject({
      code: 'sign-in.browser',
      message: 'No browser could be started on this machine.',
      remedy: 'Open the sign-in link yourself, or set KEYBRIDGE_BROWSER to the program to use.',
    });
  });

  test('is the only one tried', async () => {
    const other = await program('', 'xdg-open');
    vi.stubEnv('PATH', `${other.folder}:/usr/bin:/bin`);
    vi.stubEnv('DISPLAY', ':99');
    await expect(openInBrowser(LINK, '/nowhere/browser')).rejects.toMatchObject({ code: 'sign-in.browser' });
    expect(other.arguments()).toEqual([]);
  });
});

test.each([
  'javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'file:///etc/passwd',
  'ms-settings:',
  'vbscript:x',
  'ftp://as.example/',
  'about:blank',
])('%s is never opened', async text => {
  const browser = await program();
  await expect(openInBrowser(new URL(text), browser.path)).rejects.toMatchObject({
    code: 'sign-in.browser',
    message: `The sign-in link is not a web address (${new URL(text).protocol}).`,
  });
  expect(browser.arguments()).toEqual([]);
});

/** The openers differ from system to system; those of Linux can be put on the path. */
const onLinux = process.platform === 'linux' ? test : () => {};
/** A display that is there is found, whatever the environment says. */
const withoutDisplay = existsSync('/tmp/.X11-unix') ? () => {} : onLinux;

describe('without a program the user named', () => {
  /** The openers of the system, each of which fails or works. */
  async function openers(works: Record<string, boolean>) {
    const folder = await temporaryFolder();
    const log = join(folder, 'log');
    mkdirSync(join(folder, 'bin'));
    for (const [name, ends] of Object.entries(works)) {
      script(join(folder, 'bin', name), `echo "${name} $*" >> '${log}'\nexit ${ends ? 0 : 4}`);
    }
    vi.stubEnv('PATH', join(folder, 'bin'));
    vi.stubEnv('XDG_RUNTIME_DIR', folder);
    for (const name of ['DISPLAY', 'WAYLAND_DISPLAY', 'WSL_DISTRO_NAME']) vi.stubEnv(name, '');
    return () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []);
  }

  withoutDisplay('none is tried where there is no display', async () => {
    const tried = await openers({ 'xdg-open': true });
    await expect(openInBrowser(LINK)).rejects.toMatchObject({ code: 'sign-in.browser' });
    expect(tried()).toEqual([]);
  });

  onLinux('the first that works opens the link, once', async () => {
    for (const display of ['DISPLAY', 'WAYLAND_DISPLAY', 'WSL_DISTRO_NAME']) {
      const tried = await openers({ 'xdg-open': false, gio: true, 'x-www-browser': true });
      vi.stubEnv(display, 'x');
      await openInBrowser(LINK);
      expect(tried()).toEqual([`xdg-open ${LINK.href}`, `gio open ${LINK.href}`]);
    }
  });

  onLinux('it is said when none works', async () => {
    const tried = await openers({ 'xdg-open': false, wslview: false });
    vi.stubEnv('DISPLAY', ':0');
    await expect(openInBrowser(LINK)).rejects.toMatchObject({ code: 'sign-in.browser' });
    expect(tried()).toHaveLength(2);
  });
});
