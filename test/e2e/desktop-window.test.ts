import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { answerFrom } from '../../app/main/scheme.ts';
import { openWire } from '../../app/main/wire.ts';
import type { ClosablePort } from '../../src/api/port.ts';
import { OWN } from '../../src/node/identity.ts';
import { runBroker } from '../../src/node/run-broker.ts';
import { readWindow } from '../../src/node/window-files.ts';
import { asContents, FakeContents, FakeIpc } from '../support/electron.ts';
import { type Exposed, preloaded } from '../support/preloaded.ts';
import { describeWith } from '../support/system.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { launchChromium } from '../support/window.ts';

/*
 * The window as Electron shows it, in Chromium: its scheme's answers, its preload script and its wire, over a real
 * broker in this process. Only the channel between page and process is Playwright's.
 */

const ORIGIN = 'https://window.test';

/** Every document gets a preload script of its own, as in Electron. */
async function joinPage(page: Page, preload: () => Exposed): Promise<void> {
  let keybridge: Exposed;
  await page.exposeFunction('__listen', (isFirst: boolean) => {
    if (isFirst) keybridge = preload();
    const mine = keybridge;
    keybridge.onMessage(text => {
      // The script of a document before went with it.
      if (mine !== keybridge) return;
      const hear = (said: string | null) =>
        (globalThis as unknown as { __hear(said: string | null): void }).__hear(said);
      void page.evaluate(hear, text).catch(() => {});
    });
  });
  await page.exposeFunction('__post', (text: string) => keybridge.post(text));
  await page.addInitScript(() => {
    const there = globalThis as unknown as {
      __listen(isFirst: boolean): void;
      __post(text: string): void;
      __hear(text: string | null): void;
    };
    const listeners = new Set<(text: string | null) => void>();
    let isFirst = true;
    there.__hear = text => {
      const told = [...listeners];
      if (text === null) listeners.clear();
      for (const listener of told) listener(text);
    };
    window.keybridge = {
      post: text => there.__post(text),
      onMessage: listener => {
        if (listeners.size === 0) there.__listen(isFirst);
        isFirst = false;
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    };
  });
}

describeWith('chromium', "the desktop app's window", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  test('works over its own wire, loaded again too, and after its port was closed', async () => {
    vi.stubEnv('KEYBRIDGE_VAULT', 'memory');
    onTestFinished(() => void vi.unstubAllEnvs());
    const running = await runBroker({
      identity: { ...OWN, kind: 'desktop' },
      folder: await temporaryFolder(),
      ended: () => {},
    });
    if (!running) throw new Error('another broker is here');
    onTestFinished(() => running.end());
    const [ipc, contents] = [new FakeIpc(), new FakeContents()];
    const ports: ClosablePort[] = [];
    openWire(
      ipc,
      () => asContents(contents),
      port => {
        ports.push(port);
        running.window.serve(port);
      },
    );
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on('pageerror', error => problems.push(String(error)));
    page.on('console', message => {
      if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
    });
    const answer = answerFrom(readWindow());
    await page.route(`${ORIGIN}/**`, async route => {
      const url = route.request().url().replace(ORIGIN, 'keybridge://window');
      const response = answer(new Request(url));
      await route.fulfill({
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: Buffer.from(await response.arrayBuffer()),
      });
    });
    await joinPage(page, () => preloaded(ipc, contents).keybridge);

    await page.goto(`${ORIGIN}/`);
    const isThere = () => page.getByRole('navigation').first().waitFor();
    await isThere();
    expect(running.window.windows).toBe(1);
    await page.reload();
    await isThere();
    await vi.waitUntil(() => ports.length === 2);
    expect(running.window.windows).toBe(1);
    ports[1]?.close();
    await vi.waitUntil(() => ports.length === 3, { timeout: 5_000 });
    await vi.waitUntil(() => running.window.windows === 1);
    await isThere();
    expect(problems).toEqual([]);
  });
});
