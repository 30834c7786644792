import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { ServerTab } from '../../app/renderer/model/place.ts';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { type Installation, install } from '../support/keybridge.ts';
import { describeWith } from '../support/system.ts';
import { launchChromium, openWindow } from '../support/window.ts';
import { windowApi } from '../support/window-api.ts';

describeWith('chromium', 'a sign-in in the window', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  /** The sign-in of a server of the lab, in a window, and all that the window was told. */
  async function opened(
    env: Record<string, string> = {},
    tab: ServerTab = 'sign-in',
  ): Promise<{ page: Page; problems: string[]; lab: Lab; installation: Installation; told: () => string }> {
    const lab = await startLab();
    onTestFinished(() => lab.close());
    const installation = install(env);
    onTestFinished(() => installation.close());
    const { api, close } = await windowApi(installation);
    await api.addServers(lab.serverUrl);
    close();
    const { page, context, problems } = await openWindow(browser, installation);
    onTestFinished(() => context.close());
    const frames: string[] = [];
    page.on('websocket', socket => socket.on('framereceived', ({ payload }) => frames.push(String(payload))));
    await page.getByRole('navigation').waitFor();
    // Anew, so that every frame of the connection is heard.
    await page.reload();
    await page.getByRole('navigation').waitFor();
    await page.evaluate(
      address => {
        location.hash = address;
      },
      `#/server/default/${encodeURIComponent(lab.serverUrl)}/${tab}`,
    );
    return { page, problems, lab, installation, told: () => frames.join('\n') };
  }

  const message = (page: Page, caption: RegExp) =>
    page.getByRole('list', { name: 'Messages of the sign-in' }).getByRole('button', { name: caption });
  const signedIn = (page: Page) => page.getByText('You are signed in.', { exact: true }).waitFor();

  test('at once, from the overview: names the hosts, gives the link, and draws what comes of the consent', async () => {
    // No program opens links, so the page gives it, and it is followed in the same browser.
    const { page, problems, lab, installation, told } = await opened(
      { KEYBRIDGE_BROWSER: '/bin/false' },
      'overview',
    );
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    const hosts = page.getByRole('region', { name: 'Your browser opens next' });
    await hosts.waitFor();
    const { host } = new URL(lab.serverUrl);
    const text = await hosts.innerText();
    expect(text).toContain(host);
    expect(text).toContain(new URL(lab.issuer).host);
    await hosts.getByRole('button', { name: 'Open the browser' }).click();
    const popup = page.waitForEvent('popup');
    await page.getByRole('link', { name: 'Open it here' }).click();
    await consent(await popup);
    await signedIn(page);
    await message(page, /The browser comes back.*Done/s).waitFor();
    await message(page, /First request with the token.*Done/s).waitFor();
    const audience = page.getByRole('row', { name: /Audience/ });
    expect(await audience.innerText()).toContain(lab.serverUrl);
    expect(await audience.innerText()).toContain('As expected');
    await message(page, /Exchange for a token/).click();
    await page.getByText('PKCE: the secret behind the fingerprint', { exact: false }).waitFor();
    expect(await page.getByRole('group', { name: /Exchange for a token/ }).innerText()).toContain(
      '(hidden, 43 characters)',
    );

    expect((await installation.run(['status'])).stdout).toContain('signed in');
    const seen = told() + (await page.content());
    const secrets = lab.issuedSecrets();
    expect(secrets.length).toBeGreaterThan(3);
    for (const secret of secrets) expect(seen).not.toContain(secret);
    await page.getByRole('button', { name: 'Use it in a host' }).click();
    await page.getByRole('tab', { name: 'Overview', selected: true }).waitFor();
    expect(problems).toEqual([]);
  });

  test('step by step: waits with what will be sent, and sends it when told to', async () => {
    const { page, problems } = await opened();
    await page.getByRole('button', { name: 'Walk step by step' }).click();
    const next = async (title: string, shows: string) => {
      const panel = page.getByRole('region', { name: title });
      await panel.waitFor();
      expect(await panel.innerText()).toContain(shows);
      await panel.getByRole('button', { name: /Next|Open the browser/ }).click();
    };
    await next('First request, without a token', 'initialize');
    await next('Who issues tokens for you?', '/.well-known/oauth-protected-resource');
    await next('Register as a client', 'redirect_uris');
    await next('Your browser opens next', 'code_challenge_method');
    await next('Exchange for a token', 'code_verifier');
    await next('First request with the token', 'Bearer (hidden,');
    await signedIn(page);
    expect(problems).toEqual([]);
  });

  test('denied: says so, and marks where', async () => {
    const { page, problems } = await opened({ KEYBRIDGE_LAB_DECISION: 'deny' });
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('button', { name: 'Open the browser' }).click();
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.innerText()).toContain('access_denied');
    expect(await alert.innerText()).toContain('Sign in again and allow the access.');
    await message(page, /The browser comes back.*Failed/s).waitFor();
    expect(problems).toEqual([]);
  });

  test('called off: nothing waits, and it can be begun again', async () => {
    const { page, problems, installation } = await opened();
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    const hosts = page.getByRole('region', { name: 'Your browser opens next' });
    await hosts.waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('The sign-in was called off. Nothing was stored.').waitFor();
    expect((await installation.run(['status'])).stdout).not.toContain('sign-in pending');
    await page.getByRole('button', { name: 'Try again' }).click();
    await hosts.getByRole('button', { name: 'Open the browser' }).click();
    await signedIn(page);
    expect(problems).toEqual([]);
  });
});

/** Signs in at the lab and allows the access, as a person does. */
async function consent(page: Page): Promise<void> {
  await page.waitForLoadState();
  for (;;) {
    const input = page.locator('input:not([type=hidden])').first();
    if (await input.count()) await input.fill('ada');
    await page.locator('button[type=submit], input[type=submit]').first().click();
    await page.waitForLoadState();
    if (new URL(page.url()).pathname === '/callback') return;
  }
}
