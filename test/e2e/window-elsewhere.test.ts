import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { follow } from '../../src/lab/browser.ts';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { type Installation, install } from '../support/keybridge.ts';
import { describeWith } from '../support/system.ts';
import { launchChromium, openWindow } from '../support/window.ts';
import { windowApi } from '../support/window-api.ts';

describeWith('chromium', 'a sign-in in the window with the browser on another machine', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  /** A sign-in to the lab's server that has just begun. No program opens links on this machine. */
  async function begun(
    flags = '',
  ): Promise<{ page: Page; problems: string[]; lab: Lab; installation: Installation; told: () => string }> {
    const lab = await startLab();
    onTestFinished(() => lab.close());
    const installation = install({ KEYBRIDGE_BROWSER: '/bin/false' });
    onTestFinished(() => installation.close());
    const { api, close } = await windowApi(installation);
    await api.addServers(`keybridge ${lab.serverUrl} ${flags}`);
    close();
    const { page, context, problems } = await openWindow(browser, installation);
    onTestFinished(() => context.close());
    page.setDefaultTimeout(8_000);
    const frames: string[] = [];
    page.on('websocket', socket => socket.on('framereceived', ({ payload }) => frames.push(String(payload))));
    await page.reload();
    await page.getByRole('navigation').first().waitFor();
    await page.evaluate(
      address => {
        location.hash = address;
      },
      `#/server/default/${encodeURIComponent(lab.serverUrl)}/sign-in`,
    );
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    return { page, problems, lab, installation, told: () => frames.join('\n') };
  }

  test('takes the address that one ended at, says what is wrong with another, and shows no code of it', async () => {
    const { page, problems, lab, installation, told } = await begun();
    const hosts = page.getByRole('region', { name: 'Your browser opens next' });
    await hosts.getByRole('button', { name: 'Open the browser' }).click();
    const link = await page.locator('.link .address').innerText();
    let end = '';
    // Over there nothing listens at the callback's address.
    const arrives = follow(link, {
      reaches: url => {
        end = url.href;
        return url.pathname !== '/callback';
      },
    });
    await expect(arrives).rejects.toMatchObject({ code: expect.any(String) });
    expect(new URL(end).searchParams.get('code')).not.toBeNull();

    const field = page.getByLabel('Address the browser ended at');
    const handOver = page.getByRole('button', { name: 'Hand it over' });
    await field.fill('http://127.0.0.1:1/callback?code=made-up&state=of-nobody');
    await handOver.click();
    await page.getByRole('alert').waitFor();
    await field.fill(end);
    await handOver.click();
    await page.getByText('You are signed in.', { exact: true }).waitFor();
    expect((await installation.run(['status'])).stdout).toContain('signed in');
    const seen = told() + (await page.content());
    for (const secret of [...lab.issuedSecrets(), new URL(end).searchParams.get('code') ?? ''])
      expect(seen).not.toContain(secret);
    expect(problems).toEqual([]);
  });

  test('with a device code: shows the code and where to enter it, and goes on when that is done', async () => {
    const { page, problems, lab, told } = await begun('--device-code');
    await page.getByRole('heading', { name: 'Enter this code' }).waitFor();
    const userCode = await page.locator('.link .user-code').innerText();
    const link = await page.locator('.link .address').innerText();
    expect(userCode).toMatch(/^[\w-]{8,}$/);
    expect(new URL(link).origin).toBe(new URL(lab.issuer).origin);
    // Nothing comes back to this machine, so there is nothing to paste.
    expect(await page.getByLabel('Address the browser ended at').count()).toBe(0);
    const { origin, pathname } = new URL(link);
    expect((await follow(`${origin}${pathname}`, { userCode })).text).toContain('You are signed in');
    await page.getByText('You are signed in.', { exact: true }).waitFor();
    expect(lab.authorization.counters).toMatchObject({ deviceExchanges: 1, authorizationRequests: 0 });
    expect(await page.getByRole('heading', { name: 'Enter this code' }).count()).toBe(0);
    const seen = told() + (await page.content());
    for (const secret of lab.issuedSecrets()) expect(seen).not.toContain(secret);
    expect(problems).toEqual([]);
  });
});
