import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startLab } from '../../src/lab/lab.ts';
import { json, serve } from '../support/http-server.ts';
import { type Installation, install } from '../support/keybridge.ts';
import { describeWith } from '../support/system.ts';
import { launchChromium, openWindow } from '../support/window.ts';

const METADATA = '/.well-known/oauth-protected-resource/mcp';

/** Several examinations in a row, on a busy machine too. Milliseconds. */
const PATIENCE = 60_000;

describeWith('chromium', 'what the window has the doctor ask', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  const opened = async (
    url: string,
  ): Promise<{ page: Page; installation: Installation; problems: string[] }> => {
    const installation = install();
    onTestFinished(() => installation.close());
    const { page, context, problems } = await openWindow(browser, installation);
    onTestFinished(() => context.close());
    // An examination of a busy machine takes its time.
    page.setDefaultTimeout(12_000);
    await page.getByRole('navigation').first().waitFor();
    await page.evaluate(
      fragment => {
        location.hash = fragment;
      },
      `#/doctor/${encodeURIComponent(url)}`,
    );
    await page.getByRole('button', { name: 'Examine again' }).waitFor();
    return { page, installation, problems };
  };
  /** Opens the form, fills it and sends it. */
  const fill = async (page: Page, fields: Record<string, string>) => {
    await page.getByRole('button', { name: /^Other addresses/ }).click();
    const form = page.getByRole('dialog', { name: 'Other addresses' });
    for (const [name, value] of Object.entries(fields)) await form.getByLabel(name).fill(value);
    await form.getByRole('button', { name: 'Examine with these' }).click();
    await form.waitFor({ state: 'detached' });
  };
  const signUp = async (page: Page) => {
    await page.getByRole('button', { name: 'Trial sign-up' }).click();
    const dialog = page.getByRole('dialog', { name: 'Also what leaves a trace at the server' });
    await dialog.getByText('Do this on servers that are yours', { exact: false }).waitFor();
    return dialog;
  };
  const instead = (page: Page): Locator => page.getByText('In place of what the servers say:').locator('..');

  test('other addresses are asked, and the report says so; nothing is registered before it is wished', {
    timeout: PATIENCE,
  }, async () => {
    const lab = await startLab();
    onTestFinished(() => lab.close());
    const { page, problems } = await opened(lab.serverUrl);
    const { origin } = new URL(lab.serverUrl);
    const counters = () => lab.authorization.counters;
    await fill(page, {
      'Resource metadata': `${origin}${METADATA}?asked=so`,
      'Scopes, apart by spaces': 'mcp',
    });
    await instead(page).getByText('resource_metadata').waitFor();
    expect(await instead(page).innerText()).not.toContain('scope');
    await page.getByRole('button', { name: 'Other addresses (2)' }).waitFor();
    expect(counters().registrations).toBe(0);

    const dialog = await signUp(page);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(counters().registrations).toBe(0);
    await signUp(page);
    await dialog.getByRole('button', { name: 'Examine so' }).click();
    await instead(page).getByText('scope mcp', { exact: true }).waitFor();
    expect(counters().registrations).toBeGreaterThan(0);

    // What cannot be sent is refused by its name, and what was found stays in sight.
    await fill(page, { 'Scopes, apart by spaces': 'a "b"' });
    await instead(page).getByText('resource_metadata').waitFor();
    await signUp(page);
    await dialog.getByRole('button', { name: 'Examine so' }).click();
    await page
      .getByRole('alert')
      .getByText(/^The list of scopes wants words/)
      .waitFor();
    await page.getByRole('treegrid', { name: 'What was asked' }).waitFor();

    await page.getByRole('button', { name: /^Other addresses/ }).click();
    await page.getByRole('button', { name: 'Believe the servers' }).click();
    await page.getByRole('button', { name: 'Other addresses', exact: true }).waitFor();
    await instead(page).waitFor({ state: 'detached' });
    expect(problems).toEqual([]);
  });

  test('a branch of the tree is asked again by itself', async () => {
    const server = await serve((seen, res) => {
      if (seen.path === '/mcp') return res.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
      if (seen.path === METADATA)
        return json(res, { resource: server.url, authorization_servers: [new URL(server.url).origin] });
      return res.writeHead(404).end();
    });
    onTestFinished(() => server.close());
    const { page, problems } = await opened(server.url);
    const asked = (path: string) => server.seen.filter(each => each.path === path).length;
    const issuers = page.getByRole('row', { name: /^Authorization server/ });
    await issuers.first().waitFor();
    const before = { metadata: asked(METADATA), all: server.seen.length };
    await page.getByRole('button', { name: 'Ask again: Resource metadata' }).click();
    await page.getByText('Only one part was examined: Resource metadata.').waitFor();
    expect(asked(METADATA)).toBeGreaterThan(before.metadata);
    expect(server.seen.length - before.all).toBeLessThan(before.all);
    expect(await issuers.count()).toBe(0);
    expect(problems).toEqual([]);
  });

  test.each(['Save report', 'Keep for comparison'])(
    'after a restart what was found stays in sight; %s says that it is to be asked again',
    { timeout: PATIENCE },
    async button => {
      const server = await serve((_, res) => res.writeHead(404).end());
      onTestFinished(() => server.close());
      const { page, installation, problems } = await opened(server.url);
      await installation.run(['stop']);
      await page.getByText('Keybridge does not answer').waitFor();
      await installation.run(['open', '--print']);
      await page.getByText('Keybridge does not answer').waitFor({ state: 'detached' });
      await page.getByRole('treegrid', { name: 'What was asked' }).waitFor();
      await page.getByRole('button', { name: button }).click();
      if (button === 'Save report') await page.getByRole('menuitem', { name: /^Markdown/ }).click();
      const notice = page.getByText(/^Keybridge no longer has this examination/).locator('..');
      await notice.waitFor();
      expect(await page.getByRole('alert').count()).toBe(0);
      expect(await page.getByRole('button', { name: button }).isDisabled()).toBe(true);
      await page.getByRole('treegrid', { name: 'What was asked' }).waitFor();
      await notice.getByRole('button', { name: 'Examine again' }).click();
      await notice.waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Keep for comparison' }).click();
      await page.getByText(/^Kept\./).waitFor();
      expect(problems.filter(each => !each.includes('WebSocket'))).toEqual([]);
    },
  );
});
