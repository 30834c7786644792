import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { openDesktop } from '../../scripts/start.mjs';
import { temporaryFolder } from '../support/temporary.ts';

const INSTEAD = 'the window opens in the browser instead.';

describe.skipIf(process.platform === 'win32')('npm start', () => {
  let root: string;
  let said: string[];

  beforeEach(async () => {
    root = await temporaryFolder();
    said = [];
    write('bin/keybridge.js', note('browser'));
  });

  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text, { mode: 0o755 });
  };
  /** A script that leaves a word and its arguments behind. */
  const note = (word: string, code = 0) =>
    `require('node:fs').appendFileSync(${JSON.stringify(join(root, 'opened'))}, [${JSON.stringify(word)}, ...process.argv.slice(2)].join(' ') + '\\n'); process.exitCode = ${code};`;
  const electron = (code = 0) => `#!${process.execPath}\n${note('electron', code)}`;
  const opened = () => readFileSync(join(root, 'opened'), 'utf8').trim();
  const start = (options: Partial<Parameters<typeof openDesktop>[0]> = {}) =>
    openDesktop({
      root,
      node: process.execPath,
      env: { ...process.env, DISPLAY: ':0' },
      say: line => void said.push(line),
      user: 1000,
      isOnline: async () => false,
      ...options,
    });

  test('opens the desktop app where Electron is', async () => {
    write('node_modules/electron/path.txt', 'electron');
    write('node_modules/electron/dist/electron', electron());
    expect(await start()).toBe(0);
    expect(opened()).toBe(`electron ${root}`);
    expect(said).toEqual([]);
  });

  test('fetches Electron where there is a network', async () => {
    const program = JSON.stringify(electron());
    write(
      'node_modules/electron/install.js',
      `const fs = require('node:fs'); fs.mkdirSync(__dirname + '/dist');
       fs.writeFileSync(__dirname + '/dist/electron', ${program}, { mode: 0o755 });
       fs.writeFileSync(__dirname + '/path.txt', 'electron'); console.log('fetched');`,
    );
    expect(await start({ isOnline: async () => true })).toBe(0);
    expect(opened()).toBe(`electron ${root}`);
    expect(said).toEqual(["Fetching Electron's program, once …"]);
  });

  test('without it says so in one line, and does what keybridge open does', async () => {
    write('node_modules/electron/install.js', 'throw new Error("nobody asked");');
    expect(await start()).toBe(0);
    expect(opened()).toBe('browser open');
    expect(said).toEqual([`Electron's program is not here and cannot be had now; ${INSTEAD}`]);
  });

  test('where it cannot be fetched, the browser opens too', async () => {
    write('node_modules/electron/install.js', 'console.error("no such host"); process.exitCode = 1;');
    await start({ isOnline: async () => true });
    expect(opened()).toBe('browser open');
    expect(said.at(-1)).toContain(INSTEAD);
  });

  test('an Electron that does not run here is no obstacle', async () => {
    write('node_modules/electron/path.txt', 'electron');
    write('node_modules/electron/dist/electron', electron(127));
    expect(await start()).toBe(0);
    expect(opened()).toBe(`electron ${root}\nbrowser open`);
    expect(said).toEqual([`Electron does not run here (exit code 127); ${INSTEAD}`]);
  });

  test.each([
    ['without a display', { env: { PATH: process.env.PATH } }, 'There is no display here'],
    ['as root', { user: 0 }, 'Electron does not run as root'],
  ])('%s on Linux it is not even tried', async (_, options, reason) => {
    write('node_modules/electron/path.txt', 'electron');
    write('node_modules/electron/dist/electron', electron());
    await start({ platform: 'linux', ...options });
    expect(opened()).toBe('browser open');
    expect(said).toEqual([`${reason}; ${INSTEAD}`]);
  });
});
