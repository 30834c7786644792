import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { judgePage } from '../support/axe.ts';
import { type Furnished, furnish } from '../support/furnished.ts';
import { leave, SCENES } from '../support/scenes.ts';
import { describeWith } from '../support/system.ts';
import { launchChromium, openWindow } from '../support/window.ts';

/** Rules whose verdict is another in another theme. */
const OF_COLOUR = ['color-contrast', 'link-in-text-block'];

describeWith('chromium', 'axe finds nothing in the window', () => {
  let browser: Browser;
  let house: Furnished;
  beforeAll(async () => {
    [browser, house] = await Promise.all([launchChromium(), furnish()]);
  });
  afterAll(async () => {
    await browser?.close();
    await house?.close();
  });

  describe.each([
    ['from left to right', 'en-US'],
    ['from right to left', 'he-IL'],
  ])('%s', (_, locale) => {
    test('on any screen, light or dark', { timeout: 120_000 }, async () => {
      const { page, context, problems } = await openWindow(browser, house.installation, {
        locale,
        reducedMotion: 'reduce',
        colorScheme: 'light',
      });
      onTestFinished(() => context.close());
      await page.locator(`html[lang=${locale.slice(0, 2)}] nav`).waitFor();
      const found: string[] = [];
      for (const { name, show } of SCENES) {
        await show(page, house);
        for (const each of await judgePage(page)) found.push(`${name}: ${each}`);
        await page.emulateMedia({ colorScheme: 'dark' });
        for (const each of await judgePage(page, OF_COLOUR)) found.push(`${name}, dark: ${each}`);
        await page.emulateMedia({ colorScheme: 'light' });
        await leave(page);
      }
      expect(found).toEqual([]);
      expect(problems).toEqual([]);
    });
  });
});
