import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openers, openUnseen } from '../../src/node/browser.ts';
import { serveWindow } from '../../src/node/window-http.ts';
import { WindowPages } from '../../src/node/window-page.ts';
import { describeWith } from '../support/system.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { launchChromium } from '../support/window.ts';

const LANDING = `http://127.0.0.1:4711/landing?ticket=${'t'.repeat(43)}`;

test('A page that leads to the window is for the user alone, and its address says nothing', async () => {
  const folder = await temporaryFolder();
  const pages = new WindowPages(folder);
  onTestFinished(() => pages.close());
  const url = pages.write(LANDING);
  expect(url.protocol).toBe('file:');
  expect(url.href).not.toContain('ttt');
  const path = fileURLToPath(url);
  expect(readFileSync(path, 'utf8')).toContain(LANDING);
  if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('It is taken away when it was used, after a minute, and with the port', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const folder = await temporaryFolder();
  const pages = new WindowPages(folder);
  const landing = (letter: string) => LANDING.replace(/t{43}/, letter.repeat(43));
  const [used, late, left] = ['a', 'b', 'c'].map(letter => fileURLToPath(pages.write(landing(letter))));
  pages.used('a'.repeat(43));
  expect([used, late, left].map(path => existsSync(path ?? ''))).toEqual([false, true, true]);
  pages.used('of nobody');
  vi.advanceTimersByTime(60_001);
  expect(readdirSync(folder)).toEqual([]);
  pages.write(LANDING);
  pages.close();
  expect(readdirSync(folder)).toEqual([]);
});

test('What a process that died has left is taken away with the next one, and nothing else', async () => {
  const folder = await temporaryFolder();
  writeFileSync(join(folder, `window-${'0'.repeat(24)}.html`), 'left');
  writeFileSync(join(folder, 'window-mine.html'), 'mine');
  const pages = new WindowPages(folder);
  onTestFinished(() => pages.close());
  pages.write(LANDING);
  expect(readdirSync(folder)).toHaveLength(2);
  expect(readdirSync(folder)).toContain('window-mine.html');
});

test('On macOS an address stands in no argument list, and ends no string of the script that opens it', async () => {
  const url = new URL('http://as.example/a"b?c=\\"&d=" & do shell script "x');
  const [first] = openers('darwin', url);
  expect(first?.args.join(' ')).not.toContain('as.example');
  const [, text = ''] = /^open location "((?:[^"\\]|\\.)*)"\n$/.exec(first?.input ?? '') ?? [];
  expect(text.replaceAll(/\\(.)/g, '$1')).toBe(url.href);
  // A program of the user's own takes an argument.
  expect(await openUnseen(url, 'some-browser', 'darwin')).toBe(false);
  expect(await openUnseen(url, undefined, 'linux')).toBe(false);
});

describeWith('chromium', 'a browser that is given the page', () => {
  test('comes in by it, with the cookie that no other site may have sent, and the page is gone', async () => {
    const folder = await temporaryFolder();
    const pages = new WindowPages(folder);
    const files = new Map([['/', { type: 'text/html', bytes: Buffer.from('<title>The window</title>') }]]);
    const server = await serveWindow({
      secret: randomBytes(32),
      port: 0,
      serve: () => {},
      changed: () => {},
      files,
      entered: ticket => pages.used(ticket),
    });
    onTestFinished(() => server.close());
    const browser = await launchChromium();
    onTestFinished(() => browser.close());
    const page = await browser.newPage();
    await page.goto(pages.write(server.landing()).href);
    await page.waitForURL(`http://127.0.0.1:${server.port}/**key=*`);
    expect(await page.title()).toBe('The window');
    expect(readdirSync(folder)).toEqual([]);
  });
});
