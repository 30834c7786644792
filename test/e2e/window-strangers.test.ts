import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { install } from '../support/keybridge.ts';
import { describeWith } from '../support/system.ts';
import { launchChromium, openWindow, windowAddress } from '../support/window.ts';

/** A page of somebody else's, at a port of its own. */
async function elsewhere(): Promise<number> {
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><title>Elsewhere</title>');
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** What a page can get of the window's port: statuses it may read, and whether a WebSocket opens. */
async function tryAll(target: string) {
  const fetched = await fetch(target, { credentials: 'include' }).then(
    response => response.status,
    () => 'not readable',
  );
  const opened = await new Promise<string>(resolve => {
    const socket = new WebSocket(`${target.replace('http', 'ws')}/api`, ['keybridge', 'x'.repeat(43)]);
    socket.onopen = () => resolve('open');
    socket.onerror = () => resolve('refused');
  });
  const framed = await new Promise<string>(resolve => {
    const frame = document.createElement('iframe');
    frame.src = target;
    frame.onload = () => resolve(frame.contentDocument ? 'readable' : 'not readable');
    document.body.append(frame);
  });
  return { fetched, opened, framed };
}

describeWith('chromium', 'strangers in the same browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium(['--host-resolver-rules=MAP rebound.example 127.0.0.1']);
  });
  afterAll(() => browser.close());

  test('get nothing of the window: a page of another port, and one whose name was pointed at this machine', async () => {
    const installation = install();
    onTestFinished(() => installation.close());
    const { page, context, problems } = await openWindow(browser, installation);
    onTestFinished(() => context.close());
    await page.getByRole('navigation').waitFor();
    const { origin, port } = new URL(page.url());

    // The same browser, with the window's cookie in it.
    const stranger = await context.newPage();
    await stranger.goto(`http://127.0.0.1:${await elsewhere()}/`);
    const sameHost = await stranger.evaluate(tryAll, origin);
    expect(sameHost).toEqual({ fetched: 'not readable', opened: 'refused', framed: 'not readable' });
    expect(await stranger.evaluate(() => localStorage.length)).toBe(0);

    const rebound = await context.newPage();
    const answer = await rebound.goto(`http://rebound.example:${port}/`);
    expect(answer?.status()).toBe(421);
    const own = await rebound.evaluate(tryAll, `http://rebound.example:${port}`);
    expect([own.fetched, own.opened]).toEqual([421, 'refused']);

    expect(problems).toEqual([]);
  });

  test('get nothing with an address that was used, or with none', async () => {
    const installation = install();
    onTestFinished(() => installation.close());
    const address = await windowAddress(installation);
    const first = await browser.newContext();
    onTestFinished(() => first.close());
    const page = await first.newPage();
    await page.goto(address);
    await page.getByRole('navigation').waitFor();
    expect(page.url()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/(?:#\/\w+)?$/);

    const second = await browser.newContext();
    onTestFinished(() => second.close());
    const late = await second.newPage();
    for (const url of [address, new URL('/', address).href]) {
      const response = await late.goto(url);
      expect(response?.status()).toBe(403);
      expect(await late.textContent('body')).toContain('keybridge open');
    }
  });
});
