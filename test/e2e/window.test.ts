import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startLab } from '../../src/lab/lab.ts';
import { install } from '../support/keybridge.ts';
import { describeWith } from '../support/system.ts';
import { launchChromium, openWindow } from '../support/window.ts';

describeWith('chromium', 'the window in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  test('shows a server that a host uses, and goes on after the broker was stopped and started', async () => {
    const lab = await startLab();
    onTestFinished(() => lab.close());
    const installation = install();
    onTestFinished(() => installation.close());
    await installation.run(['login', lab.serverUrl]);
    const { page, context, problems } = await openWindow(browser, installation);
    onTestFinished(() => context.close());
    const { host } = new URL(lab.serverUrl);
    const link = page.getByRole('link', { name: host }).first();
    await link.waitFor();
    await installation.run(['stop']);
    await page.locator('.banner').waitFor();
    // The banner says it, once; no screen that loses its stream says it again.
    for (const screen of ['trace', 'lab']) {
      await page.evaluate(to => {
        location.hash = to;
      }, `#/${screen}`);
      await page.locator('#content h1').waitFor();
      expect(await page.getByRole('alert').count()).toBe(0);
    }
    await installation.run(['login', lab.serverUrl]);
    await page.locator('.banner').waitFor({ state: 'detached' });
    await page.locator('.lab-entries li').first().waitFor();
    await link.waitFor();
    expect(problems.filter(each => !each.includes('WebSocket'))).toEqual([]);
  });

  test('opens although certificates that the environment names cannot be read, and says so', async () => {
    const installation = install({ NODE_EXTRA_CA_CERTS: '/nowhere/certificates.pem' });
    onTestFinished(() => installation.close());
    const { page, context, problems } = await openWindow(browser, installation);
    onTestFinished(() => context.close());
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByText('/nowhere/certificates.pem, which cannot be read').waitFor();
    expect(problems).toEqual([]);
  });
});
