import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { json, serve } from '../support/http-server.ts';
import { install } from '../support/keybridge.ts';
import { started } from '../support/staged-lab.ts';
import { describeWith } from '../support/system.ts';
import { launchChromium, openWindow } from '../support/window.ts';
import { windowApi } from '../support/window-api.ts';

describeWith('chromium', 'the doctor in the window', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  const opened = async (url: string): Promise<{ page: Page; problems: string[] }> => {
    const installation = install();
    onTestFinished(() => installation.close());
    const options = { permissions: ['clipboard-read', 'clipboard-write'] };
    const { page, context, problems } = await openWindow(browser, installation, options);
    onTestFinished(() => context.close());
    page.setDefaultTimeout(8_000);
    await page.getByRole('navigation').first().waitFor();
    await page.evaluate(
      fragment => {
        location.hash = fragment;
      },
      `#/doctor/${encodeURIComponent(url)}`,
    );
    return { page, problems };
  };
  const clipboard = (page: Page) => page.evaluate(() => navigator.clipboard.readText());

  test('finds the broken ingress, copies its remedy and the configuration, and asks one part again', async () => {
    const { url } = await started('subpath-single-ingress');
    const { page, problems } = await opened(url);
    const root = page.getByRole('article').filter({ hasText: 'PRM-04' }).first();
    await root.getByText('Broken', { exact: true }).first().waitFor();
    // What follows from it is folded away under it.
    expect(await page.getByRole('article').count()).toBe(1);
    await root.getByRole('button', { name: 'Copy the remedy' }).click();
    await expect.poll(() => clipboard(page)).toContain('make three');
    await root.getByRole('button', { name: 'The proxy configuration that fixes it' }).click();
    const copy = root.getByRole('button', { name: 'Copy the configuration' });
    await root.getByRole('tab', { name: 'nginx recognized', selected: true }).waitFor();
    await root.getByText('Nobody has said where the server runs').waitFor();
    await copy.click();
    await expect.poll(() => clipboard(page)).toContain('proxy_pass http://127.0.0.1:8000/;');
    // Where it runs is asked for, and what cannot be is said beside the field.
    const upstream = root.getByRole('textbox', { name: 'Where the server runs' });
    await upstream.fill('http://127.0.0.1:9999/other');
    await root.getByText('does not end with the server').waitFor();
    await upstream.fill('http://127.0.0.1:9999/mcp');
    await root.getByText('proxy_pass http://127.0.0.1:9999/;').waitFor();
    await copy.click();
    await expect.poll(() => clipboard(page)).toContain('proxy_pass http://127.0.0.1:9999/;');
    expect(await clipboard(page)).toContain('proxy_set_header Host $proxy_host;');
    await root.getByRole('button', { name: /Host header/ }).click();
    await page.getByRole('option', { name: 'The public name' }).click();
    await root.getByText(`proxy_set_header Host ${new URL(url).host};`).waitFor();
    await root.getByRole('tab', { name: 'ingress-nginx' }).click();
    await copy.click();
    await expect.poll(() => clipboard(page)).toContain('kind: Ingress');
    await root.getByRole('button', { name: /^From this follow/ }).click();
    await page.getByRole('article').filter({ hasText: 'ASM-01' }).last().waitFor();

    // On a small screen the tables scroll by themselves, and the page does not sideways.
    await page.setViewportSize({ width: 900, height: 600 });
    const main = page.getByRole('main');
    expect(await main.evaluate(element => element.scrollWidth - element.clientWidth)).toBe(0);
    await page.setViewportSize({ width: 1280, height: 800 });

    // A question opens its exchange.
    await root
      .getByRole('button', { name: /as the challenge has it/ })
      .first()
      .click();
    const exchange = page.getByRole('region', { name: 'Request and answer' });
    await exchange.getByText('Answer headers').waitFor();
    await exchange.getByRole('button', { name: 'Copy as curl' }).click();
    await expect.poll(() => clipboard(page)).toMatch(/^curl .*oauth-protected-resource/);

    // Who will notice.
    const clients = page.getByRole('region', { name: 'Who will notice' });
    await clients
      .getByRole('row', { name: /mcp-remote/ })
      .getByText('guesses', { exact: true })
      .waitFor();

    await page.getByRole('button', { name: 'One part again' }).click();
    await page.getByRole('menuitem', { name: 'Resource metadata' }).click();
    await page.getByText('Only one part was examined: Resource metadata.').waitFor();
    expect(await page.getByRole('region', { name: 'Who will notice' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Show the whole examination' }).click();
    await clients.waitFor();
    expect(problems).toEqual([]);
  });

  test('the first screen of a server that was added says why it fails, and how it is mended', async () => {
    const { url } = await started('subpath-single-ingress');
    const installation = install();
    onTestFinished(() => installation.close());
    const { page, context, problems } = await openWindow(browser, installation);
    onTestFinished(() => context.close());
    page.setDefaultTimeout(8_000);
    const { api, close } = await windowApi(installation);
    onTestFinished(close);
    await api.addServers(url);
    await page
      .getByRole('navigation')
      .getByRole('link', { name: new URL(url).host })
      .click();
    const health = page.getByRole('main');
    await health.getByRole('heading', { name: /PRM-04 The resource metadata stands under/ }).waitFor();
    await health.getByRole('button', { name: 'Copy the remedy' }).waitFor();
    await health.getByRole('link', { name: 'Everything that was asked and found' }).click();
    // What was found is shown, and not asked again.
    await page.getByRole('treegrid', { name: 'What was asked' }).waitFor();
    expect(problems).toEqual([]);
  });

  test('keeps an examination, and the next one says what has changed since', async () => {
    let isMended = false;
    const server = await serve((seen, res) => {
      const { origin } = new URL(server.url);
      if (seen.path === '/mcp') return res.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
      if (isMended && seen.path === '/.well-known/oauth-protected-resource/mcp')
        return json(res, { resource: server.url, authorization_servers: [origin] });
      return res.writeHead(404).end();
    });
    onTestFinished(() => server.close());
    const { page, problems } = await opened(server.url);
    await page.getByRole('button', { name: 'Examine again' }).waitFor();
    await page.getByRole('button', { name: 'Keep for comparison' }).click();
    await page.getByText(/^Kept\./).waitFor();
    await page.getByRole('button', { name: 'Examine again' }).click();
    const since = page.getByRole('region', { name: 'Since the examination that was kept' });
    await since.getByText('Nothing has changed.').waitFor();
    isMended = true;
    await page.getByRole('button', { name: 'Examine again' }).click();
    await since.getByText(/^resource metadata .*oauth-protected-resource/).waitFor();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page
        .getByRole('button', { name: 'Save report' })
        .click()
        .then(() => page.getByRole('menuitem', { name: /^Markdown/ }).click()),
    ]);
    expect(file.suggestedFilename()).toMatch(/^keybridge-doctor-127\.0\.0\.1-\d+\.md$/);
    expect(problems).toEqual([]);
  });
});
