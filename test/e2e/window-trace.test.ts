import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startLab } from '../../src/lab/lab.ts';
import { type Host, type Installation, install } from '../support/keybridge.ts';
import { describeWith } from '../support/system.ts';
import { launchChromium, openWindow } from '../support/window.ts';

describeWith('chromium', 'the trace in the window', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  /** A host that is connected, and the window on the trace of it. */
  async function looking() {
    const lab = await startLab();
    onTestFinished(() => lab.close());
    const installation: Installation = install();
    onTestFinished(() => installation.close());
    const host = await installation.host(lab.serverUrl);
    await host.client.listTools();
    const { page, context, problems } = await openWindow(browser, installation);
    onTestFinished(() => context.close());
    const frames: string[] = [];
    page.on('websocket', socket => {
      const hear = ({ payload }: { payload: string | Buffer }) => void frames.push(String(payload));
      socket.on('framereceived', hear);
      socket.on('framesent', hear);
    });
    // Now that every frame is heard.
    await page.reload();
    await page.getByRole('link', { name: 'Trace' }).click();
    await row(page, 'POST /mcp').first().waitFor();
    return { lab, host, page, problems, frames };
  }

  const row = (page: Page, text: string) =>
    page.getByRole('grid', { name: 'Trace' }).getByRole('row').filter({ hasText: text });
  const details = (page: Page) => page.getByRole('region', { name: 'Details' });
  const say = (host: Host, text: string) => host.client.callTool({ name: 'echo', arguments: { text } });

  test('shows what happens, filtered also by what is only in a body, and no secret crosses the wire', async () => {
    const { lab, host, page, problems, frames } = await looking();
    const filter = page.getByRole('searchbox');
    await say(host, 'a-needle-in-a-body');
    await filter.fill('a-needle-in-a-body');
    // The message both ways and the request that carried it; of the answers no row has the text itself.
    await row(page, 'tools/call').nth(1).waitFor();
    await expect.poll(() => row(page, 'oauth-protected-resource').count()).toBe(0);
    await filter.fill('/token');
    await row(page, 'POST /token').click();
    await details(page).getByText('code_verifier').first().waitFor();
    await details(page).getByText('Same as in').first().waitFor();
    await page.keyboard.press('Escape');
    await details(page).waitFor({ state: 'detached' });
    await page.keyboard.press('/');
    expect(await filter.evaluate(element => element === document.activeElement)).toBe(true);
    const secrets = lab.issuedSecrets();
    expect(secrets.length).toBeGreaterThan(3);
    const sent = frames.join('\n');
    expect(sent).toContain('code_verifier');
    expect(secrets.filter(secret => sent.includes(secret))).toEqual([]);
    expect(problems).toEqual([]);
  });

  test('is walked with the keyboard, and a request stands beside its answer', async () => {
    const { host, page, problems } = await looking();
    await say(host, 'the answer to this');
    await row(page, 'tools/call').first().waitFor();
    await page.getByRole('grid').focus();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await details(page).getByText('the answer to this').first().waitFor();
    await details(page).getByRole('heading', { name: 'Request', exact: true }).waitFor();
    await page.getByRole('separator').focus();
    const width = async () => (await details(page).boundingBox())?.width ?? 0;
    const before = await width();
    await page.keyboard.press('ArrowLeft');
    await expect.poll(width).toBeGreaterThan(before);
    await page.keyboard.press('Escape');
    await details(page).waitFor({ state: 'detached' });
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    await details(page).getByText('initialize').first().waitFor();
    expect(problems).toEqual([]);
  });

  test('is saved as HAR, which is opened again beside the live one and closed', async () => {
    const { host, page, problems } = await looking();
    await page.getByRole('button', { name: 'Save' }).click();
    const downloading = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: 'HAR 1.2' }).click();
    const har = readFileSync(await (await downloading).path(), 'utf8');
    const { log } = JSON.parse(har);
    expect(log).toMatchObject({ version: '1.2', creator: { name: 'Keybridge' } });
    await drop(page, 'saved.har', har);
    await page.getByText('Saved file, not live').waitFor();
    await expect
      .poll(() => page.getByRole('grid').getAttribute('aria-rowcount'))
      .toBe(`${log.entries.length + 1}`);
    await row(page, 'POST /token').click();
    await details(page).getByText('code_verifier').first().waitFor();
    await page.getByRole('radio', { name: 'Live' }).click();
    await say(host, 'something new');
    await row(page, 'tools/call').first().waitFor();
    await page.getByRole('radio', { name: 'saved.har' }).click();
    expect(await row(page, 'tools/call').count()).toBe(0);
    await page.getByRole('button', { name: 'Close saved.har' }).click();
    await row(page, 'tools/call').first().waitFor();
    await drop(page, 'photo.png', 'no trace at all');
    await page.getByRole('alert').getByText('neither a trace').waitFor();
    expect(problems).toEqual([]);
  });

  test('stands still while it is paused, and goes on with all that has come', async () => {
    const { host, page, problems } = await looking();
    await page.getByRole('button', { name: 'Pause' }).click();
    await say(host, 'while it was paused');
    await page.getByText(/^\d+ new$/).waitFor();
    expect(await row(page, 'tools/call').count()).toBe(0);
    await page.getByRole('button', { name: /^Go on/ }).click();
    await row(page, 'tools/call').first().waitFor();
    expect(problems).toEqual([]);
  });
});

/** Drops a file onto the trace, as from the desktop. */
async function drop(page: Page, name: string, text: string): Promise<void> {
  const transfer = await page.evaluateHandle(
    ([file, content]) => {
      const data = new DataTransfer();
      data.items.add(new File([content ?? ''], file ?? ''));
      return data;
    },
    [name, text],
  );
  for (const type of ['dragover', 'drop'])
    await page.getByRole('region', { name: 'Trace' }).dispatchEvent(type, { dataTransfer: transfer });
}
