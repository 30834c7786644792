import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startLab } from '../../src/lab/lab.ts';
import { type Installation, install, until } from '../support/keybridge.ts';
import { started } from '../support/staged-lab.ts';
import { describeWith } from '../support/system.ts';
import { launchChromium, openWindow } from '../support/window.ts';
import { windowApi } from '../support/window-api.ts';

describeWith('chromium', 'how it stands with a server, in the window', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  /** The overview of a server that was added. */
  async function overview(installation: Installation, url: string): Promise<Page> {
    const { api, close } = await windowApi(installation);
    await api.addServers(url);
    close();
    const { page, context } = await openWindow(browser, installation);
    onTestFinished(() => context.close());
    await page.getByRole('navigation').waitFor();
    await go(page, url, 'overview');
    return page;
  }

  const go = (page: Page, url: string, tab: string) =>
    page.evaluate(
      address => {
        location.hash = address;
      },
      `#/server/default/${encodeURIComponent(url)}/${tab}`,
    );
  const main = (page: Page) => page.getByRole('main').innerText();

  test('a token that the server refuses is never shown as ready', async () => {
    const lab = await started('token-refused');
    const installation = install();
    onTestFinished(() => installation.close());
    const page = await overview(installation, lab.url);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('button', { name: 'Open the browser' }).click();
    await page.getByRole('heading', { name: 'The sign-in failed' }).waitFor();
    await page.locator('.badge', { hasText: 'Cannot be used' }).waitFor();
    await go(page, lab.url, 'overview');
    await page.getByText('refuses the token', { exact: false }).waitFor();
    await page.getByText('What comes after the sign-in was not checked.', { exact: false }).waitFor();
    const text = await main(page);
    expect(text).not.toContain('Everything is ready');
    expect(text).not.toMatch(/Signed in/);
    await page.getByRole('button', { name: 'Sign in again' }).waitFor();
  });

  test('a sign-in for more scopes that an app waits for is completed from the window', async () => {
    const lab = await startLab();
    onTestFinished(() => lab.close());
    const installation = install();
    onTestFinished(() => installation.close());
    // While this file is not there, nobody looks at the tabs that are opened.
    const hold = join(installation.env.HOME ?? '', 'hold');
    installation.env.KEYBRIDGE_LAB_HOLD = hold;
    writeFileSync(hold, '');
    onTestFinished(() => writeFileSync(hold, ''));
    const page = await overview(installation, lab.serverUrl);
    const host = await installation.host(lab.serverUrl);
    onTestFinished(() => host.close());
    await until('the host has its tools', async () => (await host.client.listTools()).tools.length > 0);
    rmSync(hold);
    const call = host.client.callTool({ name: 'admin', arguments: {} });
    await page.getByText('an app wants more scopes', { exact: false }).waitFor();
    expect(await main(page)).toContain('mcp:admin');
    const tabs = installation.tabs().length;
    await page.getByRole('button', { name: 'Sign in with more scopes' }).click();
    await page.getByRole('button', { name: 'Open the browser' }).click();
    await page.getByRole('link', { name: 'Open it again' }).waitFor();
    const [before, after] = [installation.tabs().at(-2), installation.tabs().at(-1)];
    expect(installation.tabs()).toHaveLength(tabs + 1);
    expect(after?.state).toBe(before?.state);
    writeFileSync(hold, '');
    expect((await call).isError).not.toBe(true);
    await page.getByText('You are signed in.', { exact: true }).waitFor();
  });
});
