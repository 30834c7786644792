import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { locate } from '../../scripts/system-packages.mjs';
import type { Installation } from './keybridge.ts';

/** Debian's Chromium, without a display. As root its sandbox cannot be had. */
export function launchChromium(more: readonly string[] = []): Promise<Browser> {
  const [path] = locate('chromium');
  return chromium.launch({
    ...(path === undefined ? {} : { executablePath: path }),
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), ...more],
  });
}

/** The address that opens an installation's window once. */
export async function windowAddress(installation: Installation): Promise<string> {
  const { code, stdout, stderr } = await installation.run(['open', '--print']);
  if (code !== 0) throw new Error(`keybridge open failed: ${stderr}`);
  return stdout.trim();
}

/** Opens the window in a browser that knows nothing yet. What the page has to complain about ends the test. */
export async function openWindow(
  browser: Browser,
  installation: Installation,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<{ page: Page; context: BrowserContext; problems: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', error => problems.push(String(error)));
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
  });
  await page.goto(await windowAddress(installation));
  return { page, context, problems };
}
