import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { openInBrowser } from '../../src/node/browser.ts';
import { browserCommands } from '../../src/node/browser-command.ts';
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

  const failing: [string, () => Promise<string>, RegExp][] = [
    ['is not there', async () => '/nowhere/browser', /ENOENT/],
    ['fails', async () => (await program('exit 3')).path, /it ended with code 3/],
    ['is killed', async () => (await program('kill -9 $$')).path, /it was ended by a signal/],
    [
      'may not be run',
      async () => {
        const { path } = await program();
        chmodSync(path, 0o600);
        return path;
      },
      /EACCES/,
    ],
    ['is a folder', async () => temporaryFolder(), /EACCES/],
    ['has no name a program can have', async () => 'a\0b', /ERR_INVALID_ARG_VALUE/],
  ];

  test.each(failing)('that %s is a fault that says what to do, and is named', async (_what, path, why) => {
    const said: string[] = [];
    vi.stubEnv('PATH', '/nowhere');
    await expect(openInBrowser(LINK, await path(), text => said.push(text))).rejects.toMatchObject({
      code: 'sign-in.browser',
      message: 'No browser could be started on this machine.',
      remedy: 'Open the sign-in link yourself, or set KEYBRIDGE_BROWSER to the program to use.',
    });
    expect(said).toEqual([expect.stringMatching(why)]);
  });

  test.runIf(process.platform === 'linux').each(failing)(
    'that %s has the system’s opener in its place, which does not try it again',
    async (_what, path) => {
      const other = await program('echo "BROWSER=$BROWSER" >> "$(dirname "$0")/arguments"', 'xdg-open');
      vi.stubEnv('PATH', `${other.folder}:/usr/bin:/bin`);
      vi.stubEnv('DISPLAY', ':99');
      vi.stubEnv('BROWSER', '/nowhere/browser');
      await openInBrowser(LINK, await path());
      expect(other.arguments()).toEqual([LINK.href, 'BROWSER=']);
    },
  );

  test.each(['false', 'none'])('is none where it says %s, and the system’s is not tried', async word => {
    const other = await program('', 'xdg-open');
    vi.stubEnv('PATH', `${other.folder}:/usr/bin:/bin`);
    vi.stubEnv('DISPLAY', ':99');
    const said: string[] = [];
    await expect(openInBrowser(LINK, word, text => said.push(text))).rejects.toMatchObject({
      code: 'sign-in.browser',
    });
    expect([said, other.arguments()]).toEqual([[], []]);
  });

  test('may have arguments, and a place for the link', async () => {
    for (const [rest, expected] of [
      ['--new-window', ['--new-window', LINK.href]],
      ['--app=%s -x', [`--app=${LINK.href}`, '-x']],
      ['%s 100%%', [LINK.href, '100%']],
      ['100%% --n', ['100%%', '--n', LINK.href]],
      ['"two words" %s &', ['two words', LINK.href]],
      ['$(touch x) ;id|id `id` > y', ['$(touch', 'x)', ';id|id', '`id`', '>', 'y', LINK.href]],
    ] as const) {
      const browser = await program();
      await openInBrowser(LINK, `${browser.path} ${rest}`);
      expect(browser.arguments()).toEqual(expected);
    }
  });

  test('may be the first of a list that can be started', async () => {
    const [failing, works, unused] = [await program('exit 1'), await program(), await program()];
    const said: string[] = [];
    const list = `/nowhere/browser -x::${failing.path}:${works.path} --n %s:${unused.path}`;
    await openInBrowser(LINK, list, text => said.push(text));
    expect(works.arguments()).toEqual(['--n', LINK.href]);
    expect(unused.arguments()).toEqual([]);
    expect(said).toEqual([
      '/nowhere/browser did not open the browser (ENOENT).',
      `${failing.path} did not open the browser (it ended with code 1).`,
    ]);
  });

  test('may have spaces in its path and arguments behind it', async () => {
    const browser = await program('', 'my own browser');
    await openInBrowser(LINK, `${browser.path} --incognito`);
    expect(browser.arguments()).toEqual(['--incognito', LINK.href]);
  });

  test('is found on a drive, where there are drives', () => {
    const isThere = (path: string) => path === 'C:\\Program Files\\Browser\\browser.exe';
    const found = browserCommands('C:\\Program Files\\Browser\\browser.exe -n', LINK, 'win32', isThere);
    expect(found).toEqual([['C:\\Program Files\\Browser\\browser.exe', '-n', LINK.href]]);
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
